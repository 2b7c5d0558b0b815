"""Predictions on disk: what a labeller said about each page, one JSON row each.

How it is used: `prepare_output(file)` before the work, `write_predictions(file, sheets, labellings)`
after it. The corpus' own scorer reads these rows. What it leaves out: reading them back.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from chalklens.errors import InputError
from chalklens.labelling.corpus import Worksheet
from chalklens.types import Labelling, LabelSet


def prepare_output(file: Path | None) -> None:
    """Make the file's folder now: that it cannot be written must not show after half an hour.

    Raises:
        InputError: The name is that of a folder.
    """
    if file is None:
        return
    if file.is_dir():
        raise InputError(f"{file} is a folder.", "Name a file.")
    file.parent.mkdir(parents=True, exist_ok=True)


def ids_of(labels: LabelSet) -> dict[str, tuple[str, ...]]:
    """Ids by dimension, named as in the corpus."""
    return {"area": labels.areas, "scope": labels.scopes, "ability": labels.abilities}


def write_predictions(file: Path, sheets: Sequence[Worksheet], found: Sequence[Labelling]) -> None:
    """Write one row per page, as the corpus' own scorer reads them."""
    with file.open("w", encoding="utf-8") as rows:
        for sheet, labelling in zip(sheets, found, strict=True):
            row = {
                "id": sheet.id,
                **ids_of(labelling.labels),
                "confidence": dict(labelling.confidence),
                "unsupported": labelling.unsupported,
                "low_confidence": labelling.low_confidence,
            }
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")
