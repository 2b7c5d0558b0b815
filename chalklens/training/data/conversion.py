"""A source of candidates to `rows.jsonl`: checked, without repeats, split, counted.

How it is used: `await convert(source, Conversion(out=Path("data")), decode)`. OUT gets `rows.jsonl`,
`rows.schema.json`, `report.json` and, where pictures came as bytes, `pictures/`. Each file is
written beside its place and renamed, so there is never half a file; the same source gives the same
bytes. With `on_error="stop"` the first fault ends it and nothing is replaced.

What it leaves out: the formats (one module each, chosen by `formats.py`).
"""

import asyncio
import hashlib
import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from chalklens.errors import InputError
from chalklens.training.data.candidates import Candidate, Fault, Found, Source, find_text_fault
from chalklens.training.data.duplicates import DuplicateFinder, normalise
from chalklens.training.data.format_names import OnError
from chalklens.training.data.pictures import CheckedPicture, Decode, PictureFault, Pictures
from chalklens.training.data.report import Report
from chalklens.training.data.rows import (
    MAX_LINE_BYTES,
    SCHEMA_FILE,
    Message,
    TrainingRow,
    parse_row,
    read_schema,
    to_json,
)
from chalklens.training.data.splits import choose_split

Progress = Callable[[int, int, str], None]

ROWS_FILE: Final = "rows.jsonl"
REPORT_FILE: Final = "report.json"
MAX_ROWS: Final = 2_000_000
ID_DIGITS: Final = 16
_BATCH: Final = 16


@dataclass(frozen=True, slots=True)
class Conversion:
    """How to convert.

    Attributes:
        out: Folder for everything that is written.
        format: As the report names it.
        val_share: Share of groups for validation, 0 to 1.
        on_error: Skip what cannot be used, or stop at it.
        limit: Rows to write at most.
    """

    out: Path
    format: str
    val_share: float = 0.1
    on_error: OnError = "skip"
    limit: int = MAX_ROWS


@dataclass(frozen=True, slots=True)
class _Checked:
    """A candidate whose pictures were looked at."""

    candidate: Candidate
    pictures: tuple[CheckedPicture, ...]


async def convert(
    source: Source, conversion: Conversion, decode: Decode, progress: Progress | None = None
) -> Report:
    """Write the rows of a source and return what became of every candidate.

    Args:
        source: Opened, not yet read.
        conversion: Where to, and how strictly.
        decode: Decodes pictures, usually in another process.
        progress: Called with candidates done, candidates in all (0: unknown), and what is done.

    Raises:
        InputError: A fault with `on_error="stop"`, not a single row, or OUT is a file.
        StorageError, OSError: Something cannot be written.
    """
    choose_split("", conversion.val_share)
    if conversion.out.exists() and not conversion.out.is_dir():
        raise InputError(f"{conversion.out} is a file.", "Name a folder for the rows: --out DIR.")
    writer = _Writer(source.name, conversion)
    pictures = Pictures(source.root, conversion.out, decode, archive=source.archive)
    conversion.out.mkdir(parents=True, exist_ok=True)
    with pictures, replacing(conversion.out / ROWS_FILE) as file:
        async with aclosing(_check_all(source.found, pictures)) as candidates:
            async for checked in candidates:
                if writer.is_full:
                    writer.report.stopped_at_limit = True
                    break
                writer.add(checked, pictures, file)
                if progress:
                    progress(writer.report.found, source.total, "converting")
        writer.check_not_empty()
    _write(conversion.out / SCHEMA_FILE, read_schema())
    _write(conversion.out / REPORT_FILE, json.dumps(writer.report.to_json(), indent=1) + "\n")
    return writer.report


async def _check_all(
    found: Iterator[Found] | AsyncIterator[Found], pictures: Pictures
) -> AsyncGenerator[_Checked | Fault, None]:
    """Look at the pictures of some candidates at a time, in order."""
    try:
        while batch := await _take(found):
            for checked in await asyncio.gather(*(_check(item, pictures) for item in batch)):
                yield checked
    finally:  # files and connections of the source
        if isinstance(found, Generator):
            found.close()
        elif isinstance(found, AsyncGenerator):
            await found.aclose()


async def _take(found: Iterator[Found] | AsyncIterator[Found]) -> list[Found]:
    """Return the next candidates; a source that blocks does so in a thread."""
    if isinstance(found, Iterator):
        return await asyncio.to_thread(list[Found], itertools.islice(found, _BATCH))
    batch: list[Found] = []
    while len(batch) < _BATCH:
        try:
            batch.append(await anext(found))
        except StopAsyncIteration:
            break
    return batch


async def _check(item: Found, pictures: Pictures) -> _Checked | Fault:
    if isinstance(item, Fault):
        return item
    if fault := find_text_fault(item.place, item.messages):
        return fault
    try:
        checked = [await pictures.check(picture) for picture in item.pictures]
    except PictureFault as error:
        return Fault(item.place, error.reason, error.message)
    return _Checked(item, tuple(checked))


class _Writer:
    """Decides about candidates one after the other and writes rows."""

    def __init__(self, name: str, conversion: Conversion) -> None:
        self.report = Report(name, conversion.format)
        self._conversion = conversion
        self._finder = DuplicateFinder()
        self._ids: dict[str, str] = {}

    @property
    def is_full(self) -> bool:
        return self.report.rows >= min(self._conversion.limit, MAX_ROWS)

    def add(self, checked: _Checked | Fault, pictures: Pictures, file: BinaryIO) -> None:
        """Write a row, or count why not.

        Raises:
            InputError: A fault, and the conversion is to stop at faults.
        """
        self.report.found += 1
        outcome = checked if isinstance(checked, Fault) else self._make(checked, pictures)
        if isinstance(outcome, Fault):
            self._drop(outcome)
            return
        line = json.dumps(to_json(outcome), ensure_ascii=False, separators=(",", ":")).encode()
        file.write(line + b"\n")
        self.report.splits[outcome.split] += 1
        self.report.pictures += len(outcome.images)

    def check_not_empty(self) -> None:
        """Raise unless there is a row."""
        if self.report.rows:
            return
        counts = ", ".join(f"{n} {reason}" for reason, n in self.report.dropped.most_common())
        first = f" First: {str(self.report.faults[0]).rstrip('.')}." if self.report.faults else ""
        raise InputError(
            f"{self.report.source} gave no row ({counts or 'it is empty'}).{first}",
            "Check --format and --images.",
        )

    def _drop(self, fault: Fault) -> None:
        if self._conversion.on_error == "stop" and fault.reason != "near_duplicate":
            raise InputError(
                f"{self.report.source}, {str(fault).rstrip('.')}.",
                "Mend it, or leave such rows out with --on-error skip.",
                code=fault.reason,
            )
        self.report.drop(fault)

    def _make(self, checked: _Checked, pictures: Pictures) -> TrainingRow | Fault:
        candidate = checked.candidate
        try:
            row = TrainingRow(
                id=self._name(checked),
                images=tuple(map(pictures.name, checked.pictures)),
                messages=candidate.messages,
                split=choose_split(_group(checked), self._conversion.val_share),
                source=self.report.source,
                videos=tuple(map(pictures.find_video, candidate.videos)),
                labels=candidate.labels,
            )
            _check_row(row)
        except PictureFault as error:
            return Fault(candidate.place, error.reason, error.message)
        except InputError as error:
            return Fault(candidate.place, "not_a_row", error.message)
        if fault := self._find_repeat(row, checked):
            return fault
        for picture in checked.pictures:
            pictures.keep(picture)
        self._ids[row.id] = candidate.place
        self.report.renamed_ids += bool(candidate.id) and row.id != candidate.id
        self.report.renamed_labels += candidate.renamed
        return row

    def _name(self, checked: _Checked) -> str:
        """The row's id: the source's, with the content where it was there before and may be."""
        given = checked.candidate.id
        if given and not (checked.candidate.id_may_repeat and given in self._ids):
            return given
        content = _name_by_content(checked)
        return f"{given}:{content}" if given else content

    def _find_repeat(self, row: TrainingRow, checked: _Checked) -> Fault | None:
        candidate = checked.candidate
        place = candidate.place
        if candidate.id and not candidate.id_may_repeat and row.id in self._ids:
            return Fault(place, "duplicate_id", f"{row.id}, first in {self._ids[row.id]}")
        marks = [picture.mark for picture in checked.pictures]
        text = "\n".join((*row.videos, *map(_spoken, row.messages)))
        earlier = self._finder.add(row.id, text, marks)
        return Fault(place, "near_duplicate", f"of {earlier}") if earlier else None


def _check_row(row: TrainingRow) -> None:
    """Hold a row to what its readers will."""
    value = to_json(row)
    if len(json.dumps(value)) > MAX_LINE_BYTES:
        raise InputError(f"The row would be over {MAX_LINE_BYTES >> 20} MiB.")
    parse_row(value)


def _spoken(message: Message) -> str:
    """The text with its speaker and the places of pictures."""
    parts = (part.text if part.type == "text" else f"<{part.type}>" for part in message.content)
    return f"{message.role}: {' '.join(parts)}"


def _contents(checked: _Checked) -> str:
    return "\n".join((*(p.sha256 for p in checked.pictures), *checked.candidate.videos))


def _name_by_content(checked: _Checked) -> str:
    told = "\n".join(map(_spoken, checked.candidate.messages))
    content = f"{_contents(checked)}\n{told}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:ID_DIGITS]


def _group(checked: _Checked) -> str:
    """What decides the split: rows about one picture, or with one text, stay together."""
    candidate = checked.candidate
    told = "\n".join(map(_spoken, candidate.messages))
    return candidate.group or _contents(checked) or normalise(told)


@contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """Open a file that takes the place of `path` at the end, unless there is an error."""
    beside = path.with_name(f".{path.name}.tmp")
    try:
        with beside.open("wb") as file:
            yield file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text.encode())
