"""Conversations as others store them: ShareGPT, LLaVA and Qwen, in one reader.

How it is used: `read_conversations(file)`. Each record is read by what it has:

- `conversations`: `[{"from": "human"|"gpt"|..., "value": text}]` (ShareGPT, LLaVA, Qwen-VL), or
  `messages`: `[{"role": ..., "content": text or parts}]` (Qwen, OpenAI, ms-swift);
- `id`: of the row, or of the picture, as in LLaVA's own files, where it repeats;
- `system`: a text; `image`, `images`, `video`, `videos`: a path or a list of them;
- places in a text: `<image>`, `<video>`, `<|image_pad|>` with or without vision markers, and with
  the path in them: `<|vision_start|>PATH<|vision_end|>` or `<img>PATH</img>` (a `Picture 1: ` before
  it goes too). Pictures without any place come before the first question, as LLaVA has it.

What it leaves out: tools and their calls; a conversation with other speakers is a fault. Sources:
the data formats documented by LLaVA (haotian-liu/LLaVA, docs/Finetune_Custom_Data.md) and Qwen
(QwenLM/Qwen-VL and QwenLM/Qwen3-VL, finetuning READMEs).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, cast

from chalklens.training.data.candidates import Candidate, Fault, Found, Reason
from chalklens.training.data.lines import read_records
from chalklens.training.data.rows import Message, Part, Role

ROLES: Final[dict[str, Role]] = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "system": "system",
}
_PLACE: Final = re.compile(
    r"""
      (?:Picture\ \d{1,4}:\s*)?<img>(?P<tagged>[^<>\n]{1,4096})</img>\n?
    | <\|vision_start\|>(?:<\|(?P<marked>image|video)_pad\|>)<\|vision_end\|>\n?
    | <\|vision_start\|>(?P<path>[^<>|\n]{1,4096})<\|vision_end\|>\n?
    | <\|(?P<pad>image|video)_pad\|>\n?
    | <(?P<plain>image|video)>\n?
    """,
    re.VERBOSE,
)
Kind = Literal["image", "video"]


class _Refused(Exception):
    """A record that does not become a row."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


@dataclass(slots=True)
class _Media:
    """Files of a record: those listed beside the text, and those named in it, in order of places."""

    listed: dict[Kind, list[str]]
    placed: dict[Kind, list[str | None]] = field(default_factory=lambda: {"image": [], "video": []})

    def resolve(self, kind: Kind) -> tuple[str, ...]:
        """Return the file of every place; places without a name take from the list, in order."""
        rest = iter(self.listed[kind])
        files = [name if name is not None else next(rest, None) for name in self.placed[kind]]
        if None in files or next(rest, None) is not None:
            detail = f"{len(files)} places for {len(self.listed[kind])} {kind} files"
            raise _Refused("placeholder_count", detail)
        return tuple(name for name in files if name is not None)


def read_conversations(file: Path) -> Iterator[Found]:
    """Yield a candidate per record of a JSON or JSONL file.

    Raises:
        InputError: The file cannot be opened.
    """
    for record in read_records(file):
        yield record if isinstance(record, Fault) else read_conversation(*record)


def read_conversation(place: str, record: dict[str, Any]) -> Found:
    """Return the candidate of one record, or what is wrong with it."""
    try:
        return _read(place, record)
    except _Refused as refused:
        return Fault(place, refused.reason, str(refused))


def _read(place: str, record: dict[str, Any]) -> Candidate:
    media = _Media({"image": _files(record, "image"), "video": _files(record, "video")})
    messages = [_message(turn, media) for turn in _turns(record)]
    system = record.get("system")
    if isinstance(system, str) and system.strip():
        messages.insert(0, Message("system", (Part("text", system),)))
    for kind in ("video", "image"):
        if media.listed[kind] and not media.placed[kind]:
            messages = _put_first(messages, kind, media)
    id_ = record.get("id")
    return Candidate(
        place,
        tuple(messages),
        media.resolve("image"),
        id=str(id_) if isinstance(id_, str | int) else "",
        videos=media.resolve("video"),
        id_may_repeat=True,
    )


def _files(record: dict[str, Any], kind: Kind) -> list[str]:
    """The files named beside the text, under `image` or `images`."""
    given = record.get(kind, record.get(f"{kind}s"))
    if given is None or given == "":
        return []
    listed = cast("list[Any]", given) if isinstance(given, list) else [given]
    return [_file_name(entry, kind) for entry in listed]


def _file_name(entry: Any, kind: Kind) -> str:
    if isinstance(entry, dict):
        fields = cast("dict[str, Any]", entry)
        entry = fields.get("path") or fields.get("url") or fields.get(kind)
    if not isinstance(entry, str) or not entry:
        raise _Refused("not_a_record", f"`{kind}` must be a path or a list of paths")
    return entry.removeprefix("file://")


def _turns(record: dict[str, Any]) -> list[dict[str, Any]]:
    turns = record.get("conversations", record.get("messages"))
    if not isinstance(turns, list) or not turns:
        raise _Refused("not_a_record", "there is no list `conversations` or `messages`")
    listed = cast("list[Any]", turns)
    if not all(isinstance(turn, dict) for turn in listed):
        raise _Refused("not_a_record", "a turn must be a JSON object")
    return cast("list[dict[str, Any]]", listed)


def _message(turn: dict[str, Any], media: _Media) -> Message:
    speaker = turn.get("from", turn.get("role"))
    role = ROLES.get(str(speaker).lower())
    if role is None:
        raise _Refused("turn_order", f"the speaker {speaker!r:.60} is not known")
    content = turn.get("value", turn.get("content"))
    if isinstance(content, str):
        return Message(role, tuple(_split_text(content, media)))
    if isinstance(content, list):
        parts = (part for entry in cast("list[Any]", content) for part in _parts(entry, media))
        return Message(role, tuple(parts))
    raise _Refused("no_text", "a turn has no text")


def _parts(entry: Any, media: _Media) -> Iterator[Part]:
    """The parts in one entry of a content list; the type may be left out, as Qwen does."""
    if isinstance(entry, str):
        yield from _split_text(entry, media)
        return
    fields = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    text = fields.get("text")
    if isinstance(text, str):
        yield from _split_text(text, media)
        return
    for kind in ("image", "video"):
        if kind in fields or f"{kind}_url" in fields or fields.get("type") == kind:
            named = fields.get(kind, fields.get(f"{kind}_url"))
            media.placed[kind].append(None if named is None else _file_name(named, kind))
            yield Part(kind)
            return
    raise _Refused("not_a_record", f"a part of the kind {fields.get('type')!r:.60} is not known")


def _split_text(text: str, media: _Media) -> Iterator[Part]:
    """Cut a text at the places of pictures."""
    start = 0
    for match in _PLACE.finditer(text):
        if before := text[start : match.start()]:
            yield Part("text", before)
        start = match.end()
        kind: Kind = "video" if "video" in match.group("marked", "pad", "plain") else "image"
        named = match["tagged"] or match["path"]
        media.placed[kind].append(named.strip() if named else None)
        yield Part(kind)
    if rest := text[start:]:
        yield Part("text", rest)


def _put_first(messages: list[Message], kind: Kind, media: _Media) -> list[Message]:
    """Put the places of all files before the first question."""
    media.placed[kind] = [None] * len(media.listed[kind])
    places = tuple(Part(kind) for _ in media.listed[kind])
    first = next((i for i, message in enumerate(messages) if message.role == "user"), None)
    if first is None:
        return messages
    asked = messages[first]
    return [*messages[:first], Message("user", (*places, *asked.content)), *messages[first + 1 :]]
