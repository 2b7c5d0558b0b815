"""The Responder: answers from pictures, parts of them, passages and labels, and cites passages.

How it is used: `await respond(run, inquiry, material)`; for a rewrite with the draft before and what was
wrong with it. Each citation comes with the words it rests on, so that `citations.py` can look for them.
What it leaves out: judging the answer. Without a usable one it returns None, and the trace says why.
"""

from collections.abc import Sequence
from typing import Any

from chalklens.agents.prompt_text import (
    all_pictures,
    describe_labels,
    describe_passages,
    describe_pictures,
    instructions,
    join_parts,
)
from chalklens.agents.records import Citation, Draft, Inquiry, Marks, Material, Review
from chalklens.agents.run import OpenStep, Run
from chalklens.agents.structured import (
    UnusableAnswer,
    closed_object,
    list_of,
    objects,
    read_object,
    text,
    whole_number,
)
from chalklens.errors import TimeLimitError, WorkerError
from chalklens.types import GenerateRequest, Generation

MAX_ANSWER_CHARS = 3000
MAX_QUOTE_CHARS = 240
MAX_CITATIONS = 8
MIN_PLAIN_CHARS = 20


async def respond(
    run: Run,
    inquiry: Inquiry,
    material: Material,
    before: Draft | None = None,
    review: Review | None = None,
) -> tuple[Draft, Generation] | None:
    """Ask for an answer; None when the model gave none that can be used.

    Raises:
        ModelError, BusyError, InputError: As the engine raises them.
    """
    doing = "rewriting the answer" if review else "answering"
    with run.step("responder", doing, 3) as step:
        try:
            generation = await run.ask(step, _request(run, inquiry, material, before, review))
            draft = _read_draft(generation)
        except (UnusableAnswer, WorkerError, TimeLimitError) as error:
            step.outcome = f"no usable answer: {error}"
            return None
        step.outcome = _describe(draft, step)
        return draft, generation


def _describe(draft: Draft, step: OpenStep) -> str:
    cut = f", cut off at {step.tokens} tokens" if draft.cut else ""
    return f"characters: {len(draft.answer)}, quotations: {len(draft.citations)}{cut}"


def _request(
    run: Run, inquiry: Inquiry, material: Material, before: Draft | None, review: Review | None
) -> GenerateRequest:
    marks = run.make_marks()
    prompt = join_parts(
        marks.notice,
        describe_pictures(material, marks),
        describe_labels(material.labels, marks),
        describe_passages(material.passages, marks),
        f"Your answer before:\n{marks.wrap(before.answer, MAX_ANSWER_CHARS)}" if before else "",
        _describe_issues(review.issues, marks) if review else "",
        f"Question: {inquiry.question}",
    )
    return GenerateRequest(
        prompt,
        all_pictures(material),
        instructions("responder"),
        task="json",
        json_schema=answer_schema(len(material.passages)),
    )


def _describe_issues(issues: Sequence[str], marks: Marks) -> str:
    listed = marks.wrap("\n".join(f"- {issue}" for issue in issues))
    return f"A reviewer found these issues with it; write a better answer:\n{listed}"


def answer_schema(passages: int) -> dict[str, Any]:
    """The JSON Schema of an answer: citations of passages that are there, with their words."""
    answer = {"type": "string", "minLength": 1}
    if not passages:
        return closed_object({"answer": answer})
    citation = closed_object(
        {
            "number": {"type": "integer", "minimum": 1, "maximum": passages},
            "quote": {"type": "string", "minLength": 1, "maxLength": MAX_QUOTE_CHARS},
        }
    )
    return closed_object({"answer": answer, "citations": list_of(citation, 0, MAX_CITATIONS)})


def _read_draft(generation: Generation) -> Draft:
    try:
        found = read_object(generation)
    except UnusableAnswer:
        return _read_plain(generation)
    answer = text(found, "answer", MAX_ANSWER_CHARS)
    if not answer:
        raise UnusableAnswer("the model returned an empty answer")
    citations = [
        Citation(number, quote)
        for item in objects(found, "citations")
        if (number := whole_number(item.get("number"))) is not None
        and (quote := text(item, "quote", MAX_QUOTE_CHARS * 2))
    ]
    return Draft(answer, tuple(citations[:MAX_CITATIONS]))


def _read_plain(generation: Generation) -> Draft:
    """An answer in plain words, of an engine that is not held to JSON.

    Raises:
        UnusableAnswer: Nothing, a loop, or JSON that broke off.
    """
    plain = generation.text.strip()
    if generation.finish_reason == "loop" or not plain or plain[0] in "{[`":
        read_object(generation)  # says why
    if len(plain) < MIN_PLAIN_CHARS and generation.finish_reason != "stop":
        raise UnusableAnswer("the model was cut off")
    return Draft(plain[:MAX_ANSWER_CHARS], cut=generation.finish_reason == "length")
