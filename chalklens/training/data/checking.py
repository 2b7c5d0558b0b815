"""All faults of a file of rows, where `rows.read_rows` stops at the first.

How it is used: `check_rows(Path("rows.jsonl"))` -> rows that are good, and faults by line: not a row,
an id that was there before, a picture or video that is missing. What it leaves out: decoding the
pictures; that was done when the rows were made.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chalklens.errors import InputError
from chalklens.training.data.candidates import Fault
from chalklens.training.data.rows import decode_line, parse_row, read_lines
from chalklens.training.data.videos import is_video

MAX_FAULTS = 1000


@dataclass(slots=True)
class Check:
    """The outcome. `faults` holds the first `MAX_FAULTS`, `faulty` counts all."""

    good: int = 0
    faulty: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])


def check_rows(file: Path) -> Check:
    """Look at every line of a file.

    Raises:
        InputError: The file cannot be opened.
    """
    check = Check()
    ids: dict[str, int] = {}
    for number, line in read_lines(file):
        fault = _find_fault(number, line, file.absolute().parent, ids)
        if fault is None:
            check.good += 1
            continue
        check.faulty += 1
        if len(check.faults) < MAX_FAULTS:
            check.faults.append(fault)
    return check


def _find_fault(number: int, line: bytes, folder: Path, ids: dict[str, int]) -> Fault | None:
    place = f"line {number}"
    try:
        row = parse_row(decode_line(line))
    except InputError as error:
        return Fault(place, "not_a_row", error.message)
    first = ids.setdefault(row.id, number)
    if first != number:
        return Fault(place, "duplicate_id", f"{row.id}, first in line {first}")
    if missing := next(_find_missing(row.images, folder, Path.is_file), None):
        return Fault(place, "picture_missing", missing)
    missing = next(_find_missing(row.videos, folder, is_video), None)
    return Fault(place, "video_missing", missing) if missing else None


def _find_missing(
    names: Sequence[str], folder: Path, is_there: Callable[[Path], bool]
) -> Iterator[str]:
    for name in names:
        shown = repr(name[:200])  # a name may hold anything, and is written to a terminal
        try:
            if not is_there(folder / name):
                yield shown
        except (OSError, ValueError):  # too long, or a NUL
            yield shown
