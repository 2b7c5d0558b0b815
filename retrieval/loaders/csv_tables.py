"""CSV and TSV: one line per row that can be understood on its own.

How it is used: `load_csv(text, name, limits)`. When the first row names the columns, a line reads
`name: Ada | born: 1815`, because a passage in the middle of a table is found without its head; else
`| Ada | 1815 |`. Empty cells and rows are dropped, line ends inside cells become spaces.

What it leaves out: types, formulas, several tables in one file.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from chalklens.errors import MediaError
from retrieval.loaders.blocks import write_row
from retrieval.loaders.cleaning import clean_text
from retrieval.loaders.draft import Draft, DraftBuilder, check_count
from retrieval.loaders.limits import LoadLimits

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 30
SAMPLE_CHARS = 64 << 10
COLUMN_CHARS = 80
_NUMBER = re.compile(r"[\s$€£¥%+-]*\d[\d\s.,:/%-]*$")
_SEPARATOR_LINE = re.compile(r"sep=(.)\n", re.I)


def load_csv(text: str, suffix: str, limits: LoadLimits) -> Draft:
    """Return a table as lines.

    Raises:
        MediaError: Over a limit, or not a table.
    """
    text = clean_text(text)
    delimiter = "\t" if suffix == ".tsv" else ""
    if stated := _SEPARATOR_LINE.match(text):  # written by spreadsheet programs
        delimiter, text = stated[1], text[stated.end() :]
    rows = _read_rows(text, delimiter or _find_delimiter(text), limits)
    builder = DraftBuilder(limits)
    builder.add("\n".join(_write_lines(rows, limits)))
    return builder.finish()


def _read_rows(text: str, delimiter: str, limits: LoadLimits) -> Iterator[list[str]]:
    csv.field_size_limit(limits.characters)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield cells
    except csv.Error:
        raise MediaError(
            f"The table cannot be read: row {reader.line_num} is damaged.",
            "Export it again as CSV in UTF-8.",
        ) from None


def _find_delimiter(text: str) -> str:
    """The delimiter that cuts most of the first rows into the same number of cells, above one."""
    lines = text[:SAMPLE_CHARS].split("\n")[:SAMPLE_ROWS]

    def rate(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return (count / max(widths.total(), 1), width) if width > 1 else (0.0, 0)

    try:
        return max(DELIMITERS, key=rate)
    except csv.Error:
        return ","


def _write_lines(rows: Iterator[list[str]], limits: LoadLimits) -> Iterator[str]:
    first = list(islice(rows, 2))
    names = first[0] if len(first) == 2 and _names_columns(first[0]) else None
    for number, row in enumerate(_chain(first[1:] if names else first, rows), start=1):
        check_count(number, limits.rows, "rows")
        yield _write_record(names, row) if names else write_row(row)


def _chain(first: Sequence[list[str]], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield from first
    yield from rest


def _names_columns(row: Sequence[str]) -> bool:
    """Tell whether a first row holds names: all there, short, different, and no numbers."""
    return (
        len(row) > 1
        and all(cell and len(cell) <= COLUMN_CHARS and not _NUMBER.match(cell) for cell in row)
        and len(set(row)) == len(row)
    )


def _write_record(names: Sequence[str], row: Sequence[str]) -> str:
    named = [f"{name}: {cell}" for name, cell in zip(names, row, strict=False) if cell]
    return " | ".join([*named, *(cell for cell in row[len(names) :] if cell)])
