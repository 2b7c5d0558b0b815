# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Pages of our own renderer, small, with the kind and place of every figure on them.

How it is used: `collect_pages(folder, count, seed, progress)` renders what is not there yet and
returns `FigurePages`. The folder holds `pages-*.npy` (pixels, mapped when read), `figures-*.jsonl` (one
row per page) and is continued when rendering was interrupted; pages of templates that have changed
since are drawn anew. `cover_cells(figures, kinds)` makes what the network learns from. What it leaves
out: changing pages at random (`figure_batches.py`).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from chalklens.labelling.figure_tower import CELL_PX, CELLS, CHANNELS, WHITE, shrink_page
from chalklens.training.worksheets.sheet import render_sheets
from chalklens.training.worksheets.sources import hash_sources

Progress = Callable[[int, int, str], None]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

STORED_PX = 320
SAME_LOOK = {"place_value_chart": "table", "calendar": "table", "point": "line_segment"}
"""Kinds that look alike, and what they count as."""
MADE_OF = {"pattern_row": ("polygon", "circle", "object_group"), "symmetry": ("polygon",)}
"""Kinds whose parts may be figures of another kind although nobody recorded them."""
LEFT_OUT = frozenset({"answer_box"})
"""Kinds on most pages, which tell nothing."""
UNKNOWN = -1.0
MIN_COVERED_SHARE = 0.3

Drawn = tuple[str, tuple[float, float, float, float]]
"""Kind and box (x0, y0, x1, y1)."""


@dataclass(frozen=True, slots=True)
class FigurePages:
    """Rendered pages.

    Attributes:
        pixels: (pages, STORED_PX, STORED_PX, CHANNELS), each page at the top left of its square.
        sizes: Width and height of each page in its square.
        figures: What each page shows; boxes in pixels of the square.
    """

    pixels: Bytes
    sizes: list[tuple[int, int]]
    figures: list[list[Drawn]]

    def kinds(self, min_pages: int) -> tuple[str, ...]:
        """The kinds shown by at least so many pages, sorted."""
        found = Counter(kind for page in self.figures for kind in {name for name, _ in page})
        return tuple(sorted(kind for kind, pages in found.items() if pages >= min_pages))


def collect_pages(
    folder: Path, count: int, seed: int, progress: Progress, *, templates: str = ""
) -> FigurePages:
    """Render the pages that the folder lacks and return all.

    Args:
        folder: Where they are kept.
        count: Pages in all.
        seed: Of the pages.
        progress: Called after every page.
        templates: Names the version of the templates; empty means that of their code.
    """
    folder.mkdir(parents=True, exist_ok=True)
    templates = templates or hash_sources()
    pixels, rows = (
        folder / f"{kind}-{count}-{seed}-{templates}.{suffix}"
        for kind, suffix in (("pages", "npy"), ("figures", "jsonl"))
    )
    _remove_others(pixels, f"pages-{count}-{seed}-*.npy")
    _remove_others(rows, f"figures-{count}-{seed}-*.jsonl")
    known = _known_rows(rows, pixels, count)
    shape = (count, STORED_PX, STORED_PX, CHANNELS)
    stored = open_memmap(pixels, "r+" if known else "w+", np.uint8, shape)
    with rows.open("a" if known else "w", encoding="utf-8") as out:
        for number, sheet in enumerate(islice(render_sheets(count, seed), known, None), known):
            small = shrink_page(np.asarray(sheet.picture), STORED_PX)
            stored[number] = WHITE
            stored[number, : small.shape[0], : small.shape[1]] = small
            scale = STORED_PX / max(sheet.size_px)
            drawn = [[f.kind, [round(v * scale, 1) for v in f.box]] for f in sheet.figures]
            row = {"size": [small.shape[1], small.shape[0]], "figures": drawn}
            out.write(json.dumps(row) + "\n")
            progress(number + 1, count, "drawing pages with figures")
    stored.flush()
    return _load(pixels, rows)


def _remove_others(file: Path, pattern: str) -> None:
    """Remove what older templates drew: it is never read again, and takes 200 kB a page."""
    for other in file.parent.glob(pattern):
        if other != file:
            other.unlink()


def _known_rows(rows: Path, pixels: Path, count: int) -> int:
    """Cut off an unfinished last row; return how many pages are there."""
    if not (rows.is_file() and pixels.is_file()):
        return 0
    whole = [line for line in rows.read_text("utf-8").splitlines(True) if line.endswith("\n")]
    rows.write_text("".join(whole[:count]), "utf-8")
    return min(len(whole), count)


def _load(pixels: Path, rows: Path) -> FigurePages:
    found: list[dict[str, Any]] = [
        json.loads(line) for line in rows.read_text("utf-8").splitlines()
    ]
    return FigurePages(
        np.load(pixels, mmap_mode="r", allow_pickle=False),
        [(row["size"][0], row["size"][1]) for row in found],
        [[_load_figure(*f) for f in row["figures"] if f[0] not in LEFT_OUT] for row in found],
    )


def _load_figure(kind: str, box: list[float]) -> Drawn:
    x0, y0, x1, y1 = box
    return SAME_LOOK.get(kind, kind), (x0, y0, x1, y1)


def cover_cells(
    figures: Iterable[Drawn], kinds: Sequence[str], doubtful: Iterable[Drawn] = ()
) -> tuple[Floats, Floats]:
    """What a page's cells and the page itself should say.

    Args:
        figures: Boxes in pixels of the network's square.
        kinds: Columns; other kinds are passed over.
        doubtful: Figures of which one cannot say whether the page still shows them.

    Returns:
        (CELLS, CELLS, kinds) and (kinds,): 1 shown, 0 not shown, -1 not known.
    """
    column = {kind: i for i, kind in enumerate(kinds)}
    cells = np.zeros((CELLS, CELLS, len(kinds)), np.float32)
    shown = list(figures)
    parts = [(part, box) for kind, box in shown for part in MADE_OF.get(kind, ())]
    for value, drawn in ((UNKNOWN, [*doubtful, *parts]), (1, shown)):
        for kind, (x0, y0, x1, y1) in drawn:
            if kind in column:
                cells[np.outer(_covered(y0, y1), _covered(x0, x1)), column[kind]] = value
    flat = cells.reshape(-1, len(kinds))
    return cells, np.where(flat.max(0) > 0, 1, flat.min(0)).astype(np.float32)


def _covered(start: float, end: float) -> NDArray[np.bool_]:
    """Cells along one side of which a figure covers a good part, or that hold a good part of it."""
    edges = np.arange(CELLS) * CELL_PX
    shared = np.minimum(end, edges + CELL_PX) - np.maximum(start, edges)
    needed = MIN_COVERED_SHARE * min(CELL_PX, max(end - start, 1))
    return shared >= needed
