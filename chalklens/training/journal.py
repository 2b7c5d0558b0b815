"""The metrics log of a training run: one JSON row per event.

How it is used: `Journal(file).write("fold", fold=1, micro_f1=0.7)`. Rows are appended, a resumed
run continues the file. What it leaves out: plots, remote trackers.
"""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Journal:
    """An append-only JSONL file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    def write(self, event: str, **facts: Any) -> None:
        """Append one row: time (UTC), event, facts."""
        row = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **facts}
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")

    @contextmanager
    def record_losses(
        self, heads: str, part: str = "all"
    ) -> Generator[Callable[[int, float], None]]:
        """Append a row `fit` with the losses that are told meanwhile."""
        losses: list[float] = []
        yield lambda _, loss: losses.append(round(loss, 5))
        self.write("fit", heads=heads, part=part, losses=losses)
