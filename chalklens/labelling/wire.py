"""Labels between the sheet worker and the server: plain JSON.

How it is used: `dump_labels` in the worker, `load_labels` on the other side. What it leaves out:
the reading, which has its own wire format (`reading/wire.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalklens.types import Box, LabelSet, Span


@dataclass(frozen=True, slots=True)
class SheetLabels:
    """What the embedded labeller says about one page.

    Attributes:
        labels: The chosen set; empty when `unsupported`.
        confidence: Probability per chosen id.
        unsupported: Not elementary mathematics.
        low_confidence: Too unsure to be relied on.
        probabilities: Of every label that is worth naming, chosen or not.
        evidence: Pieces of text that speak for each chosen label.
    """

    labels: LabelSet
    confidence: Mapping[str, float]
    unsupported: bool = False
    low_confidence: bool = False
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=dict[str, tuple[Span, ...]])


def dump_labels(found: SheetLabels) -> dict[str, Any]:
    """Return the fields of a reply."""
    return {
        "area": found.labels.areas,
        "scope": found.labels.scopes,
        "ability": found.labels.abilities,
        "confidence": dict(found.confidence),
        "unsupported": found.unsupported,
        "low_confidence": found.low_confidence,
        "probabilities": dict(found.probabilities),
        "evidence": {label: _dump_spans(spans) for label, spans in found.evidence.items()},
    }


def load_labels(fields: Mapping[str, Any]) -> SheetLabels:
    """Rebuild what `dump_labels` took apart."""
    return SheetLabels(
        LabelSet(tuple(fields["area"]), tuple(fields["scope"]), tuple(fields["ability"])),
        fields["confidence"],
        fields["unsupported"],
        fields["low_confidence"],
        fields["probabilities"],
        {label: _load_spans(rows) for label, rows in fields["evidence"].items()},
    )


def _dump_spans(spans: Sequence[Span]) -> list[list[str | int]]:
    return [[s.text, s.box.x0, s.box.y0, s.box.x1, s.box.y1] for s in spans]


def _load_spans(rows: Sequence[Any]) -> tuple[Span, ...]:
    return tuple(Span(text, Box(*corners)) for text, *corners in rows)
