"""Labels between the sheet worker and the server: plain JSON.

How it is used: `dump_labels` in the worker, `load_labels` on the other side. What it leaves out:
the reading, which has its own wire format (`reading/wire.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalklens.types import LabelSet


@dataclass(frozen=True, slots=True)
class SheetLabels:
    """What the embedded labeller says about one text.

    Attributes:
        labels: The chosen set; empty when `unsupported`.
        confidence: Probability per chosen id.
        unsupported: Not elementary mathematics.
        low_confidence: Too unsure to be relied on.
    """

    labels: LabelSet
    confidence: Mapping[str, float]
    unsupported: bool = False
    low_confidence: bool = False


def dump_labels(found: SheetLabels) -> dict[str, Any]:
    """Return the fields of a reply."""
    return {
        "area": found.labels.areas,
        "scope": found.labels.scopes,
        "ability": found.labels.abilities,
        "confidence": dict(found.confidence),
        "unsupported": found.unsupported,
        "low_confidence": found.low_confidence,
    }


def load_labels(fields: Mapping[str, Any]) -> SheetLabels:
    """Rebuild what `dump_labels` took apart."""
    return SheetLabels(
        LabelSet(tuple(fields["area"]), tuple(fields["scope"]), tuple(fields["ability"])),
        fields["confidence"],
        fields["unsupported"],
        fields["low_confidence"],
    )
