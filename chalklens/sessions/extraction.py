"""From a tool call, as plain JSON, to what is worth keeping of it.

How it is used: `make_call(call_id, Event(tool, arguments, result, ...), limits)`. It knows the field
names that tools share (`answer`, `evidence`, `hits`, `pictures`, `model` ...) and no tool: a new one is
recorded with its question, answer and model without a change here. Pictures passed as base64 are
kept as their length only.

What it leaves out: cleaning text, which whoever gives the event has done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, cast

from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.markdown import shorten
from chalklens.sessions.records import CallRecord, CallStatus

Json = dict[str, Any]
MAX_ARGUMENT_CHARS = 2_000
MAX_NAME_CHARS = 100
MAX_DEPTH, MAX_VALUES = 6, 2_000
QUESTIONS = ("question", "query", "instruction")
IMAGES = ("image", "images", "expected", "actual")
KEPT_AS_IT_IS = ("plan", "decision", "review", "trace", "notes", "kind", "language", "changes")
STATUSES: tuple[CallStatus, ...] = ("done", "running", "failed", "cancelled")
LABELS = ("area", "scope", "ability")
LABEL_FACTS = (*LABELS, "confidence", "unsupported", "low_confidence", "labeller", "model")
PICTURE_FACTS = ("name", "sha256", "width_px", "height_px", "page")
PASSAGE_FACTS = ("number", "id", "source", "page", "heading", "start", "end", "link", "score")


@dataclass(frozen=True, slots=True)
class Event:
    """One tool call as it went over the wire, times in seconds (`started` since 1970)."""

    tool: str
    started: float
    seconds: float
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    status: CallStatus | None = None


def make_call(call_id: str, event: Event, limits: SessionLimits) -> CallRecord:
    """Return the record of a call, bounded in every part."""
    result = dict(event.result)
    error = _as_object(result.get("error"))
    answer = _find_text(result, ("answer", "text", "missing"))
    details: Json = {
        "arguments": shrink(event.arguments),
        **{name: shrink(result[name]) for name in KEPT_AS_IT_IS if result.get(name)},
        "evidence": list(_find_evidence(result, limits)),
        "labels": list(_find_labels(result))[: limits.items],
        "pictures": list(_find_pictures(event.arguments, result))[: limits.items],
        "artifacts": _find_artifacts(result),
        "error": shrink(error),
    }
    return CallRecord(
        id=call_id,
        tool=event.tool[:MAX_NAME_CHARS],
        status=event.status or _read_status(result),
        started=event.started,
        seconds=event.seconds,
        question=shorten(_find_text(event.arguments, QUESTIONS), limits.question_chars),
        answer=shorten(answer or _tell_error(error), limits.answer_chars),
        model=_name_model(result),
        details={name: value for name, value in details.items() if value},
    )


def _read_status(result: Json) -> CallStatus:
    for status in STATUSES:
        if status == result.get("status"):
            return status
    return "done"


def shrink(value: Any) -> Any:
    """Return JSON with long texts cut, and lists and nesting that are too much left out."""
    return _Shrinker().shrink(value, 0)


class _Shrinker:
    """Cuts one document; `left` values more will be looked at."""

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def shrink(self, value: Any, depth: int) -> Any:
        """Return a bounded copy."""
        self.left -= 1
        if isinstance(value, str):
            return _shrink_text(value)
        if isinstance(value, int | float | None):
            return value
        if depth >= MAX_DEPTH:
            return "…"
        if isinstance(value, Mapping):
            members = takewhile(self._has_room, cast("Mapping[str, Any]", value).items())
            return {str(k)[:MAX_NAME_CHARS]: self.shrink(v, depth + 1) for k, v in members}
        if isinstance(value, list | tuple):
            items = takewhile(self._has_room, cast("list[Any]", value))
            return [self.shrink(item, depth + 1) for item in items]
        return str(type(value).__name__)

    def _has_room(self, _value: Any) -> bool:
        return self.left > 0


def _shrink_text(text: str) -> str:
    if len(text) <= MAX_ARGUMENT_CHARS:
        return text
    if text[:5].lower() == "data:" or " " not in text[:MAX_ARGUMENT_CHARS]:
        return f"{text[:40]}… ({len(text)} characters of data)"
    return text[: MAX_ARGUMENT_CHARS - 1] + "…"


def _find_text(found: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((v for name in names if isinstance(v := found.get(name), str) and v), "")


def _tell_error(error: Json) -> str:
    return f"{error.get('message', '')} {error.get('hint', '')}".strip()


def _name_model(result: Json) -> str:
    """Who answered: the model with revision and adapter, or the labeller or reader."""
    sources = [result, *_objects(result.get("labels")), *_objects(result.get("pictures"))]
    for found in sources:
        parts = [str(found[name]) for name in ("model", "revision", "adapter") if found.get(name)]
        if found.get("model"):
            return " ".join(parts)
    return _find_text(result, ("reader", "embedder", "labeller"))


def _find_evidence(result: Json, limits: SessionLimits) -> Iterator[Json]:
    passages = _objects(result.get("evidence")) or _objects(result.get("hits"))
    for number, passage in enumerate(passages[: limits.passages], start=1):
        span = _list(passage.get("span"))
        ends = {"start": span[0], "end": span[1]} if len(span) == 2 else {}
        facts: Json = {**passage, **ends}
        known = {name: shrink(facts[name]) for name in PASSAGE_FACTS if name in facts}
        text = str(passage.get("text", ""))
        if len(text) > limits.passage_chars:
            text = text[: limits.passage_chars - 1] + "…"
        yield {"number": number, **known, "text": text}


def _find_labels(result: Json) -> Iterator[Json]:
    """Labels stand in `labels`, in `pictures` (label_worksheet) or in `facts` (analyze_image)."""
    for found in _objects(result.get("labels")) + _objects(result.get("pictures")):
        if any(found.get(name) for name in LABELS) or found.get("unsupported"):
            yield _keep(found, ("name", "page", *LABEL_FACTS))
    for fact in _objects(result.get("facts")):
        if labels := _as_object(fact.get("labels")):
            yield _keep(fact, ("name", "page")) | _keep(labels, LABEL_FACTS)


def _find_pictures(arguments: Mapping[str, Any], result: Json) -> Iterator[Json]:
    """Pictures as they came in, each with the reference it was opened by, where that is short."""
    references = [ref for name in IMAGES for ref in _texts(arguments.get(name))]
    found = _objects(result.get("pictures")) or _objects(result.get("facts"))
    found = found or [one for one in [_as_object(result.get("picture"))] if one]
    for number, picture in enumerate(found):
        reference = references[0] if len(references) == 1 else _at(references, number)
        short = {"reference": reference} if 0 < len(reference) <= MAX_ARGUMENT_CHARS else {}
        if picture.get("name"):
            yield _keep(picture, PICTURE_FACTS) | short


def _find_artifacts(result: Json) -> list[str]:
    names = ("artifact", "path", "link")
    return [value for name in names if isinstance(value := result.get(name), str)]


def _keep(found: Json, names: tuple[str, ...]) -> Json:
    return {name: shrink(found[name]) for name in names if found.get(name) not in (None, "", [])}


def _at(items: list[str], number: int) -> str:
    return items[number] if number < len(items) else ""


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _list(value) or [value] if isinstance(item, str)]


def _objects(value: Any) -> list[Json]:
    return [cast("Json", item) for item in _list(value) if isinstance(item, dict)]


def _as_object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}
