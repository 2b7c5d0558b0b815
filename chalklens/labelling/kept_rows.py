# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Rows of numbers kept on disk by key, so that nothing is computed twice.

How it is used: `KeptRows(file).collect(keys, compute, progress)` -> one row per key, in order;
`compute` gets the positions of the keys that are not known yet. The file is replaced as a whole
after every block, so an interrupted run keeps what it has. What it leaves out: use by several
processes at once, and forgetting.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from chalklens.errors import InputError

Rows = NDArray[Any]

BLOCK_ROWS = 1024
MAX_ROWS = 1_000_000


class KeptRows:
    """Rows of one kind, in memory and in one file."""

    def __init__(self, file: Path) -> None:
        """Open the file if there is one.

        Raises:
            InputError: It is damaged.
        """
        self._file = file
        self._known: dict[str, Rows] = _load(file) if file.exists() else {}

    def collect(
        self,
        keys: Sequence[str],
        compute: Callable[[Sequence[int]], Rows],
        progress: Callable[[int, int], None],
    ) -> Rows:
        """Return (keys, width).

        Raises:
            InputError: The file would hold more than a million rows.
        """
        first = {key: i for i, key in reversed(list(enumerate(keys)))}
        missing = sorted(i for key, i in first.items() if key not in self._known)
        if len(self._known) + len(missing) > MAX_ROWS:
            raise InputError(f"{self._file.name} is full.", "Name another --work folder.")
        for start in range(0, len(missing), BLOCK_ROWS):
            block = missing[start : start + BLOCK_ROWS]
            rows = compute(block)
            self._known |= {keys[i]: row for i, row in zip(block, rows, strict=True)}
            self._save()
            progress(start + len(block), len(missing))
        return np.stack([self._known[key] for key in keys])

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        rows = np.stack(list(self._known.values()))
        save_file({"rows": rows}, fresh, {"keys": json.dumps(list(self._known))})
        fresh.replace(self._file)


def _load(file: Path) -> dict[str, Rows]:
    try:
        with safe_open(file, "numpy") as stored:
            keys = json.loads(stored.metadata()["keys"])
            return dict(zip(keys, stored.get_tensor("rows"), strict=True))
    except (SafetensorError, ValueError, KeyError, TypeError):
        raise InputError(
            f"The file {file} is damaged.", "Remove it; it is computed again."
        ) from None
