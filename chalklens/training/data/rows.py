"""The one format of training data: what converters write and trainers read.

How it is used: `for row in read_rows(Path("data/rows.jsonl"))`. A row is one conversation with its
pictures; `rows.schema.json` beside this file says what it looks like, and `parse_row` adds what a
schema cannot say: as many placeholders as files, a question before the answer. Relative paths start
at the folder of the file, so that a folder of rows and pictures can be moved.

What it leaves out: opening the pictures (`pictures.py` checks them when rows are made), and tokens.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, cast

from chalklens.errors import InputError

Role = Literal["system", "user", "assistant"]
SplitName = Literal["train", "val"]

MAX_LINE_BYTES = 4 << 20
SCHEMA_FILE = "rows.schema.json"
_SHOWN_CHARS = 200
_MAKE_IT = (
    "`chalklens data convert` writes such files; `chalklens data check FILE` lists all faults."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: a text, or the place of the next picture or video."""

    type: Literal["image", "video", "text"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What one side says."""

    role: Role
    content: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The texts alone, one after the other."""
        return "".join(part.text for part in self.content)


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One conversation.

    Attributes:
        id: Its name, unique in a file.
        images, videos: Files, in the order of their placeholders in `messages`.
        messages: At most one system message first, then a question first and an answer last.
        split: Which part of the data it belongs to.
        source: What it was made from: a file, a data set, an address.
        labels: EduGraph ids, where the answer is about labels.
    """

    id: str
    images: tuple[str, ...]
    messages: tuple[Message, ...]
    split: SplitName
    source: str
    videos: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def read_rows(file: Path) -> Iterator[TrainingRow]:
    """Yield the rows of a file in order, with the paths of pictures and videos made absolute.

    Raises:
        InputError: There is no such file, or a line is not a row; the message names the line.
    """
    return (row for _, row in read_numbered_rows(file))


def read_numbered_rows(file: Path) -> Iterator[tuple[int, TrainingRow]]:
    """Yield line (from 1) and row, otherwise as `read_rows`."""
    folder = file.absolute().parent
    for number, line in read_lines(file):
        try:
            row = parse_row(decode_line(line))
        except InputError as error:
            raise InputError(f"{file.name}, line {number}: {error.message}", _MAKE_IT) from None
        images, videos = (tuple(str(folder / path) for path in p) for p in (row.images, row.videos))
        yield number, replace(row, images=images, videos=videos)


def read_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield number (from 1) and bytes of every line that is not blank.

    Of a line over `MAX_LINE_BYTES` only so much and one byte is given: `decode_line` refuses it.

    Raises:
        InputError: The file cannot be opened.
    """
    try:
        source = file.open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from None
    with source:
        number = 0
        while line := source.readline(MAX_LINE_BYTES + 1):
            number += 1
            rest = line
            while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
                rest = source.readline(MAX_LINE_BYTES + 1)
            if line.strip():
                yield number, line


def decode_line(line: bytes) -> Any:
    """Return the JSON value of a line.

    Raises:
        InputError: Too long (code `line_too_long`), not UTF-8 (`not_utf8`), not JSON (`not_json`).
    """
    if len(line) > MAX_LINE_BYTES:
        raise InputError(f"The line is over {MAX_LINE_BYTES >> 20} MiB.", code="line_too_long")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"Byte {error.start + 1} is not UTF-8.", "Save the file as UTF-8.", code="not_utf8"
        ) from None
    return decode_json(text)


def decode_json(text: str) -> Any:
    """Return the JSON value of a text.

    Raises:
        InputError: It is none, or holds what no reader agrees on: NaN, half a surrogate pair, depth
            without end (code `not_json`).
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        text.encode()  # no lone surrogates as they are ...
        json.dumps(value, ensure_ascii=False).encode()  # ... nor as escapes
    except RecursionError:
        raise InputError("This is nested too deeply.", code="not_json") from None
    except ValueError as error:
        place = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"This is not JSON{place}.", code="not_json") from None
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def parse_row(value: Any) -> TrainingRow:
    """Check a JSON value against the schema and return the row.

    Raises:
        InputError: It is not a row; the message says where (code `not_a_row`).
    """
    _check_schema(value)
    row = _build(value)
    _check_placeholders(row)
    _check_order(row.messages)
    return row


def to_json(row: TrainingRow) -> dict[str, Any]:
    """Return a row as it is written: `parse_row(to_json(row)) == row`."""
    value: dict[str, Any] = {
        "id": row.id,
        "images": list(row.images),
        "videos": list(row.videos),
        "messages": [
            {"role": m.role, "content": [_part_to_json(p) for p in m.content]} for m in row.messages
        ],
        "split": row.split,
        "source": row.source,
    }
    return {**value, "labels": list(row.labels)} if row.labels else value


def read_schema() -> str:
    """Return the JSON schema (2020-12) as text."""
    return (files("chalklens.training.data") / SCHEMA_FILE).read_text("utf-8")


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(read_schema()))


def _check_schema(value: Any) -> None:
    from jsonschema import exceptions

    find_best: Any = exceptions.best_match  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    error = find_best(_validator().iter_errors(value))
    if error is not None:
        place = error.json_path.removeprefix("$").removeprefix(".") or "the row"
        raise _not_a_row(f"{place}: {_shorten(error.message)}")


def _shorten(text: str) -> str:
    """The end says what is wrong; what it is wrong about comes first and may be long."""
    if len(text) <= _SHOWN_CHARS:
        return text
    half = _SHOWN_CHARS // 2
    return f"{text[:half]} ... {text[-half:]}"


def _not_a_row(what: str) -> InputError:
    return InputError(what if what.endswith(".") else f"{what}.", _MAKE_IT, code="not_a_row")


def _build(value: Mapping[str, Any]) -> TrainingRow:
    return TrainingRow(
        id=value["id"],
        images=tuple(value["images"]),
        videos=tuple(value["videos"]),
        messages=tuple(
            Message(m["role"], tuple(Part(p["type"], p.get("text", "")) for p in m["content"]))
            for m in cast("list[dict[str, Any]]", value["messages"])
        ),
        split=value["split"],
        source=value["source"],
        labels=tuple(value.get("labels", ())),
    )


def _check_placeholders(row: TrainingRow) -> None:
    for kind, given in (("image", row.images), ("video", row.videos)):
        places = [m.role for m in row.messages for part in m.content if part.type == kind]
        if len(places) != len(given):
            raise _not_a_row(f"{len(places)} places for {kind}s, but {len(given)} files")
        if "assistant" in places:
            raise _not_a_row(f"an answer cannot hold a {kind}")


def _check_order(messages: tuple[Message, ...]) -> None:
    roles = [message.role for message in messages]
    turns = roles[1:] if roles[0] == "system" else roles
    if "system" in turns:
        raise _not_a_row("a system message stands first or nowhere")
    if len(turns) < 2 or turns[0] != "user" or turns[-1] != "assistant":
        raise _not_a_row("a conversation begins with a question and ends with an answer")


def _part_to_json(part: Part) -> dict[str, str]:
    return {"type": "text", "text": part.text} if part.type == "text" else {"type": part.type}
