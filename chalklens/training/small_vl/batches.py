# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Batches of questions and answers, as the engine will ask them.

How it is used: `LabelBatches(...)[step]` is the batch of a step: the same for the same seed, however
often the run was interrupted. Each batch has one modality: picture and text, picture alone, or text
alone; the pictures of a batch have one size, so that they are computed together. Text is drawn from
what was read or what is printed, and loses lines and words at random. What it leaves out: reading
tasks (`reading_tasks.py`).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch

from chalklens.labelling.by_engine import PROMPT, prompt_with_text
from chalklens.training.small_vl.architecture import MERGE, PATCH_PX
from chalklens.training.small_vl.pages import Page, Patches, PictureStore
from chalklens.training.small_vl.vocabulary import encode_answer

Modality = Literal["both", "picture", "text"]
IGNORED = -100
POOL = 4  # batches' worth of pages from which one batch of similar lengths is taken
PICTURE = "<|vision_start|><|image_pad|><|vision_end|>"


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step.

    Attributes:
        inputs: Keyword arguments of the model.
        answers: Ids to write, `IGNORED` elsewhere, (rows, tokens), in the places of `input_ids`.
        ends: Place of the last prompt token per row.
        targets: Labels as 0 and 1, (rows, labels); None for reading tasks.
        grid: Patches down and across of every picture; None without pictures.
        picture_at: Place of the first visual token, the same in every row.
    """

    inputs: dict[str, torch.Tensor]
    answers: torch.Tensor
    ends: torch.Tensor
    targets: torch.Tensor | None
    grid: tuple[int, int] | None = None
    picture_at: int = 0

    def to(self, device: torch.device) -> "Batch":
        """The same on a device; patches become numbers from -1 to 1 there."""
        moved = self._with(lambda tensor: tensor.to(device, non_blocking=True))
        if "pixel_values" in moved.inputs:
            moved.inputs["pixel_values"] = to_pixel_values(moved.inputs["pixel_values"])
        return moved

    def pin_memory(self) -> "Batch":
        """The same in memory from which a GPU copies while it computes."""
        return self._with(torch.Tensor.pin_memory)

    def answer_places(self) -> torch.Tensor:
        """Places of the tokens before those of the answers, counted through all rows."""
        following = torch.nn.functional.pad(self.answers[:, 1:], (0, 1), value=IGNORED)
        return (following != IGNORED).flatten().nonzero()[:, 0]

    def _with(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Batch":
        return replace(
            self,
            inputs={name: change(value) for name, value in self.inputs.items()},
            answers=change(self.answers),
            ends=change(self.ends),
            targets=None if self.targets is None else change(self.targets),
        )


@dataclass(frozen=True, slots=True)
class TextNoise:
    """How much of a text is lost, as shares.

    Attributes:
        printed: Pages whose printed text is taken instead of what was read.
        clean: Pages that keep all words.
        words: Largest share of words lost on the others; drawn for each page.
        lines: Chance of each line to be lost on the others.
    """

    printed: float = 0.3
    clean: float = 0.2
    words: float = 0.4
    lines: float = 0.15

    def draw(self, page: Page, chance: random.Random) -> str:
        """Draw a text of a page."""
        lines = page.printed if chance.random() < self.printed else page.read
        if chance.random() < self.clean:
            return "\n".join(lines)
        lost = chance.random() * self.words
        kept = [line.split() for line in lines if chance.random() >= self.lines]
        return "\n".join(
            " ".join(word for word in words if chance.random() >= lost) for words in kept
        )


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the steps by modality, and rows of a batch with pictures and without."""

    both: float
    picture: float
    text: float
    rows: int
    text_rows: int

    def draw(self, chance: random.Random) -> Modality:
        """Draw a modality."""
        names: tuple[Modality, ...] = ("both", "picture", "text")
        return chance.choices(names, (self.both, self.picture, self.text))[0]


class LabelBatches:
    """The batches of all steps, by step number; a PyTorch map-style dataset."""

    def __init__(
        self,
        pages: Sequence[Page],
        pictures: PictureStore,
        tokenizer: Any,
        labels: Sequence[str],
        mix: Mix,
        noise: TextNoise,
        seed: int,
    ) -> None:
        self._pages, self._pictures, self._tokenizer = pages, pictures, tokenizer
        self._mix, self._noise, self._seed = mix, noise, seed
        self._columns = {id_: column for column, id_ in enumerate(labels)}
        self._answers = [encode_answer(tokenizer, page.labels) for page in pages]
        self._by_grid: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, grid in enumerate(pictures.grids):
            self._by_grid[grid].append(index)

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of a step."""
        chance = random.Random(f"{self._seed} {step}")
        modality = self._mix.draw(chance)
        asked = [
            (row, self._prompt(row, modality, chance)) for row in self._draw_rows(modality, chance)
        ]
        rows, prompts = zip(*self._similar(asked, modality, chance), strict=True)
        patches = None if modality == "text" else [self._pictures[row] for row in rows]
        grid = None if patches is None else self._pictures.grids[rows[0]]
        answers = [self._answers[row] for row in rows]
        targets = make_targets([self._pages[row] for row in rows], self._columns)
        return assemble(self._tokenizer, prompts, answers, targets, patches, grid)

    def _similar(
        self, asked: list[tuple[int, str]], modality: Modality, chance: random.Random
    ) -> list[tuple[int, str]]:
        """Keep neighbours by length: padding costs as much as text."""
        kept = self._rows(modality)
        first = chance.randint(0, max(0, len(asked) - kept))
        return sorted(asked, key=lambda pair: len(pair[1]))[first : first + kept]

    def _rows(self, modality: Modality) -> int:
        return self._mix.text_rows if modality == "text" else self._mix.rows

    def _draw_rows(self, modality: Modality, chance: random.Random) -> list[int]:
        """Draw several times the rows of a batch, of one picture size if there are pictures."""
        wanted = POOL * self._rows(modality)
        if modality == "text":
            return chance.sample(range(len(self._pages)), min(wanted, len(self._pages)))
        counts = Counter({grid: len(rows) for grid, rows in self._by_grid.items()})
        grid = chance.choices(list(counts), list(counts.values()))[0]
        rows = self._by_grid[grid]
        return chance.sample(rows, min(wanted, len(rows)))

    def _prompt(self, row: int, modality: Modality, chance: random.Random) -> str:
        if modality == "picture":
            return render_prompt(PROMPT, picture=True)
        text = self._noise.draw(self._pages[row], chance)
        return render_prompt(prompt_with_text(text), picture=modality == "both")


def render_prompt(prompt: str, *, picture: bool) -> str:
    """One question as the chat template writes it; control tokens in it are none any more."""
    shown = PICTURE if picture else ""
    plain = prompt.replace("<|", "< |")
    return f"<|im_start|>user\n{shown}{plain}<|im_end|>\n<|im_start|>assistant\n"


def make_targets(pages: Sequence[Page], columns: Mapping[str, int]) -> torch.Tensor:
    """Labels as 0 and 1, (pages, labels)."""
    targets = torch.zeros(len(pages), len(columns))
    for row, page in enumerate(pages):
        targets[row, [columns[id_] for id_ in page.ids]] = 1
    return targets


def assemble(
    tokenizer: Any,
    prompts: Sequence[str],
    answers: Sequence[Sequence[int]],
    targets: torch.Tensor | None,
    patches: Sequence[Patches] | None = None,
    grid: tuple[int, int] | None = None,
) -> Batch:
    """Put prompts and answers side by side, padded on the right.

    Args:
        tokenizer: Of the model.
        prompts: Rendered, with one `<|image_pad|>` each when there are pictures.
        answers: Ids; empty ones leave the prompts alone.
        targets: Labels as 0 and 1, or None.
        patches: One picture per prompt, all of `grid`.
        grid: Patches down and across.
    """
    if grid is not None:
        pads = "<|image_pad|>" * (grid[0] * grid[1] // MERGE**2)
        prompts = [prompt.replace("<|image_pad|>", pads, 1) for prompt in prompts]
    asked = tokenizer(list(prompts), add_special_tokens=False)["input_ids"]
    rows = [[*ids, *answer] for ids, answer in zip(asked, answers, strict=True)]
    input_ids = _pad(rows, tokenizer.pad_token_id)
    hidden = [[*([IGNORED] * len(ids)), *a] for ids, a in zip(asked, answers, strict=True)]
    inputs = {"input_ids": input_ids, "attention_mask": _pad([[1] * len(row) for row in rows], 0)}
    picture_at = 0
    if patches is not None and grid is not None:
        image_pad = tokenizer.convert_tokens_to_ids("<|image_pad|>")
        inputs["mm_token_type_ids"] = (input_ids == image_pad).int()
        inputs["pixel_values"] = torch.from_numpy(np.concatenate(patches))
        inputs["image_grid_thw"] = torch.tensor([[1, *grid]] * len(rows))
        picture_at = rows[0].index(image_pad)
    ends = torch.tensor([len(ids) - 1 for ids in asked])
    return Batch(inputs, _pad(hidden, IGNORED), ends, targets, grid, picture_at)


def to_pixel_values(patches: torch.Tensor) -> torch.Tensor:
    """8-bit patches as the model takes them: -1 to 1, each twice in time."""
    values = patches.float().div_(127.5).sub_(1)
    doubled = values.reshape(len(values), 3, 1, -1).expand(-1, -1, 2, -1)
    return doubled.reshape(len(values), 3 * 2 * PATCH_PX * PATCH_PX)


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *([filler] * (longest - len(row)))] for row in rows])
