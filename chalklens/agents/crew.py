"""The crew: from a question to an answer that was planned, looked up, written and reviewed.

How it is used:

    desk = Desk(workbench, retriever, Boundary)
    assistance = await assist(desk, Inquiry("Which skill does this sheet train?", ("sheet.png",)))

    Planner -> Manager -> Knowledge, zooms, labels -> Responder <-> Reviewer

A Responder rewrites at most `max_revisions` times; then citations that still do not hold are taken out
and the result says so. Faults of a model end in safe defaults that `notes` and `trace` name; without a
model the answer is an extract. Cancelling the task stops whatever is running.

What it leaves out: MCP, and keeping what was asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from chalklens.agents import extract
from chalklens.agents.citations import count_citations, remove_unsupported
from chalklens.agents.knowledge import find_passages
from chalklens.agents.language import find_language
from chalklens.agents.manager import decide, default_decision
from chalklens.agents.planner import default_plan, make_plan
from chalklens.agents.records import (
    MAX_IMAGES,
    MAX_QUESTION_CHARS,
    MAX_REVISIONS,
    Assistance,
    Decision,
    Draft,
    Inquiry,
    Marks,
    Material,
    Plan,
    Review,
)
from chalklens.agents.responder import respond
from chalklens.agents.reviewer import review_draft
from chalklens.agents.run import BUDGETS, Budget, Run
from chalklens.agents.sights import label_pictures, load_pictures, zoom_in
from chalklens.errors import ChalklensError, InputError, ModelError
from chalklens.protocols import Retriever
from chalklens.types import Generation
from chalklens.workbench import Progress, Workbench

UNUSABLE = "The model gave no usable answer."


@dataclass(frozen=True, slots=True)
class Desk:
    """What the crew works with.

    Attributes:
        bench: Pictures, labels and the engine.
        retriever: The knowledge base.
        make_marks: Gives new marks around untrusted text for each prompt.
        budgets: Tokens and seconds of each agent.
    """

    bench: Workbench
    retriever: Retriever
    make_marks: Callable[[], Marks]
    budgets: Mapping[str, Budget] = field(default_factory=lambda: BUDGETS)


@dataclass(frozen=True, slots=True)
class _Written:
    """A draft, who wrote it, and the last review."""

    draft: Draft
    generation: Generation
    review: Review


async def assist(desk: Desk, inquiry: Inquiry, on_progress: Progress | None = None) -> Assistance:
    """Answer a question.

    Raises:
        InputError: The question is empty, something is over a limit, or a picture cannot be used.
        BusyError: The model's queue is full.
        ChalklensError: `use_knowledge` is `on` and the knowledge base cannot be searched.
    """
    _check(inquiry)
    report = on_progress or _say_nothing
    run = Run(desk.bench.engine, inquiry.principal, desk.make_marks, report, desk.budgets)
    material = Material(await load_pictures(desk.bench, inquiry))
    status = desk.bench.engine.status()
    if status.state == "absent":
        run.note(status.detail)
        return await _extract(desk, run, inquiry, material)
    try:
        return await _generate(desk, run, inquiry, material)
    except ModelError as error:
        run.note(f"No model could answer: {error}")
        return await _extract(desk, run, inquiry, material)


def _say_nothing(message: str) -> None:
    """Progress that nobody wants to hear."""


def _check(inquiry: Inquiry) -> None:
    if not inquiry.question.strip():
        raise InputError("The question is empty.", "Say what you want to know.")
    if len(inquiry.question) > MAX_QUESTION_CHARS:
        raise InputError(
            f"The question has {len(inquiry.question)} characters; the limit is {MAX_QUESTION_CHARS}.",
            "Shorten it; long material belongs in a document (manage_knowledge).",
        )
    if len(inquiry.images) > MAX_IMAGES:
        raise InputError(f"{len(inquiry.images)} pictures were given; the limit is {MAX_IMAGES}.")
    if not 0 <= inquiry.max_revisions <= MAX_REVISIONS:
        raise InputError(f"max_revisions is 0 to {MAX_REVISIONS}, not {inquiry.max_revisions}.")


async def _generate(desk: Desk, run: Run, inquiry: Inquiry, material: Material) -> Assistance:
    plan = await make_plan(run, inquiry)
    decision = await decide(run, inquiry, plan, material.pictures)
    material = await _collect(desk, run, inquiry, material, decision)
    written = await _write(run, inquiry, material)
    if isinstance(written, Review):
        run.note(f"{UNUSABLE} Sentences and facts are given instead.")
        return await _finish_extract(desk, run, inquiry, material, plan, decision, written)
    cleaned = remove_unsupported(written.draft, material.passages)
    review = replace(written.review, citations_removed=cleaned.removed)
    _tell(run, written, cleaned.removed, cleaned.dropped)
    if not cleaned.answer:
        run.note("Nothing of the model's answer was supported; sentences are given instead.")
        return await _finish_extract(desk, run, inquiry, material, plan, decision, review)
    return Assistance(
        cleaned.answer,
        "generated",
        find_language(cleaned.answer),
        plan,
        decision,
        material,
        review,
        trace=tuple(run.trace),
        notes=tuple(run.notes),
        model=written.generation.model,
        revision=written.generation.revision,
        adapter=written.generation.adapter,
    )


async def _collect(
    desk: Desk, run: Run, inquiry: Inquiry, material: Material, decision: Decision
) -> Material:
    """Do what was decided: search, enlarge, label."""
    passages = await find_passages(run, desk.retriever, inquiry, decision)
    zooms, parts = await zoom_in(desk.bench, run, inquiry, decision.zooms)
    labels = await label_pictures(desk.bench.labeller, run, material.pictures, decision)
    return replace(material, passages=passages, zooms=zooms, parts=parts, labels=labels)


async def _write(run: Run, inquiry: Inquiry, material: Material) -> _Written | Review:
    """Write and review, again while the review says so; a review alone when nothing was usable."""
    written: _Written | None = None
    review = Review()
    for revision in range(inquiry.max_revisions + 1):
        made = await _respond(run, inquiry, material, written, review if revision else None)
        if made is None:
            issues = written.review.issues if written else (UNUSABLE,)
            review = Review("RETRY", issues, revision, review.citations_checked)
            written = replace(written, review=review) if written else None
            continue
        draft, generation = made
        review = await review_draft(run, inquiry, material, draft, revision)
        written = _Written(draft, generation, review)
        if review.verdict != "RETRY":
            break
    return written or review


async def _respond(
    run: Run,
    inquiry: Inquiry,
    material: Material,
    written: _Written | None,
    review: Review | None,
) -> tuple[Draft, Generation] | None:
    """Ask for an answer; an error costs a rewrite, but never an answer that is there already."""
    if written is None:
        return await respond(run, inquiry, material, None, review)
    try:
        return await respond(run, inquiry, material, written.draft, review)
    except ChalklensError as error:
        run.note(f"The answer could not be written again: {error}")
        return None


def _tell(run: Run, written: _Written, removed: int, dropped: int) -> None:
    if removed:
        run.note(f"Citations that no passage supports, taken out of the answer: {removed}.")
    if dropped:
        run.note(f"Sentences left out because their quotation is in no cited passage: {dropped}.")
    if written.draft.cut:
        run.note("The answer was cut off at the token limit.")
    if written.review.verdict == "RETRY":
        run.note("The last review still found issues: see review.")


async def _extract(desk: Desk, run: Run, inquiry: Inquiry, material: Material) -> Assistance:
    """Answer without any model."""
    plan = default_plan(inquiry)
    decision = default_decision(inquiry, plan)
    passages = await find_passages(run, desk.retriever, inquiry, decision)
    labels = await label_pictures(desk.bench.embedded, run, material.pictures, decision)
    found = replace(material, passages=passages, labels=labels)
    return await _finish_extract(desk, run, inquiry, found, plan, decision, Review())


async def _finish_extract(
    desk: Desk,
    run: Run,
    inquiry: Inquiry,
    material: Material,
    plan: Plan,
    decision: Decision,
    review: Review,
) -> Assistance:
    """Make the answer of what was collected; pictures that nobody labelled yet are labelled."""
    if material.pictures and not material.labels:
        wanted = replace(decision, labels=True)
        labels = await label_pictures(desk.bench.embedded, run, material.pictures, wanted)
        material = replace(material, labels=labels)
    with run.step("responder", "choosing sentences", 3) as step:
        body = extract.write_extract(inquiry, material)
        cited = count_citations(body)
        step.outcome = f"an extract, {cited} citations"
    return Assistance(
        body,
        "extractive",
        find_language(body),
        plan,
        decision,
        material,
        replace(review, citations_checked=cited),
        introduction=extract.introduce(inquiry.question),
        trace=tuple(run.trace),
        notes=tuple(run.notes),
    )
