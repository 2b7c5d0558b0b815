"""What a file of rows holds, in numbers.

How it is used: `measure_rows(Path("rows.jsonl"))` -> counts by split and source, turns, lengths of
questions and answers, pictures, and labels by how often they occur. Words are what stands between
white space. What it leaves out: tokens, which depend on a tokenizer, and pixels.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chalklens.training.data.rows import TrainingRow, read_rows

QUANTILES: Final = (0.0, 0.5, 0.95, 1.0)
RARE: Final = 5


@dataclass(slots=True)
class Statistics:
    """Figures of one file. Lengths are in characters."""

    splits: Counter[str] = field(default_factory=Counter[str])
    sources: Counter[str] = field(default_factory=Counter[str])
    labels: Counter[str] = field(default_factory=Counter[str])
    turns: Counter[int] = field(default_factory=Counter[int])
    pictures: Counter[int] = field(default_factory=Counter[int])
    question_chars: list[int] = field(default_factory=list[int])
    answer_chars: list[int] = field(default_factory=list[int])
    files: set[str] = field(default_factory=set[str])
    videos: int = 0

    def add(self, row: TrainingRow) -> None:
        """Count one row."""
        self.splits[row.split] += 1
        self.sources[row.source] += 1
        self.labels.update(row.labels)
        self.pictures[len(row.images)] += 1
        self.files.update(row.images)
        self.videos += len(row.videos)
        self.turns[sum(message.role == "assistant" for message in row.messages)] += 1
        for message in row.messages:
            if message.role != "system":
                asked = message.role == "user"
                (self.question_chars if asked else self.answer_chars).append(len(message.text))

    def to_json(self) -> dict[str, Any]:
        """Return everything; labels from the most frequent on."""
        return {
            "rows": self.splits.total(),
            "splits": dict(sorted(self.splits.items())),
            "sources": dict(self.sources.most_common()),
            "answers_per_row": {str(n): self.turns[n] for n in sorted(self.turns)},
            "pictures_per_row": {str(n): self.pictures[n] for n in sorted(self.pictures)},
            "distinct_pictures": len(self.files),
            "videos": self.videos,
            "question_chars": _summarise(self.question_chars),
            "answer_chars": _summarise(self.answer_chars),
            "distinct_labels": len(self.labels),
            "rare_labels": sum(count < RARE for count in self.labels.values()),
            "labels": dict(sorted(self.labels.items(), key=lambda pair: (-pair[1], pair[0]))),
        }


def measure_rows(file: Path) -> Statistics:
    """Read a file and count.

    Raises:
        InputError: It cannot be read, or a line is not a row.
    """
    statistics = Statistics()
    for row in read_rows(file):
        statistics.add(row)
    return statistics


def _summarise(lengths: list[int]) -> dict[str, int]:
    """Least, median, 95th percentile (nearest rank) and greatest."""
    ordered = sorted(lengths) or [0]
    names = ("least", "median", "p95", "greatest")
    last = len(ordered) - 1
    return {n: ordered[round(q * last)] for n, q in zip(names, QUANTILES, strict=True)}
