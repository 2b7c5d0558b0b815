"""Files of records, one at a time: JSONL, JSON with a list, CSV. Bounded, and faults by their place.

How it is used: `read_records(file)` yields `("line 7", {...})` or a `Fault`; the suffix does not
matter, a file that starts with `[` is one list and everything else a record per line.
`read_table(file)` does the same for CSV, also with semicolons or tabs. A line that is too long or not UTF-8 costs that line; a
list that breaks costs the rest of it, which is said.

What it leaves out: what records mean.
"""

import csv
import itertools
import json
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, Final, cast

from chalklens.errors import InputError
from chalklens.training.data.candidates import Fault, Reason
from chalklens.training.data.rows import MAX_LINE_BYTES, decode_json, decode_line, read_lines

Record = tuple[str, dict[str, Any]]
MAX_JSON_BYTES: Final = 2 << 30
MAX_CELL_CHARS: Final = 1 << 20
DELIMITERS: Final = (",", ";", "\t")
_CHUNK_CHARS: Final = 1 << 20
_BLANK: Final = " \t\r\n"


def read_records(file: Path) -> Iterator[Record | Fault]:
    """Yield the JSON objects of a file, each with its place.

    Raises:
        InputError: The file cannot be opened.
    """
    found = _read_list(file) if starts_with(file, b"[") else _read_jsonl(file)
    for place, value in found:
        if isinstance(value, Fault):
            yield value
        elif isinstance(value, dict):
            yield place, cast("dict[str, Any]", value)
        else:
            yield Fault(place, "not_a_record", f"a JSON object is needed, not {_kind(value)}")


def starts_with(file: Path, sign: bytes) -> bool:
    """Say whether the first byte that is not blank is this one."""
    try:
        with file.open("rb") as source:
            return source.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(sign)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from None


def count_lines(file: Path) -> int:
    """Count line ends, for a progress bar."""
    with file.open("rb") as source:
        return sum(part.count(b"\n") for part in iter(lambda: source.read(1 << 20), b""))


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _read_jsonl(file: Path) -> Iterator[tuple[str, Any]]:
    for number, line in read_lines(file):
        place = f"line {number}"
        try:
            yield place, decode_line(line)
        except InputError as error:
            yield place, Fault(place, cast("Reason", error.code), error.message)


def _read_list(file: Path) -> Iterator[tuple[str, Any]]:
    """Yield the items of one JSON list without holding more than one of them."""
    with file.open("rb") as source:
        text = _Text(source)
        text.skip(_BLANK + "\ufeff")
        text.skip("[", 1)
        number = 0
        while text.peek(_BLANK) not in ("]", ""):
            number += 1
            place = f"item {number}"
            item = text.take_value(place)
            yield place, item
            if isinstance(item, Fault) or text.peek(_BLANK) not in (",", "]"):
                break
            text.skip(",", 1)
        if text.peek(_BLANK) != "]":
            place = f"after item {number}"
            yield place, Fault(place, "not_json", "the list breaks off; the rest was not read")


class _Text:
    """The text of a file through a window; bytes that are not UTF-8 become U+FFFD and are noted."""

    def __init__(self, source: BufferedReader) -> None:
        import codecs

        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._window, self._start, self._read = "", 0, 0
        self._ended = False

    def peek(self, blank: str) -> str:
        """Skip blanks and return the next character; empty at the end."""
        self.skip(blank)
        return self._window[self._start : self._start + 1]

    def skip(self, characters: str, most: int | None = None) -> None:
        while most is None or most > 0:
            while self._start >= len(self._window):
                if not self._fill():
                    return
            if self._window[self._start] not in characters:
                return
            self._start += 1
            most = None if most is None else most - 1

    def take_value(self, place: str) -> Any:
        """Return the next JSON value, or the fault that keeps it from being read."""
        while True:
            end = self._find_end()
            if 0 <= end < len(self._window) or (end >= 0 and self._ended):
                return self._take(place, end)
            if len(self._window) - self._start > MAX_LINE_BYTES:
                return Fault(place, "line_too_long", f"an item is over {MAX_LINE_BYTES >> 20} MiB")
            if not self._fill() and end < 0:
                return Fault(place, "not_json", "this is not a JSON value")

    def _find_end(self) -> int:
        """Return where the value ends as far as it is known; -1 when it is not complete."""
        try:
            return json.JSONDecoder().raw_decode(self._window, self._start)[1]
        except (ValueError, RecursionError):
            return -1

    def _take(self, place: str, end: int) -> Any:
        written = self._window[self._start : end]
        self._start = end
        if "\ufffd" in written:
            return Fault(place, "not_utf8", "it holds bytes that are not UTF-8, or U+FFFD")
        try:
            return decode_json(written)
        except InputError as error:
            return Fault(place, "not_json", error.message)

    def _fill(self) -> bool:
        data = self._source.read(_CHUNK_CHARS)
        self._read += len(data)
        if self._read > MAX_JSON_BYTES:
            raise InputError(
                f"The file is over {MAX_JSON_BYTES >> 30} GiB.", "Save it as JSONL, or split it."
            )
        more = self._decoder.decode(data, final=not data)
        self._window = self._window[self._start :] + more
        self._start = 0
        self._ended = not data
        return bool(data)


def read_table(file: Path) -> Iterator[Record | Fault]:
    """Yield the rows of a CSV file as column -> text, each with the lines it takes.

    The sign between cells is the one of comma, semicolon and tab that the header has most of. A quotation
    mark that is not closed, or closed in the middle of a cell, costs the lines up to there.

    Raises:
        InputError: The file cannot be opened, or has no header.
    """
    csv.field_size_limit(MAX_CELL_CHARS)
    lines = _CsvLines(file)
    header = next(lines, "")
    table = csv.reader(
        itertools.chain((header,), lines), delimiter=max(DELIMITERS, key=header.count), strict=True
    )
    names = [name.strip() for name in _next_row(table) or ()]
    if not any(names) or lines.faults:
        raise InputError(
            f"{file.name} has no header line in UTF-8.", "The first line names the columns."
        )
    while True:
        lines.first = None
        if (row := _next_row(table)) is None:
            break
        place = lines.place
        if lines.faults:
            yield from lines.take_faults()
        elif isinstance(row, str):
            yield Fault(place, "not_a_record", row)
        elif len(row) != len(names):
            if row:
                yield Fault(place, "not_a_record", f"{len(row)} cells under {len(names)} columns")
        else:
            yield place, dict(zip(names, row, strict=True))
    yield from lines.take_faults()


def _next_row(table: Iterator[list[str]]) -> list[str] | str | None:
    """Return the next row, what is wrong with it, or None at the end."""
    try:
        return next(table, None)
    except csv.Error as error:
        return f"a quotation mark is not closed where the cell ends ({error})"


class _CsvLines(Iterator[str]):
    """The lines of a CSV file; what cannot be used of them is noted and given as blank."""

    def __init__(self, file: Path) -> None:
        self._lines = read_lines(file)
        self.number = 0
        self.first: int | None = None
        self.faults: list[Fault] = []

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        self.first = self.first or self.number
        try:
            if len(line) > MAX_LINE_BYTES:
                raise ValueError
            return line.decode("utf-8-sig").replace("\0", "")
        except ValueError:
            is_long = len(line) > MAX_LINE_BYTES
            reason: Reason = "line_too_long" if is_long else "not_utf8"
            self.faults.append(Fault(f"line {self.number}", reason))
            return "\n"

    @property
    def place(self) -> str:
        """The lines since `first` was set to None."""
        first = self.first or self.number
        return f"line {first}" if first == self.number else f"lines {first} to {self.number}"

    def take_faults(self) -> list[Fault]:
        """Return the faults since the last call."""
        taken, self.faults = self.faults, []
        return taken
