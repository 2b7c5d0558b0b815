# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Tasks that teach reading before labelling: words cut out of the sheets, and lines set in type.

How it is used: `ReadingBatches(...)[step]`, for the large model's first half. Every picture has the
same small canvas, the question is `Read the text.` and the answer is the text, in lower case as the
tokenizer has it. Boxes come from the corpus' `words.jsonl`, lines from words of the sheets. What it
leaves out: handwriting, layout, several lines.
"""

import json
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.training.small_vl.architecture import MERGE, PATCH_PX
from chalklens.training.small_vl.batches import Batch, assemble, render_prompt
from chalklens.training.small_vl.pages import PATCH_VALUES, Page, Patches

READING_PROMPT = "Read the text."
CANVAS_PX = (256, 64)
CANVAS_GRID = CANVAS_PX[1] // PATCH_PX, CANVAS_PX[0] // PATCH_PX
MAX_CHARS = 40
FONT_PX = (12, 34)
MIN_SIDE_PX = 6
CROPS_OF_PAGE = 8  # cut from one decoded picture: decoding costs as much as eight crops

Box = tuple[str, int, int, int, int]
Task = tuple[Image.Image, str]


class ReadingBatches:
    """The batches of all steps, by step number; half crops, half lines where there are boxes."""

    def __init__(
        self,
        corpus: Path,
        sheets: Sequence[Worksheet],
        pages: Sequence[Page],
        processor: Any,
        rows: int,
        seed: int,
    ) -> None:
        """Take the sheets whose words may be cut out.

        Raises:
            InputError: No page has printed text.
        """
        self._folder, self._processor = corpus, processor
        self._corpus: Corpus | None = None
        self._rows, self._seed = rows, seed
        boxes = read_boxes(corpus / "words.jsonl")
        self._boxed = [(sheet, boxes[sheet.id]) for sheet in sheets if boxes.get(sheet.id)]
        self._words = sorted({w for page in pages for line in page.printed for w in line.split()})
        if not self._words:
            raise InputError(
                "The pages have no printed text to learn reading from.",
                "Give train.jsonl a `text` per row, or train without the reading stage.",
            )

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of a step."""
        chance = random.Random(f"reading {self._seed} {step}")
        tasks = self._draw(chance)
        canvases = np.stack([np.asarray(image) for image, _ in tasks])
        tokenizer = self._processor.tokenizer
        answers = [
            [*tokenizer.encode(text, add_special_tokens=False), tokenizer.eos_token_id]
            for _, text in tasks
        ]
        prompts = [render_prompt(READING_PROMPT, picture=True)] * len(tasks)
        patches = list(cut_canvases(canvases))
        return assemble(tokenizer, prompts, answers, None, patches, CANVAS_GRID)

    def _draw(self, chance: random.Random) -> list[Task]:
        tasks: list[Task] = []
        while len(tasks) < self._rows:
            if self._boxed and chance.random() < 0.5:
                tasks += self._cut_page(chance)
            else:
                tasks += [self._draw_words(chance) for _ in range(CROPS_OF_PAGE)]
        return tasks[: self._rows]

    def _draw_words(self, chance: random.Random) -> Task:
        words = chance.choices(self._words, k=chance.randint(1, 5))
        text = " ".join(words)[:MAX_CHARS].strip()
        return draw_line(text, chance), text

    def _cut_page(self, chance: random.Random) -> list[Task]:
        if self._corpus is None:  # opened in the process that reads
            self._corpus = Corpus(self._folder)
        sheet, boxes = chance.choice(self._boxed)
        picture = self._corpus.load(sheet)
        size = picture.pixels_width_px, picture.pixels_height_px
        image = Image.frombytes("RGB", size, picture.pixels)
        return [self._cut_words(image, boxes, chance) for _ in range(CROPS_OF_PAGE)]

    def _cut_words(self, image: Image.Image, boxes: Sequence[Box], chance: random.Random) -> Task:
        """One word, or some neighbours of the same line."""
        first = chance.randrange(len(boxes))
        taken = [boxes[first]]
        for box in boxes[first + 1 : first + chance.randint(1, 4)]:
            if abs(box[2] - taken[-1][2]) > 3 or box[1] <= taken[-1][1]:
                break
            taken.append(box)
        margin = chance.randint(1, 6)
        crop = image.crop(
            (
                min(x for _, x, _, _, _ in taken) - margin,
                min(y for _, _, y, _, _ in taken) - margin,
                max(x + w for _, x, _, w, _ in taken) + margin,
                max(y + h for _, _, y, _, h in taken) + margin,
            )
        )
        return fit_canvas(crop, chance), " ".join(word for word, *_ in taken)


def read_boxes(file: Path) -> dict[str, list[Box]]:
    """Words with boxes (x, y, width, height in pixels) by page; nothing when there is no file."""
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {
        row["id"]: [
            (str(text), round(x), round(y), round(w), round(h))
            for text, x, y, w, h in row["words"]
            if w >= MIN_SIDE_PX and h >= MIN_SIDE_PX
        ]
        for row in rows
    }


def draw_line(text: str, chance: random.Random) -> Image.Image:
    """Set a line in Pillow's own typeface, dark on light or light on dark."""
    font = _load_font(chance.randint(*FONT_PX))
    paper, ink = chance.choice(((255, 30), (240, 0), (40, 250)))
    tint = [max(0, paper - chance.randint(0, 30)) for _ in range(3)]
    left, top, right, bottom = font.getbbox(text)
    size = int(right - left) + 8, int(bottom - top) + 8
    line = Image.new("RGB", size, tuple(tint))
    ImageDraw.Draw(line).text((4 - left, 4 - top), text, fill=(ink, ink, ink), font=font)
    return fit_canvas(line, chance)


def fit_canvas(image: Image.Image, chance: random.Random) -> Image.Image:
    """Shrink or enlarge a picture into the canvas, at a random place on white."""
    most = min(CANVAS_PX[0] / image.width, CANVAS_PX[1] / image.height)
    scale = min(most, 3.0) * chance.uniform(0.7, 1.0)
    size = max(1, int(image.width * scale)), max(1, int(image.height * scale))
    canvas = Image.new("RGB", CANVAS_PX, (255, 255, 255))
    place = tuple(
        chance.randint(0, room - side) for room, side in zip(CANVAS_PX, size, strict=True)
    )
    canvas.paste(image.resize(size), (place[0], place[1]))
    return canvas


def cut_canvases(canvases: Patches) -> Patches:
    """Cut pictures of the canvas' size into patches, in the processor's order.

    Args:
        canvases: (pictures, down, across, 3).

    Returns:
        (pictures, patches, 3 x 16 x 16).
    """
    down, across = CANVAS_GRID[0] // MERGE, CANVAS_GRID[1] // MERGE
    blocks = canvases.reshape(-1, down, MERGE, PATCH_PX, across, MERGE, PATCH_PX, 3)
    ordered = blocks.transpose(0, 1, 4, 2, 5, 7, 3, 6)
    return ordered.reshape(len(canvases), -1, PATCH_VALUES)


@lru_cache(64)
def _load_font(size_px: int) -> Any:
    return ImageFont.load_default(size_px)
