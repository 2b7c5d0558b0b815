# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportUnknownParameterType=false
"""Trains the figure tower on pages of our own renderer.

How it is used: `train_tower(FigureSettings(cache), progress)` -> arrays in float16 and kinds, for
`FigureTower.from_arrays`. The cache folder keeps the drawn pages and a checkpoint: run it again
after an interruption and it continues, with the losses so far. The same settings, templates and
versions give the same arrays on one machine (one thread; deterministic kernels). A GPU is taken when
there is one.

Cells and pages are learnt together: binary cross-entropy of every cell of the grid, and of the page,
whose logit is pooled from its cells. AdamW with one cycle (Loshchilov and Hutter 2019; Smith and
Topin 2018). Matrices are multiplied in bfloat16 where the device does that itself, which is several
times faster than float32 there; batch normalisation is folded into the convolutions at the end.

What it leaves out: choosing anything by pages that the renderer did not make.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from chalklens.labelling.figure_tower import CHANNELS, COARSE, FINE, Layer, scale_page
from chalklens.training.devices import choose_device, uses_bfloat16
from chalklens.training.labeller.figure_batches import Batch, FigureBatches
from chalklens.training.labeller.figure_pages import UNKNOWN, FigurePages, collect_pages
from chalklens.training.worksheets.sources import hash_sources

Progress = Callable[[int, int, str], None]

MOMENTS = ("exp_avg", "exp_avg_sq")
LOSSES = "losses"
CELL_PRIOR = -4.0
WARMING_SHARE = 0.15
LAST_RATE_SHARE = 0.003
POINTS_PER_PASS = 10
CHECKPOINT = "figure-tower.safetensors"


@dataclass(frozen=True, slots=True)
class FigureSettings:
    """All there is to set.

    Attributes:
        cache: Folder for drawn pages and the checkpoint.
        sheets: Pages to draw.
        min_sheets: A kind is learnt when at least so many of them show it.
        passes: How often each page is looked at, changed each time.
        batch: Pages per step.
        rate: Highest learning rate.
        decay: Weight decay.
        cell_weight: Weight of the cells' loss beside the page's.
        smoothing: How far a page's targets stay from 0 and 1, so that answers on other people's pages do.
        seed: Of pages, order, changes and first weights.
        device: `auto`, `cpu` or `cuda`.
        checkpoint_s: Seconds between checkpoints.
    """

    cache: Path
    sheets: int = 6000
    min_sheets: int = 20
    passes: int = 7
    batch: int = 32
    rate: float = 3e-3
    decay: float = 0.05
    cell_weight: float = 4.0
    smoothing: float = 0.005
    seed: int = 0
    device: str = "auto"
    checkpoint_s: float = 60.0


@dataclass(frozen=True, slots=True)
class TrainedTower:
    """What a run gives.

    Attributes:
        arrays: For `FigureTower.from_arrays`, float16.
        kinds: Of its columns.
        losses: Mean losses of `POINTS_PER_PASS` equal parts of each pass, from the first to the last.
    """

    arrays: dict[str, NDArray[np.float16]]
    kinds: tuple[str, ...]
    losses: tuple[float, ...] = ()


def train_tower(settings: FigureSettings, progress: Progress) -> TrainedTower:
    """Draw the pages, train, and return the weights.

    Raises:
        UnavailableError: The renderer's fonts are not installed.
    """
    pages = collect_pages(settings.cache, settings.sheets, settings.seed, progress)
    kinds = pages.kinds(settings.min_sheets)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.backends.cudnn.flags(deterministic=True, benchmark=False):
            network, losses = _learn(settings, pages, kinds, progress)
    finally:
        torch.set_num_threads(before)
    arrays = {name: array.astype(np.float16) for name, array in network.export().items()}
    return TrainedTower(arrays, kinds, average_parts(losses, settings.passes * POINTS_PER_PASS))


class Block(nn.Module):
    """A convolution and its batch normalisation."""

    def __init__(self, channels: int, layer: Layer) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            channels, layer.channels, layer.side, layer.stride, layer.padding, bias=False
        )
        self.norm = nn.BatchNorm2d(layer.channels)
        weight = self.convolution.weight
        weight.data = weight.data.contiguous(memory_format=torch.channels_last)  # twice as fast

    def forward(self, states: Tensor) -> Tensor:
        """Convolve and normalise; the ReLU is the network's."""
        return self.norm(self.convolution(states))

    def fold(self) -> tuple[Tensor, Tensor]:
        """One weight and bias that do what both do after training."""
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert mean is not None
        assert variance is not None
        factor = self.norm.weight / torch.sqrt(variance + self.norm.eps)
        weight = self.convolution.weight * factor[:, None, None, None]
        return weight, self.norm.bias - mean * factor


class FigureNetwork(nn.Module):
    """The network of `labelling/figure_tower.py`, with batch normalisation after convolutions."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.layers = nn.ModuleDict()
        channels = CHANNELS
        for layer in (*FINE, *COARSE):
            self.layers[layer.name] = Block(channels, layer)
            channels = layer.channels
        self.cells = nn.Conv2d(channels, kinds, 1)
        nn.init.constant_(_bias(self.cells), CELL_PRIOR)
        self.page_scale = nn.Parameter(torch.ones(kinds))
        self.page_bias = nn.Parameter(torch.zeros(kinds))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, side, side), 0 to 1 -> logits (n, kinds, cells, cells) and (n, kinds)."""
        fine = self._run(FINE, pixels)
        coarse = self._run(COARSE, fine)
        seen = fine + coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)
        cells = self.cells(seen).float()
        flat = cells.flatten(2)
        pooled = (flat.softmax(2) * flat).sum(2)
        return cells, pooled * self.page_scale + self.page_bias

    def _run(self, layers: tuple[Layer, ...], states: Tensor) -> Tensor:
        for layer in layers:
            made = functional.relu(self.layers[layer.name](states))
            states = states + made if layer.added else made
        return states

    def export(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays that `FigureTower` runs on, batch normalisation folded in."""
        arrays: dict[str, NDArray[np.float32]] = {}
        for name, block in self.layers.items():
            assert isinstance(block, Block)
            weight, bias = block.fold()
            arrays[f"{name}.weight"] = _to_array(weight.permute(2, 3, 1, 0))
            arrays[f"{name}.bias"] = _to_array(bias)
        arrays["cells.weight"] = _to_array(self.cells.weight.permute(2, 3, 1, 0))
        arrays["cells.bias"] = _to_array(_bias(self.cells))
        arrays["page.scale"] = _to_array(self.page_scale)
        arrays["page.bias"] = _to_array(self.page_bias)
        return arrays


def _bias(module: nn.Conv2d) -> Tensor:
    assert module.bias is not None
    return module.bias


def _to_array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().cpu().contiguous().numpy().astype(np.float32)


def _learn(
    settings: FigureSettings, pages: FigurePages, kinds: tuple[str, ...], progress: Progress
) -> tuple[FigureNetwork, list[float]]:
    """Return the network and the loss of every step."""
    torch.manual_seed(settings.seed)
    network = FigureNetwork(len(kinds)).to(choose_device(settings.device))
    steps = max(1, settings.sheets * settings.passes // settings.batch)
    optimizer = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=settings.decay)
    batches = FigureBatches(pages, kinds, settings.batch, settings.seed)
    run = _Checkpoint(settings, kinds, network, optimizer)
    losses = run.load()
    network.train()
    saved = time.monotonic()
    for step in range(len(losses), steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate_at(step, steps, settings.rate)
        loss = _loss(network, batches[step], settings)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        progress(step + 1, steps, "learning figures")
        if time.monotonic() - saved >= settings.checkpoint_s or step + 1 == steps:
            run.save(losses)
            saved = time.monotonic()
    return network.eval(), losses


def average_parts(losses: Sequence[float], parts: int) -> tuple[float, ...]:
    """Mean losses of so many parts of a run, equal but for one step; fewer when there are less steps."""
    if not losses:
        return ()
    cut = np.array_split(np.asarray(losses), max(1, min(parts, len(losses))))
    return tuple(round(float(part.mean()), 5) for part in cut)


def _rate_at(step: int, steps: int, highest: float) -> float:
    """Up for the first part of the run, then down to nothing along half a cosine."""
    share = (step + 1) / steps
    if share < WARMING_SHARE:
        return highest * share / WARMING_SHARE
    done = (share - WARMING_SHARE) / (1 - WARMING_SHARE)
    return highest * (0.5 + 0.5 * math.cos(math.pi * done)) + highest * LAST_RATE_SHARE


def _loss(network: FigureNetwork, batch: Batch, settings: FigureSettings) -> Tensor:
    device = network.page_bias.device
    shown = (scale_page(batch.pixels), batch.cells, batch.pages)
    pixels, wanted_cells, wanted_pages = (torch.from_numpy(part).to(device) for part in shown)
    with torch.autocast(device.type, torch.bfloat16, enabled=uses_bfloat16(device)):
        cells, pages = network(pixels.permute(0, 3, 1, 2))  # stays channels last
    cell_loss = _cross_entropy(cells, wanted_cells.permute(0, 3, 1, 2), 0)
    cell_loss = cell_loss.mean((2, 3)).sum(1).mean()
    page_loss = _cross_entropy(pages, wanted_pages, settings.smoothing)
    return page_loss.sum(1).mean() + settings.cell_weight * cell_loss


def _cross_entropy(logits: Tensor, wanted: Tensor, smoothing: float) -> Tensor:
    """Per target, smoothed; nothing where the target is not known."""
    known = wanted != UNKNOWN
    target = wanted.clamp(0, 1) * (1 - 2 * smoothing) + smoothing
    return functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * known


class _Checkpoint:
    """The run on disk: weights, running means, and the losses so far, in one safetensors file."""

    def __init__(
        self,
        settings: FigureSettings,
        kinds: tuple[str, ...],
        network: FigureNetwork,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        self._file = settings.cache / CHECKPOINT
        self._network, self._optimizer = network, optimizer
        chosen = {**asdict(settings), "cache": "", "device": "", "checkpoint_s": 0, "kinds": kinds}
        chosen["templates"] = hash_sources()
        self._run = hashlib.sha256(json.dumps(chosen).encode()).hexdigest()

    def save(self, losses: Sequence[float]) -> None:
        """Write how far the run is; it has one loss per step."""
        tensors = {f"model.{name}": value for name, value in self._network.state_dict().items()}
        for name, parameter in self._network.named_parameters():
            tensors |= {f"{key}.{name}": self._optimizer.state[parameter][key] for key in MOMENTS}
        tensors[LOSSES] = torch.tensor(losses, dtype=torch.float64)
        fresh = self._file.with_suffix(".new")
        contiguous = {name: value.cpu().contiguous() for name, value in tensors.items()}
        save_file(contiguous, fresh, {"run": self._run})
        fresh.replace(self._file)

    def load(self) -> list[float]:
        """Put the run back and return its losses; another run's file, or none, has none."""
        if not self._file.exists():
            return []
        with safe_open(self._file, "pt") as stored:
            facts: Mapping[str, str] = stored.metadata()
            if facts["run"] != self._run:
                return []
            tensors: dict[str, Any] = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        model = {n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")}
        self._network.load_state_dict(model)
        losses = [float(loss) for loss in tensors[LOSSES]]
        for name, parameter in self._network.named_parameters():
            moments = {key: tensors[f"{key}.{name}"].to(parameter.device) for key in MOMENTS}
            self._optimizer.state[parameter] = {"step": torch.tensor(float(len(losses))), **moments}
        return losses
