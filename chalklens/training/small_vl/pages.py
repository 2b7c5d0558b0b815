"""What the small model learns from: lines of text, labels and pictures of labelled worksheets.

How it is used: `collect_pages(sheets, readings)`; `PictureStore.open(...)` keeps the patches of all
pictures in one file, as the engine's processor would cut them. What it leaves out: batches.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.training.small_vl.architecture import PATCH_PX, PixelBounds
from chalklens.training.small_vl.vocabulary import DIMENSION_KEYS
from chalklens.types import TextReading

Progress = Callable[[int, int, str], None]
Patches = NDArray[np.uint8]

PATCH_VALUES = 3 * PATCH_PX * PATCH_PX
MAX_STORE_BYTES = 16 << 30


@dataclass(frozen=True, slots=True)
class Page:
    """One labelled worksheet.

    Attributes:
        id: Its name in the corpus.
        view: Its layout.
        read, printed: Its lines as a reader saw them and as the generator knows them.
        labels: Ids per dimension, sorted.
    """

    id: str
    view: str
    read: tuple[str, ...]
    printed: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all dimensions."""
        return tuple(id_ for key in DIMENSION_KEYS for id_ in self.labels[key])


def collect_pages(sheets: Sequence[Worksheet], readings: Sequence[TextReading]) -> list[Page]:
    """Line up worksheets and their readings."""
    return [
        Page(
            sheet.id,
            sheet.view,
            tuple(line.text for line in reading.lines),
            tuple(sheet.text.splitlines()),
            {
                key: tuple(sorted(id_ for id_, name in sheet.dimensions if name == key))
                for key in DIMENSION_KEYS
            },
        )
        for sheet, reading in zip(sheets, readings, strict=True)
    ]


class PictureStore:
    """Patches of all pictures in one memory-mapped file.

    Attributes:
        grids: Patches down and across, per picture.
    """

    def __init__(self, file: Path, grids: Sequence[tuple[int, int]]) -> None:
        self.grids = [(int(down), int(across)) for down, across in grids]
        counts = [down * across for down, across in self.grids]
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        shape = (int(self._starts[-1]), PATCH_VALUES)
        self._patches: Patches = np.memmap(file, np.uint8, "r", shape=shape)

    def __getitem__(self, index: int) -> Patches:
        """Patches of one picture, (patches, 3 x 16 x 16), in the processor's order."""
        return self._patches[self._starts[index] : self._starts[index + 1]]

    @classmethod
    def open(
        cls,
        folder: Path,
        corpus: Corpus,
        sheets: Sequence[Worksheet],
        processor: Any,
        pixels: PixelBounds,
        progress: Progress,
    ) -> "PictureStore":
        """Open the store of these pictures and this size, or make it.

        Raises:
            InputError: A picture is missing, or all together need more than `MAX_STORE_BYTES`.
        """
        if len(sheets) * pixels.most * 3 > MAX_STORE_BYTES:
            raise InputError(
                f"{len(sheets)} pictures of {pixels.most} pixels need over "
                f"{MAX_STORE_BYTES >> 30} GiB.",
                "Train on fewer or smaller pictures.",
            )
        name = _digest([corpus.sha256(sheet) for sheet in sheets], pixels)
        file, index = folder / f"pictures-{name}.bin", folder / f"pictures-{name}.json"
        if not index.exists():
            grids = _write(file, corpus, sheets, processor, pixels, progress)
            index.write_text(json.dumps(grids), "utf-8")
        return cls(file, json.loads(index.read_text("utf-8")))


def cut_patches(picture: Image.Image, processor: Any, pixels: PixelBounds) -> tuple[Patches, Any]:
    """Resize and cut a picture as the engine does.

    Returns:
        Patches in 8 bits, (patches, 3 x 16 x 16), and the grid (down, across).
    """
    found = processor.image_processor(images=[picture], size=pixels.size(), return_tensors="np")
    values = found["pixel_values"].reshape(-1, 3, 2, PATCH_PX * PATCH_PX)[:, :, 0]
    _, down, across = (int(side) for side in found["image_grid_thw"][0])
    whole = np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)
    return whole.reshape(-1, PATCH_VALUES), (down, across)


def _write(
    file: Path,
    corpus: Corpus,
    sheets: Sequence[Worksheet],
    processor: Any,
    pixels: PixelBounds,
    progress: Progress,
) -> list[tuple[int, int]]:
    grids: list[tuple[int, int]] = []
    fresh = file.with_suffix(".new")
    file.parent.mkdir(parents=True, exist_ok=True)
    with fresh.open("wb") as out:
        for done, sheet in enumerate(sheets, 1):
            picture = corpus.load(sheet)
            size = picture.pixels_width_px, picture.pixels_height_px
            image = Image.frombytes("RGB", size, picture.pixels)
            patches, grid = cut_patches(image, processor, pixels)
            out.write(patches.tobytes())
            grids.append(grid)
            progress(done, len(sheets), "cutting pictures into patches")
    fresh.replace(file)
    return grids


def _digest(pictures: Sequence[str], pixels: PixelBounds) -> str:
    content = json.dumps([list(pictures), pixels.least, pixels.most])
    return hashlib.sha256(content.encode()).hexdigest()[:12]
