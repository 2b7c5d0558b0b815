# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Pages as 32 x 32 grey thumbnails: what the simplest visual baseline compares.

How it is used: `collect_thumbnails(split, keys, work, progress)` -> uint8 (pages, 1024); `keys` are
the hashes of the picture files, under which thumbnails are kept. What it leaves out: comparing
(`baselines.py`).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chalklens.evaluation.splits import Split
from chalklens.labelling.kept_rows import KeptRows
from chalklens.labelling.thumbnail import shrink


def collect_thumbnails(
    split: Split, keys: Sequence[str], work: Path, progress: Callable[[int, int, str], None]
) -> NDArray[np.uint8]:
    """Return one row per page.

    Raises:
        InputError: A picture is missing.
    """

    def compute(missing: Sequence[int]) -> NDArray[np.uint8]:
        loaded = (split.corpus.load(split.sheets[i]) for i in missing)
        return np.stack([shrink(picture) for picture in loaded])

    store = KeptRows(work / "thumbnails.safetensors")
    return store.collect(
        keys, compute, lambda done, total: progress(done, total, "making thumbnails")
    )
