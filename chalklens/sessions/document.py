"""A session as Markdown: front matter, then one part per section.

How it is used: `render(story, clean)`. Every word that is not ours goes through `clean` and then into
a fence or, where it is a name within a line, through `inline` (`markdown.py`), so no question, answer,
passage, file name or title can add headings, links, pictures or fields.

What it leaves out: choosing what is told (`archive.py`) and writing the summary (`summary.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from chalklens.sessions.extraction import LABELS
from chalklens.sessions.markdown import fence, front_matter, inline, shorten
from chalklens.sessions.records import CallRecord
from chalklens.sessions.story import Section, Story

Clean = Callable[[str], str]
Json = Mapping[str, Any]
MAX_LINE_CHARS = 300
MAX_TITLE_CHARS = 200


def render(story: Story, clean: Clean) -> str:
    """Return the whole document, ending with a newline."""
    page = _Page(story, clean)
    parts: dict[Section, tuple[str, Callable[[], Iterator[str]]]] = {
        "summary": ("Summary", page.tell_summary),
        "questions": ("Questions and answers", page.tell_questions),
        "plan": ("Plan and review", page.tell_plans),
        "evidence": ("Retrieval evidence", page.tell_evidence),
        "labels": ("Labels", page.tell_labels),
        "pictures": ("Pictures", page.tell_pictures),
        "models": ("Models", page.tell_models),
    }
    blocks = [page.head(), f"# {page.line(story.title, MAX_TITLE_CHARS)}"]
    blocks += [f"> {page.line(note)}" for note in story.notes]
    for name, (heading, tell) in parts.items():
        if name in story.sections:
            blocks += [f"## {heading}", *(list(tell()) or ["None."])]
    return "\n\n".join(blocks) + "\n"


def show_time(moment: float) -> str:
    """Return a moment as in 2026-11-27 22:10:05 UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


class _Page:
    """The parts of one document."""

    def __init__(self, story: Story, clean: Clean) -> None:
        self._story, self._clean = story, clean
        self._calls = list(enumerate(story.calls, start=1))

    def line(self, value: Any, max_chars: int = MAX_LINE_CHARS) -> str:
        """Text of others within a line."""
        return inline(shorten(self._clean(str(value)), max_chars))

    def block(self, text: str) -> str:
        """Text of others, word for word."""
        return fence(self._clean(text))

    def head(self) -> str:
        story = self._story
        return front_matter(
            {
                "title": self._clean(shorten(" ".join(story.title.split()), MAX_TITLE_CHARS)),
                "created": datetime.fromtimestamp(story.created, UTC).isoformat(timespec="seconds"),
                "session": story.session,
                "calls": story.recorded,
                "turns": len(story.turns) or None,
                "tools": sorted({self._clean(call.tool) for call in story.calls}),
                "models": self._models(),
                "summary_by": self._clean(story.summary.model or story.summary.writer),
                "generator": story.generator,
            }
        ).rstrip("\n")

    def tell_summary(self) -> Iterator[str]:
        summary = self._story.summary
        by = f"Written by {self.line(summary.model)} from the record below."
        is_extract = summary.writer == "extract"
        yield "Extract from the record, not written by a model." if is_extract else by
        if summary.note:
            yield self.line(summary.note)
        yield self.block(summary.text)

    def tell_questions(self) -> Iterator[str]:
        left_out = self._story.recorded - len(self._calls)
        if self._story.dropped:
            yield f"{self._story.dropped} earlier calls are not in the record any more."
        if left_out > 0:
            yield f"{left_out} calls are not told here."
        for number, call in self._calls:
            yield f"### {number}. {self.line(call.tool)}"
            yield self._tell_facts(call)
            yield from self._tell_words(call)
        yield from self._tell_turns()

    def tell_plans(self) -> Iterator[str]:
        for number, call in self._calls:
            told = [
                *self._tell_plan(call.details.get("plan")),
                *self._tell_decision(_object(call.details.get("decision"))),
                *self._tell_review(_object(call.details.get("review"))),
            ]
            if told:
                yield f"### Call {number}"
                yield from told

    def tell_evidence(self) -> Iterator[str]:
        for number, call in self._calls:
            passages = _objects(call.details.get("evidence"))
            if passages:
                yield f"### Call {number}"
            for passage in passages:
                yield f"**\\[{self.line(passage.get('number', ''))}\\]** {self._cite(passage)}"
                yield self.block(str(passage.get("text", "")))

    def tell_labels(self) -> Iterator[str]:
        for number, call in self._calls:
            for labels in _objects(call.details.get("labels")):
                yield f"- Call {number}, {self._name_picture(labels)}: {self._list_labels(labels)}"

    def tell_pictures(self) -> Iterator[str]:
        seen: set[tuple[str, Any]] = set()
        for picture in pictures_of(self._story.calls):
            key = (str(picture.get("sha256", "")), picture.get("page"))
            if key not in seen:
                seen.add(key)
                yield self._tell_picture(picture, self._story.thumbnails.get(key, ""))

    def tell_models(self) -> Iterator[str]:
        for model in self._models():
            yield f"- {self.line(model)}"

    def _models(self) -> list[str]:
        """Names, cleaned and in order of appearance."""
        names = [call.model for call in self._story.calls] + [self._story.summary.model]
        return list(dict.fromkeys(self._clean(name) for name in names if name))

    def _tell_facts(self, call: CallRecord) -> str:
        facts = [show_time(call.started), f"{call.seconds:.1f} s", call.status]
        kind = call.details.get("kind")
        facts += [self.line(kind)] if kind else []
        facts += [self.line(call.model)] if call.model else []
        return ", ".join(facts)

    def _tell_words(self, call: CallRecord) -> Iterator[str]:
        if call.question:
            yield "Question:"
            yield self.block(call.question)
        elif arguments := _object(call.details.get("arguments")):
            told = (f"{name}: {value}" for name, value in arguments.items())
            yield "Arguments:"
            yield self.block("\n".join(told))
        if call.answer:
            yield "Failure:" if call.status == "failed" else "Answer:"
            yield self.block(call.answer)

    def _tell_turns(self) -> Iterator[str]:
        if self._story.turns:
            yield "### Conversation, as the client passed it"
        for turn in self._story.turns:
            yield f"{self.line(turn.role)}:"
            yield self.block(turn.text)

    def _tell_plan(self, plan: Any) -> Iterator[str]:
        steps = [
            f"{number}. {self._tell_step(step)}" for number, step in enumerate(_list(plan), start=1)
        ]
        if steps:
            yield "\n".join(steps)

    def _tell_step(self, step: Any) -> str:
        found = _object(step)
        if not found:
            return self.line(step)
        return ": ".join(self.line(found[name]) for name in ("step", "purpose") if found.get(name))

    def _tell_decision(self, decision: Json) -> Iterator[str]:
        told = [f"{self.line(name)}: {self._flat(value)}" for name, value in decision.items()]
        if told:
            yield f"Decision: {'; '.join(told)}."

    def _tell_review(self, review: Json) -> Iterator[str]:
        if not review:
            return
        facts = [f"{self.line(k)}: {self._flat(v)}" for k, v in review.items() if k != "verdict"]
        yield f"Review verdict: **{self.line(review.get('verdict', 'none'))}**"
        if facts:
            yield "\n".join(f"- {fact}" for fact in facts)

    def _flat(self, value: Any) -> str:
        items = _list(value)
        return ", ".join(self.line(item) for item in items) or (
            "none" if value == [] else self.line(value)
        )

    def _cite(self, passage: Json) -> str:
        parts = [self.line(passage.get("source") or passage.get("id") or "unnamed")]
        parts += self._name_facts(passage, ("page", "heading"))
        if passage.get("start") is not None:
            parts.append(
                f"characters {self.line(passage['start'])}-{self.line(passage.get('end'))}"
            )
        parts += self._name_facts(passage, ("score", "link"))
        return ", ".join(parts)

    def _name_facts(self, found: Json, names: tuple[str, ...]) -> list[str]:
        return [f"{n} {self.line(found[n])}" for n in names if found.get(n) is not None]

    def _name_picture(self, found: Json) -> str:
        name = self.line(found.get("name", "picture"))
        return f"{name}, page {self.line(found['page'])}" if found.get("page") else name

    def _list_labels(self, labels: Json) -> str:
        told = [
            f"{name.capitalize()} {self._flat(labels[name])}" for name in LABELS if labels.get(name)
        ]
        told = told or ["not elementary mathematics: no labels"]
        if labels.get("low_confidence"):
            told.append("low confidence")
        if labels.get("labeller"):
            told.append(f"by {self.line(labels['labeller'])} {self.line(labels.get('model', ''))}")
        return "; ".join(told).rstrip()

    def _tell_picture(self, picture: Json, thumbnail: str) -> str:
        size = f"{self.line(picture.get('width_px', '?'))} x {self.line(picture.get('height_px', '?'))} px"
        parts = [self._name_picture(picture), size]
        if picture.get("sha256"):
            parts.append(f"SHA-256 {self.line(picture['sha256'])}")
        if thumbnail:
            parts.append(f"thumbnail {self.line(thumbnail)}")
        return "- " + ", ".join(parts)


def pictures_of(calls: Any) -> Iterator[Json]:
    """Yield the pictures of all calls, in order, repeated ones too."""
    for call in cast("list[CallRecord]", calls):
        yield from _objects(call.details.get("pictures"))


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _objects(value: Any) -> list[Json]:
    return [cast("Json", item) for item in _list(value) if isinstance(item, Mapping)]


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}
