"""What became of every candidate: counts by reason, and the first faults in words.

How it is used: `report = Report(...)`, counted up by `conversion`, written as `report.json` beside
the rows. `found == rows + sum(dropped.values())` always holds, unless the conversion stopped at a
limit it was given. What it leaves out: times, so that the same source gives the same bytes.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chalklens.training.data.candidates import Fault

MAX_FAULTS = 1000


@dataclass(slots=True)
class Report:
    """The outcome of one conversion.

    Attributes:
        source, format: What was converted, and as what.
        found: Candidates and faults the source gave.
        splits: Rows written, by split.
        dropped: Candidates that were not written, by reason.
        faults: The first `MAX_FAULTS` of them, in order.
        pictures: Places of pictures in the rows written.
        renamed_ids: Rows whose id another row had already, and which may share it in their source.
        renamed_labels: Labels of older releases that were written in their present form.
        stopped_at_limit: `--limit` ended the conversion before the source did.
    """

    source: str
    format: str
    found: int = 0
    splits: Counter[str] = field(default_factory=Counter[str])
    dropped: Counter[str] = field(default_factory=Counter[str])
    faults: list[Fault] = field(default_factory=list[Fault])
    pictures: int = 0
    renamed_ids: int = 0
    renamed_labels: int = 0
    stopped_at_limit: bool = False

    @property
    def rows(self) -> int:
        """Rows written."""
        return self.splits.total()

    def drop(self, fault: Fault) -> None:
        """Count a candidate that is not written."""
        self.dropped[fault.reason] += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(fault)

    def to_json(self) -> dict[str, Any]:
        """Return it as `report.json` has it."""
        return {
            "source": self.source,
            "format": self.format,
            "found": self.found,
            "rows": self.rows,
            "splits": {name: self.splits[name] for name in ("train", "val")},
            "dropped": dict(sorted(self.dropped.items())),
            "pictures": self.pictures,
            "renamed_ids": self.renamed_ids,
            "renamed_labels": self.renamed_labels,
            "stopped_at_limit": self.stopped_at_limit,
            "faults": [
                {"place": fault.place, "reason": fault.reason, "detail": fault.detail[:300]}
                for fault in self.faults
            ],
            "faults_left_out": self.dropped.total() - len(self.faults),
        }
