"""What the small model learns from: lines of text, labels and pictures of labelled worksheets.

How it is used: `collect_pages(sheets, readings)`; `PictureStore.open(...)` keeps the patches of all
pictures in one file, as the engine's processor would cut them. What it leaves out: batches, and pages
that we draw (`painted_pages.py`).
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chalklens.errors import InputError
from chalklens.labelling.corpus import Corpus, Worksheet
from chalklens.training.small_vl.architecture import PATCH_PX, PixelBounds
from chalklens.training.small_vl.crew import Progress, spread
from chalklens.training.small_vl.vocabulary import DIMENSION_KEYS
from chalklens.types import TextReading

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


class PictureSource(Protocol):
    """A picture that is loaded when it is needed, in whichever process needs it."""

    @property
    def key(self) -> str:
        """Changes with the picture."""
        ...

    def load(self) -> Image.Image:
        """Give the picture, RGB."""
        ...


@dataclass(frozen=True, slots=True)
class CorpusPicture:
    """A picture of a corpus folder."""

    folder: Path
    sheet: Worksheet

    @property
    def key(self) -> str:
        """Hash of the picture's file."""
        return _open_corpus(self.folder).sha256(self.sheet)

    def load(self) -> Image.Image:
        """Decode it.

        Raises:
            InputError: It is missing.
        """
        picture = _open_corpus(self.folder).load(self.sheet)
        size = picture.pixels_width_px, picture.pixels_height_px
        return Image.frombytes("RGB", size, picture.pixels)


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
        sources: Sequence[PictureSource],
        processor: Any,
        pixels: PixelBounds,
        progress: Progress,
        processes: int = 1,
    ) -> "PictureStore":
        """Open the store of these pictures and this size, or make it.

        Args:
            folder: Where it lies.
            sources: The pictures, in the order of their numbers.
            processor: Of the model.
            pixels: Of a picture.
            progress: Called after every picture.
            processes: How many cut.

        Raises:
            InputError: A picture is missing, or all together need more than `MAX_STORE_BYTES`.
        """
        if len(sources) * pixels.most * 3 > MAX_STORE_BYTES:
            raise InputError(
                f"{len(sources)} pictures of {pixels.most} pixels need over "
                f"{MAX_STORE_BYTES >> 30} GiB.",
                "Train on fewer or smaller pictures.",
            )
        name = _digest([source.key for source in sources], pixels)
        file, index = folder / f"pictures-{name}.bin", folder / f"pictures-{name}.json"
        if not index.exists():
            grids = _write(
                file, sources, partial(_load_and_cut, processor, pixels), progress, processes
            )
            index.write_text(json.dumps(grids), "utf-8")
        return cls(file, json.loads(index.read_text("utf-8")))


def cut_patches(
    picture: Image.Image, processor: Any, pixels: PixelBounds
) -> tuple[Patches, tuple[int, int]]:
    """Resize and cut a picture as the engine does.

    Returns:
        Patches in 8 bits, (patches, 3 x 16 x 16), and the grid (down, across).
    """
    found = processor.image_processor(images=[picture], size=pixels.size(), return_tensors="np")
    values = found["pixel_values"].reshape(-1, 3, 2, PATCH_PX * PATCH_PX)[:, :, 0]
    _, down, across = (int(side) for side in found["image_grid_thw"][0])
    whole = np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)
    return whole.reshape(-1, PATCH_VALUES), (down, across)


@lru_cache(4)
def _open_corpus(folder: Path) -> Corpus:
    return Corpus(folder)


def _load_and_cut(
    processor: Any, pixels: PixelBounds, source: PictureSource
) -> tuple[Patches, tuple[int, int]]:
    return cut_patches(source.load(), processor, pixels)


def _write(
    file: Path,
    sources: Sequence[PictureSource],
    cut: partial[tuple[Patches, tuple[int, int]]],
    progress: Progress,
    processes: int,
) -> list[tuple[int, int]]:
    grids: list[tuple[int, int]] = []
    fresh = file.with_suffix(".new")
    file.parent.mkdir(parents=True, exist_ok=True)
    what = "cutting pictures into patches"
    with fresh.open("wb") as out:
        for patches, grid in spread(cut, sources, processes, progress, what):
            out.write(patches.tobytes())
            grids.append(grid)
    fresh.replace(file)
    return grids


def _digest(pictures: Sequence[str], pixels: PixelBounds) -> str:
    content = json.dumps([list(pictures), pixels.least, pixels.most])
    return hashlib.sha256(content.encode()).hexdigest()[:12]
