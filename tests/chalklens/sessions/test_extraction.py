import json
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.sessions.extraction import MAX_VALUES, Event, make_call, shrink
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.records import CallRecord

LIMITS = SessionLimits()
ASSISTANT: dict[str, Any] = {
    "status": "done",
    "answer": "Three quarters [1].",
    "kind": "generated",
    "language": "en",
    "plan": [{"step": "search", "purpose": "find the rule"}],
    "decision": {"use_knowledge": True, "queries": ["adding fractions"], "k": 6},
    "evidence": [
        {
            "number": 1,
            "id": "c1",
            "source": "a.pdf",
            "page": 2,
            "start": 5,
            "end": 20,
            "text": "Add.",
        }
    ],
    "labels": [{"area": ["Fractions"], "scope": [], "ability": ["ProcedureExecution"]}],
    "pictures": [{"name": "sheet.png", "sha256": "ab", "width_px": 10, "height_px": 20}],
    "review": {"verdict": "PASS", "issues": [], "revisions": 1, "citations_checked": 1},
    "model": "Qwen3-VL-4B",
    "revision": "ab12",
    "adapter": "lora",
}


def record(tool: str, arguments: dict[str, Any], result: dict[str, Any]) -> CallRecord:
    return make_call("1", Event(tool, 0.0, 1.0, arguments, result), LIMITS)


def test_an_answer_of_the_assistant_keeps_plan_evidence_verdict_and_model() -> None:
    arguments = {"question": "What is 1/2 + 1/4?", "images": ["sheets/sheet.png"]}
    call = record("ask_assistant", arguments, ASSISTANT)
    assert (call.question, call.answer) == ("What is 1/2 + 1/4?", "Three quarters [1].")
    assert call.model == "Qwen3-VL-4B ab12 lora"
    assert call.details["plan"] == ASSISTANT["plan"]
    assert call.details["review"]["verdict"] == "PASS"
    assert call.details["evidence"] == ASSISTANT["evidence"]
    assert call.details["labels"] == [{"area": ["Fractions"], "ability": ["ProcedureExecution"]}]
    assert call.details["pictures"][0]["reference"] == "sheets/sheet.png"


def test_hits_of_a_search_are_evidence_with_their_characters() -> None:
    hit = {"id": "c", "source": "a.md", "span": [3, 9], "text": "words", "link": "x", "score": 0.5}
    call = record("search_knowledge", {"query": "words"}, {"hits": [hit, hit]})
    assert call.question == "words"
    first, second = call.details["evidence"]
    assert (first["number"], second["number"]) == (1, 2)
    assert (first["start"], first["end"], first["text"]) == (3, 9, "words")


def test_labels_of_worksheets_and_of_facts_are_found_with_their_labeller() -> None:
    sheet = {"name": "a.png", "area": ["Addition"], "labeller": "embedded", "model": "heads"}
    call = record("label_worksheet", {"image": "a.png"}, {"pictures": [sheet]})
    assert call.details["labels"] == [sheet]
    assert call.model == "heads"
    fact = {"name": "a.png", "page": 2, "text": "1 + 1", "labels": {"area": ["Addition"]}}
    call = record("analyze_image", {"images": ["a.pdf"]}, {"facts": [fact], "missing": "No model."})
    assert call.details["labels"] == [{"name": "a.png", "page": 2, "area": ["Addition"]}]
    assert call.answer == "No model."


def test_a_failure_keeps_its_reason() -> None:
    failed = {"status": "failed", "error": {"code": "x", "message": "Gone.", "hint": "Look."}}
    call = record("read_text", {"image": "a.png"}, failed)
    assert (call.status, call.answer) == ("failed", "Gone. Look.")


def test_pictures_in_arguments_leave_their_length_only() -> None:
    data = "data:image/png;base64," + "A" * 5_000_000
    call = record("read_text", {"image": data}, {"picture": {"name": "inline", "sha256": "ab"}})
    assert len(json.dumps(call.details)) < 1_000
    assert "(5000022 characters of data)" in call.details["arguments"]["image"]
    assert "reference" not in call.details["pictures"][0]


def test_what_is_kept_of_a_call_is_bounded() -> None:
    hits = [{"id": str(n), "source": "a", "text": "x" * 9_000} for n in range(500)]
    pictures = [{"name": str(n), "area": ["Addition"]} for n in range(500)]
    call = record("x" * 500, {"query": "q" * 99_999}, {"hits": hits, "pictures": pictures})
    assert len(call.details["evidence"]) == LIMITS.passages
    assert {len(one["text"]) for one in call.details["evidence"]} == {LIMITS.passage_chars}
    assert len(call.details["labels"]) == len(call.details["pictures"]) == LIMITS.items
    assert (len(call.tool), len(call.question)) == (100, LIMITS.question_chars)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
NAMES = ["answer", "evidence", "hits", "pictures", "labels", "facts", "plan", "review", "error"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.dictionaries(st.text(), JSON))
@settings(max_examples=15, deadline=None)
def test_no_result_however_strange_makes_recording_fail(
    result: dict[str, Any], arguments: dict[str, Any]
) -> None:
    call = record("any_tool", arguments, result)
    assert json.dumps(call.details)
    passages = [{"span": value, **result} for value in result.values()]
    assert json.dumps(record("any_tool", {}, {"hits": passages, "pictures": passages}).details)


def count(value: Any) -> int:
    """Values in nested lists."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return 1 + sum(count(item) for item in items)


def test_arguments_with_very_many_values_are_cut() -> None:
    assert count(shrink([[[n] for n in range(100)] for _ in range(1_000)])) <= MAX_VALUES + 200
    deep: Any = "x"
    for _ in range(100):
        deep = [deep]
    assert count(shrink(deep)) < 10
