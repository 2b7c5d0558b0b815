"""Rendered worksheets on disk, in the format of the labelled corpus (`labelling.corpus`).

How it is used: `write_corpus(Path("sheets"), count=1000, seed=1)` writes `train.jsonl`, `words.jsonl`
and `images/<id>.png`; `Corpus(Path("sheets")).worksheets("train")` reads them. What it leaves out:
splits, for a whole template is what should be left out to test on (`view` is its name).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import InputError, explain_storage
from chalklens.labelling.corpus import MAX_WORKSHEETS
from chalklens.training.worksheets.sheet import Sheet, render_sheets

_PALETTE_COLOURS = 128


def write_corpus(
    out: Path,
    count: int,
    seed: int,
    *,
    split: str = "train",
    on_sheet: Callable[[int], None] = lambda done: None,
) -> None:
    """Render `count` sheets into a folder; the same seed writes the same files.

    Args:
        out: A folder that does not exist yet, or is empty.
        count: 1 to 200,000.
        seed: Decides everything that varies.
        split: Name of the rows' file, without `.jsonl`.
        on_sheet: Called with the number of finished sheets.

    Raises:
        InputError: The folder holds something, or the count is out of its limits.
        StorageError: It cannot be written.
    """
    if not 1 <= count <= MAX_WORKSHEETS:
        raise InputError(f"{count} sheets cannot be written.", f"Ask for 1 to {MAX_WORKSHEETS}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not an empty folder.", "Name a new folder for the sheets.")
    try:
        (out / "images").mkdir(parents=True, exist_ok=True)
        with (
            (out / f"{split}.jsonl").open("w", encoding="utf-8") as rows,
            (out / "words.jsonl").open("w", encoding="utf-8") as words,
        ):
            for number, sheet in enumerate(render_sheets(count, seed), 1):
                _write_sheet(out, f"ws-{number:06d}", sheet, rows, words)
                on_sheet(number)
    except OSError as error:
        if problem := explain_storage(error):
            raise problem from error
        raise


def describe_sheet(id_: str, sheet: Sheet, ontology: Ontology) -> dict[str, Any]:
    """The row of a sheet, as `labelling.corpus` reads it."""
    width, height = sheet.size_px
    labels = sorted(sheet.labels)
    return {
        "id": id_,
        "image": f"images/{id_}.png",
        "area": [label for label in labels if ontology[label].dimension == "Area"],
        "scope": [label for label in labels if ontology[label].dimension == "Scope"],
        "ability": [label for label in labels if ontology[label].dimension == "Ability"],
        "text": sheet.text,
        "view": sheet.template,
        "pair": id_,
        "mode": "solution" if sheet.solution else "question",
        "seed": sheet.seed,
        "source": "chalklens",
        "ontology": ontology.version,
        "width": width,
        "height": height,
    }


def _write_sheet(out: Path, id_: str, sheet: Sheet, rows: IO[str], words: IO[str]) -> None:
    row = describe_sheet(id_, sheet, Ontology.load())
    picture = sheet.picture.quantize(_PALETTE_COLOURS)
    picture.save(out / row["image"])
    rows.write(json.dumps(row, ensure_ascii=False) + "\n")
    boxes = [
        [w.text, w.box[0], w.box[1], w.box[2] - w.box[0], w.box[3] - w.box[1]] for w in sheet.words
    ]
    words.write(json.dumps({"id": id_, "words": boxes}, ensure_ascii=False) + "\n")
