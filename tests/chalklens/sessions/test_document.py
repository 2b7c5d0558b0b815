import dataclasses
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chalklens.sessions.document import render
from chalklens.sessions.story import Story, SummaryText, Turn
from tests.chalklens.sessions.conftest import DAY_START, make_call
from tests.chalklens.sessions.test_extraction import ASSISTANT
from tools.cleaning import clean_text

STORY = Story(
    title="Fractions",
    created=DAY_START,
    session="a" * 32,
    calls=[],
    recorded=0,
    dropped=0,
    turns=[],
    summary=SummaryText("A summary.", "model", "Qwen3-VL"),
)
EVIL = (
    "```\n# Injected heading\n\n---\ntitle: stolen\n---\n\n[1]: http://evil.example\n"
    "![x](http://evil.example/?q=1) <img src=x> <script>alert(1)</script>\n````\n~~~\n## More\n"
    "\u202e\u200b\x1b[31m"
)


def tell(**changes: Any) -> str:
    return render(dataclasses.replace(STORY, **changes), clean_text)


def evil_call() -> Any:
    details = {
        "arguments": {EVIL: EVIL},
        "kind": EVIL,
        "plan": [{"step": EVIL, "purpose": EVIL}, EVIL],
        "decision": {"queries": [EVIL], EVIL: EVIL},
        "evidence": [{"number": 1, "source": EVIL, "heading": EVIL, "text": EVIL, "link": EVIL}],
        "labels": [{"name": EVIL, "area": [EVIL], "labeller": EVIL}],
        "pictures": [{"name": EVIL, "sha256": EVIL, "width_px": EVIL}],
        "review": {"verdict": EVIL, "issues": [EVIL]},
    }
    return make_call(tool=EVIL, question=EVIL, answer=EVIL, model=EVIL, details=details)


def headings(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").parse(text.split("---\n", 2)[2])
    return [tokens[n + 1].content for n, t in enumerate(tokens) if t.type == "heading_open"]


def test_everything_an_assistant_said_is_told() -> None:
    details = {
        name: ASSISTANT[name]
        for name in ("plan", "decision", "evidence", "labels", "pictures", "review", "kind")
    }
    call = make_call(tool="ask_assistant", details=details, model="Qwen3-VL-4B")
    text = tell(calls=[call], recorded=1, thumbnails={("ab", None): "chalklens://artifacts/1"})
    for words in (
        "1. search: find the rule",
        "Decision: use\\_knowledge: True; queries: adding fractions; k: 6.",
        "Review verdict: **PASS**",
        "- citations\\_checked: 1",
        "**\\[1\\]** a.pdf, page 2, characters 5-20",
        "Area Fractions; Ability ProcedureExecution",
        "sheet.png, 10 x 20 px, SHA-256 ab, thumbnail chalklens://artifacts/1",
        "generated, Qwen3-VL-4B",
    ):
        assert words in text


def test_sections_can_be_chosen() -> None:
    text = tell(sections=["summary", "models"])
    assert headings(text) == ["Fractions", "Summary", "Models"]


def test_nothing_from_outside_adds_structure() -> None:
    plain = tell(
        calls=[make_call(details={"plan": ["x"], "evidence": [{"text": "x"}]})], recorded=1
    )
    text = tell(
        title=EVIL,
        calls=[evil_call()],
        recorded=1,
        turns=[Turn(EVIL, EVIL)],
        summary=SummaryText(EVIL, "model", EVIL, EVIL),
        notes=[EVIL],
    )
    kinds = {
        child.type
        for token in MarkdownIt("commonmark").parse(text.split("---\n", 2)[2])
        for child in [token, *(token.children or [])]
    }
    assert not kinds & {"image", "link_open", "html_inline", "html_block", "code_block", "hr"}
    wanted = ["Summary", "Questions and answers", "Plan and review", "Retrieval evidence"]
    assert [h for h in headings(text) if h in wanted] == wanted
    assert len(headings(text)) == len(headings(plain)) + 1  # the turns have one
    assert not set("\u202e\u200b\x1b") & set(text)


def test_front_matter_holds_the_fields_and_no_others() -> None:
    text = tell(title=EVIL, calls=[evil_call()], recorded=1)
    _, head, _ = text.split("---\n", 2)
    fields = yaml.safe_load(head)
    assert set(fields) == {
        "title",
        "created",
        "session",
        "calls",
        "tools",
        "models",
        "summary_by",
        "generator",
    }
    assert fields["title"].startswith("``` # Injected heading --- title: stolen")


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_answers_come_back_word_for_word(answer: str) -> None:
    text = tell(calls=[make_call(answer=f"x{answer}")], recorded=1, sections=["questions"])
    fences = [t.content for t in MarkdownIt("commonmark").parse(text) if t.type == "fence"]
    cleaned = clean_text(f"x{answer}")
    assert fences[-1] == cleaned + "\n"
