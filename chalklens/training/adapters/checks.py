"""What is found before training starts: missing pictures, over-long rows, a disk without room.

How it is used: `select_rows(read_all(files), recipe)` splits the rows, `check_rows(...)` looks at each of them with
the model's tokenizer, `check_disk(...)` counts what will be written, `check_trackers(recipe)`. All bad
rows are told at once, by line. What it leaves out: the format itself (`training/data/rows.py`).
"""

import importlib.util
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.terms import TermIndex
from chalklens.errors import ChalklensError, InputError, StorageError, UnavailableError
from chalklens.training.adapters.encoding import RowEncoder
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.data.rows import TrainingRow, read_numbered_rows

SHOWN = 10
BYTES_PER_PARAMETER = 12
"""Weights and AdamW's two running means, float32 each."""
SPARE_BYTES = 64 << 20

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A row, and its line and file as a message tells them."""

    place: str
    row: TrainingRow


@dataclass(frozen=True, slots=True)
class Rows:
    """What a stage learns from and is measured on."""

    train: Sequence[NumberedRow]
    val: Sequence[NumberedRow]


def read_all(files: Sequence[Path]) -> list[NumberedRow]:
    """Read the rows of all files.

    Raises:
        InputError: A file is missing, or a line is no row.
    """
    return [
        NumberedRow(f"line {number}" if len(files) == 1 else f"{file}, line {number}", row)
        for file in files
        for number, row in read_numbered_rows(file)
    ]


def select_rows(rows: Sequence[NumberedRow], recipe: AdapterRecipe) -> Rows:
    """Take the rows a stage wants.

    Raises:
        InputError: None is left to learn from.
    """
    wanted = [found for found in rows if _is_wanted(found.row, recipe)]
    train = [found for found in wanted if found.row.split == "train"]
    if not train:
        kind = {"all": "", "text": " without pictures", "pictures": " with pictures"}[recipe.rows]
        raise InputError(
            f"The data has no rows{kind} to train the stage {recipe.stage!r} on.",
            "`chalklens data convert` writes rows with the split `train`; --set rows=all takes all.",
        )
    return Rows(train, [found for found in wanted if found.row.split == "val"])


def check_rows(
    rows: Sequence[NumberedRow], encoder: RowEncoder, max_tokens: int, progress: Progress
) -> int:
    """Look at every row; returns the longest one's tokens.

    Raises:
        InputError: Pictures are missing, labels unknown, rows too long or without an answer; by line.
    """
    bad: list[str] = []
    longest = 0
    for done, found in enumerate(rows, 1):
        try:
            _check_labels(found.row)
            tokens = encoder.count_tokens(found.row)
        except (ChalklensError, OSError) as error:
            bad.append(f"{found.place}: {_reason(error)}")
        else:
            longest = max(longest, tokens)
            if tokens > max_tokens:
                bad.append(f"{found.place}: {tokens} tokens, over the {max_tokens} of max_tokens")
        progress(done, len(rows), "checking rows")
    if bad:
        more = f" And {len(bad) - SHOWN} more." if len(bad) > SHOWN else ""
        raise InputError(
            f"{len(bad)} of {len(rows)} rows cannot be learnt. {'; '.join(bad[:SHOWN])}.{more}",
            "Mend or remove them, or change --set max_tokens or max_pixels. Nothing was trained.",
            code="bad_rows",
        )
    return longest


def check_disk(folder: Path, parameters: int, keep: int) -> None:
    """See whether checkpoints and the adapter will fit.

    Raises:
        StorageError: They will not.
    """
    needed = parameters * BYTES_PER_PARAMETER * (keep + 2) + SPARE_BYTES
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise StorageError(
            f"Training will write about {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free.",
            "Free some space, or name a folder on another disk (--out, --work).",
        )


def check_trackers(
    recipe: AdapterRecipe, find: Callable[[str], object | None] = importlib.util.find_spec
) -> None:
    """See whether the trackers are installed, as `find` says; their packages have their names.

    Raises:
        UnavailableError: One is not.
    """
    for name in recipe.trackers:
        if find(name) is None:
            raise UnavailableError(
                f"The tracker {name} is not installed.",
                "Install it: pip install 'chalklens[finetune]'. JSON lines and plots are written "
                "without it.",
            )


def shows_something(row: TrainingRow) -> bool:
    """Say whether a row has pictures or videos."""
    return bool(row.images or row.videos)


def _check_labels(row: TrainingRow) -> None:
    """Refuse labels that are not, letter by letter, those of some release of EduGraph."""
    if not row.labels:
        return
    index = _term_index()
    if unknown := [label for label in row.labels if index.find(label).name != label]:
        near = ", ".join(index.suggest(unknown[0], 3))
        raise InputError(f"EduGraph has no concept {', '.join(unknown)} (near are {near})")


@cache
def _term_index() -> TermIndex:
    return TermIndex(Ontology.load())


def _is_wanted(row: TrainingRow, recipe: AdapterRecipe) -> bool:
    return recipe.rows == "all" or shows_something(row) == (recipe.rows == "pictures")


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no file {Path(str(error.filename)).name}"
    if isinstance(error, ChalklensError):
        return error.message.rstrip(".")
    return f"a picture or video cannot be read ({type(error).__name__})"
