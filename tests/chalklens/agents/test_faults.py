"""A model or a knowledge base that fails ends in a safe default that is told, or in a clear error."""

from typing import Any

import pytest

from chalklens.agents.crew import assist
from chalklens.agents.records import Assistance, Inquiry
from chalklens.engines.fake import FakeEngine
from chalklens.errors import (
    BusyError,
    ChalklensError,
    InputError,
    MediaError,
    ModelError,
    UnavailableError,
    WorkerError,
)
from chalklens.media.fake import FakeMedia
from chalklens.types import LabelSet, SearchRequest, SearchResult
from retrieval.fake import FakeKnowledge
from tests.chalklens.agents.desks import (
    ANSWER,
    DECISION,
    GUIDE,
    PLAN,
    CutOffEngine,
    SilentEngine,
    make_desk,
    script,
)

pytestmark = pytest.mark.anyio
QUESTION = "What do I press to begin, and how is it done?"
DIED = WorkerError("The engine worker stopped unexpectedly.", "Call again.")


async def run(engine: Any = None, *, knowledge: Any = None, **inquiry: Any) -> Assistance:
    return await assist(make_desk(engine, knowledge), Inquiry(QUESTION, **inquiry))


def outcomes(found: Assistance, agent: str) -> list[str]:
    return [step.outcome for step in found.trace if step.agent == agent]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "nothing"),
        ('{"steps": [', "broken"),
        ("[1, 2]", "no object"),
        ("I would rather chat.", "broken"),
        ({**PLAN, "steps": []}, "0 steps"),
        ({**PLAN, "steps": [7, "eight", {"step": 9}]}, "0 steps"),
        (DIED, "stopped unexpectedly"),
    ],
)
async def test_a_plan_that_cannot_be_read_is_replaced_and_told(reply: Any, reason: str) -> None:
    found = await run(FakeEngine(respond=script(planner=reply)))
    assert found.answer == ANSWER["answer"]
    assert 3 <= len(found.plan.steps) <= 5
    [outcome] = outcomes(found, "planner")
    assert outcome.startswith("default plan:")
    assert reason in outcome
    assert any("default plan" in note and reason in note for note in found.notes)


@pytest.mark.parametrize("reply", ["", "{", DIED, BusyError("The queue is full.", "Wait.")])
async def test_without_a_decision_the_question_itself_is_searched(reply: Any) -> None:
    knowledge = FakeKnowledge({"guide.md": GUIDE})
    found = await run(FakeEngine(respond=script(manager=reply)), knowledge=knowledge)
    assert [request.query for request in knowledge.requests] == [QUESTION]
    assert found.decision.use_knowledge
    assert outcomes(found, "manager")[0].startswith("default decision:")
    assert any("default decision" in note for note in found.notes)


@pytest.mark.parametrize(
    "decision",
    [
        {"use_knowledge": "yes", "queries": "red button", "k": "many"},
        {"queries": [None, 7, "", "  "], "k": -5},
        {"queries": ["red button"] * 9 + ["x" * 999], "k": 10**9},
        {"zooms": [{"picture": 7, "box": [0, 0, 9, 9]}, {"picture": 1, "box": [1, 2]}, 5]},
        {"zooms": [{"picture": 1, "box": [10**9, 0, -4, "a"]}, {"picture": True, "box": None}]},
    ],
)
async def test_a_decision_out_of_bounds_is_bounded(decision: dict[str, Any]) -> None:
    knowledge = FakeKnowledge({"guide.md": GUIDE})
    engine = FakeEngine(respond=script(manager=decision))
    found = await run(engine, knowledge=knowledge, images=("sheet.png",), use_knowledge="on")
    assert 1 <= len(knowledge.requests) <= 4
    assert 1 <= found.decision.k <= 8
    assert all(len(request.query) <= 200 for request in knowledge.requests)
    assert found.material.zooms == ()


@pytest.mark.parametrize("reply", ["", '{"answer": ', '{"answer": ""}', "{}", DIED])
async def test_a_first_answer_that_cannot_be_read_is_asked_for_again(reply: Any) -> None:
    engine = FakeEngine(respond=script(responder=[reply, ANSWER]))
    found = await run(engine)
    assert found.answer == ANSWER["answer"]
    assert (found.review.verdict, found.review.revisions) == ("PASS", 1)
    assert outcomes(found, "responder")[0].startswith("no usable answer:")


@pytest.mark.parametrize("max_revisions", [0, 1, 3])
@pytest.mark.parametrize("reply", ["", '{"answer": "abc', DIED])
async def test_a_model_that_never_answers_leaves_an_extract(reply: Any, max_revisions: int) -> None:
    engine = FakeEngine(respond=script(responder=reply))
    found = await run(engine, max_revisions=max_revisions)
    assert found.kind == "extractive"
    assert "- Press the red button to begin. [1]" in found.answer
    assert found.review.verdict == "RETRY"
    assert len(outcomes(found, "responder")) == max_revisions + 2
    assert any("gave no usable answer" in note for note in found.notes)


async def test_a_rewrite_that_cannot_be_read_leaves_the_answer_before() -> None:
    retry = {"issues": ["It is too short."], "verdict": "RETRY"}
    engine = FakeEngine(respond=script(responder=[ANSWER, "{"], reviewer=retry))
    found = await run(engine)
    assert found.answer == ANSWER["answer"]
    assert (found.review.verdict, found.review.issues) == ("RETRY", ("It is too short.",))
    assert found.review.revisions == 1


@pytest.mark.parametrize("error", [BusyError("The queue is full.", ""), ModelError("Gone.", "")])
async def test_an_error_in_a_rewrite_never_costs_the_answer_before(error: ChalklensError) -> None:
    retry = {"issues": ["It is too short."], "verdict": "RETRY"}
    engine = FakeEngine(respond=script(responder=[ANSWER, error], reviewer=retry))
    found = await run(engine)
    assert found.answer == ANSWER["answer"]
    assert (found.kind, found.review.verdict) == ("generated", "RETRY")
    assert any("could not be written again" in note for note in found.notes)


async def test_a_quotation_in_its_own_language_is_no_other_language() -> None:
    quoting: dict[str, Any] = {
        "answer": "The guide says that it is done so: “请按红色按钮开始。然后按绿色按钮结束” [1].",
        "citations": [],
    }
    knowledge = FakeKnowledge({"zh.md": "red button 请按红色按钮开始。然后按绿色按钮结束。"})
    found = await run(FakeEngine(respond=script(responder=quoting)), knowledge=knowledge)
    assert (found.review.verdict, found.review.issues) == ("PASS", ())
    assert found.answer == quoting["answer"]


async def test_an_endless_answer_is_not_shown() -> None:
    found = await run(CutOffEngine("responder", "loop", responder="round and round " * 40))
    assert found.kind == "extractive"
    assert any("repeated itself" in outcome for outcome in outcomes(found, "responder"))


async def test_sentences_over_and_over_are_said_twice_at_most() -> None:
    looped: dict[str, Any] = {
        "answer": "The button that you press is red. " * 9 + "So press it.",
        "citations": [],
    }
    found = await run(FakeEngine(respond=script(responder=looped)), max_revisions=0)
    assert found.answer.count("The button that you press is red.") == 2
    assert found.answer.endswith("So press it.")
    assert "over and over" in found.review.issues[0]


async def test_a_plain_answer_cut_at_the_limit_is_given_and_told() -> None:
    words = "The answer is that you press the button which is red and then"
    found = await run(CutOffEngine("responder", "length", responder=words), max_revisions=0)
    assert found.answer == words
    assert found.review.verdict == "RETRY"
    assert "The answer was cut off at the token limit." in found.notes


async def test_an_answer_in_plain_words_keeps_only_citations_it_quotes() -> None:
    plain = 'The guide says "Press the red button to begin." [1] and it is red [2].'
    found = await run(FakeEngine(respond=script(responder=plain)), max_revisions=0)
    assert found.answer == 'The guide says "Press the red button to begin." [1] and it is red.'
    assert found.review.citations_removed == 1


async def test_another_language_is_sent_back_and_told_when_it_stays() -> None:
    chinese: dict[str, Any] = {"answer": "请按红色按钮开始,然后按绿色按钮结束。", "citations": []}
    engine = FakeEngine(respond=script(responder=chinese))
    found = await run(engine)
    assert found.language == "zh"
    assert found.review.verdict == "RETRY"
    assert found.review.revisions == 1
    assert "another language (zh) than the question (en)" in found.review.issues[0]
    assert found.notes


async def test_citations_of_passages_that_are_not_there_never_arrive() -> None:
    wild = {
        "answer": "It is red [9]. See [1, 9] and 【7】 and [2-5].",
        "citations": [{"number": 1, "quote": "Press the red button"}, {"number": 9, "quote": "x"}],
    }
    found = await run(FakeEngine(respond=script(responder=wild)))
    assert found.answer == "It is red. See [1] and and."
    assert found.review.verdict == "RETRY"
    assert found.review.citations_removed == 7
    assert any("[9] does not exist" in issue for issue in found.review.issues)
    assert any("taken out of the answer: 7" in note for note in found.notes)


async def test_an_answer_of_false_quotations_alone_becomes_an_extract() -> None:
    false: dict[str, Any] = {"answer": '"Press the blue button at once" [1].', "citations": []}
    found = await run(FakeEngine(respond=script(responder=false)), max_revisions=0)
    assert found.kind == "extractive"
    assert "blue" not in found.answer
    assert any("Nothing of the model's answer was supported" in note for note in found.notes)


@pytest.mark.parametrize(
    "reply",
    ["", "{", "Fine!", {"verdict": "MAYBE"}, DIED, BusyError("Full.", ""), ModelError("Gone.", "")],
)
async def test_without_a_verdict_the_review_is_skipped_and_told(reply: Any) -> None:
    found = await run(FakeEngine(respond=script(reviewer=reply)))
    assert found.answer == ANSWER["answer"]
    assert (found.review.verdict, found.review.citations_checked) == ("SKIPPED", 1)
    assert any("gave no verdict" in note for note in found.notes)


async def test_a_reviewer_that_passes_everything_does_not_outvote_the_string_check() -> None:
    false: dict[str, Any] = {
        "answer": "It is red [1].",
        "citations": [{"number": 1, "quote": "It is blue here"}],
    }
    found = await run(FakeEngine(respond=script(responder=false)))
    assert found.review.verdict == "RETRY"
    assert found.answer == "It is red."
    assert '"It is blue here" does not occur in passage [1].' in found.review.issues


async def test_a_model_that_cannot_be_loaded_leaves_an_extract() -> None:
    error = ModelError("The model does not fit into memory.", "Take a smaller one.")
    found = await run(FakeEngine([error]))
    assert found.kind == "extractive"
    assert "No model could answer: The model does not fit into memory." in found.notes[0]
    assert found.review.verdict == "SKIPPED"


@pytest.mark.parametrize(
    ("agent", "error"),
    [
        ("planner", BusyError("The queue is full.", "Wait.")),
        ("responder", BusyError("The queue is full.", "Wait.")),
        ("manager", MediaError("It is too long and thin.", "Crop it.")),
        ("responder", InputError("The prompt is too long.", "Shorten it.")),
    ],
)
async def test_what_the_user_can_change_is_an_error(agent: str, error: ChalklensError) -> None:
    with pytest.raises(type(error), match=error.message):
        await run(FakeEngine(respond=script(**{agent: error})))


@pytest.mark.parametrize("agent", ["planner", "manager", "responder", "reviewer"])
async def test_an_engine_that_ends_without_a_word_is_no_crash(agent: str) -> None:
    found = await run(SilentEngine(agent))
    assert found.answer
    assert any(
        "ended without an answer" in text for text in (*found.notes, *outcomes(found, agent))
    )


class BrokenRetriever:
    """Fails for some queries."""

    def __init__(self, *failing: str) -> None:
        self._failing = failing
        self._good = FakeKnowledge({"guide.md": GUIDE})

    async def search(self, request: SearchRequest) -> SearchResult:
        if request.query in self._failing:
            raise UnavailableError("The index is damaged.", "Run `chalklens knowledge sync`.")
        return await self._good.search(request)


async def test_one_failed_query_of_two_is_told_and_the_other_used() -> None:
    decision = {**DECISION, "queries": ["damaged", "red button"]}
    engine = FakeEngine(respond=script(manager=decision))
    found = await run(engine, knowledge=BrokenRetriever("damaged"), use_knowledge="on")
    assert found.answer == ANSWER["answer"]
    assert "A search failed: The index is damaged. Run `chalklens knowledge sync`." in found.notes
    assert outcomes(found, "knowledge") == ["searches: 1, passages: 2, failed: 1"]


async def test_a_retriever_that_fails_leaves_an_answer_without_citations() -> None:
    found = await run(knowledge=BrokenRetriever("red button"))
    assert found.material.passages == ()
    assert found.answer == "You press the red button."
    assert any("could not be searched: The index is damaged." in note for note in found.notes)
    with pytest.raises(UnavailableError, match="damaged"):
        await run(knowledge=BrokenRetriever("red button"), use_knowledge="on")


async def test_nothing_found_is_told() -> None:
    found = await run(knowledge=FakeKnowledge())
    assert "The knowledge base holds nothing about this." in found.notes
    assert "[1]" not in found.answer


async def test_what_a_search_has_to_say_reaches_the_notes() -> None:
    found = await run(knowledge=FakeKnowledge({"guide.md": GUIDE}, indexing=9))
    assert "Documents are being indexed." in found.notes


class LateMedia(FakeMedia):
    """Loads whole pictures, but no part of one."""

    async def load(self, references: Any, **options: Any) -> Any:
        if options.get("region"):
            raise MediaError("The file has changed.", "Ask again.")
        return await super().load(references, **options)


async def test_a_part_that_cannot_be_cut_is_left_out_and_told() -> None:
    decision = {"zooms": [{"picture": 1, "box": [0, 0, 300, 300]}], "labels": False}
    engine = FakeEngine(respond=script(manager=decision))
    desk = make_desk(engine, media=LateMedia())
    found = await assist(desk, Inquiry(QUESTION, ("a.png",), use_knowledge="off"))
    assert found.material.parts == ()
    assert any("could not be enlarged: The file has changed." in note for note in found.notes)


class FailingLabeller:
    async def label(self, pictures: Any) -> Any:
        raise ModelError("The model gave no usable labels.", "Use the embedded labeller.")


async def test_labels_that_cannot_be_made_are_left_out_and_told() -> None:
    engine = FakeEngine(respond=script(manager={"zooms": [], "labels": True}))
    desk = make_desk(engine, labels={"a.png": LabelSet(("Addition",))})
    desk.bench.labeller = FailingLabeller()
    found = await assist(desk, Inquiry(QUESTION, ("a.png",), use_knowledge="off"))
    assert found.material.labels == ()
    assert any("could not be labelled: The model gave no usable labels." in n for n in found.notes)
