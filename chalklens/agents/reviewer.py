"""The Reviewer: citations by string, everything else by the model that sees what the answer rests on.

How it is used: `await review_draft(run, inquiry, material, draft, revisions)`. What the string check
finds always means RETRY, whatever the model thinks. A model that gives no verdict leaves the review
SKIPPED, with a note; the string check holds all the same. What it leaves out: rewriting.
"""

from chalklens.agents.citations import (
    count_citations,
    find_problems,
    leave_out_quotations,
)
from chalklens.agents.language import UNKNOWN, find_language, names_a_language
from chalklens.agents.prompt_text import (
    all_pictures,
    describe_labels,
    describe_passages,
    describe_pictures,
    instructions,
    join_parts,
)
from chalklens.agents.records import Draft, Inquiry, Material, Review, Verdict
from chalklens.agents.run import Run
from chalklens.agents.structured import (
    UnusableAnswer,
    closed_object,
    list_of,
    read_object,
    text,
    texts,
)
from chalklens.errors import ChalklensError
from chalklens.types import GenerateRequest, JsonObject

MAX_ISSUES = 5
MAX_ISSUE_CHARS = 240
SCHEMA = closed_object(
    {
        "issues": list_of(
            {"type": "string", "minLength": 1, "maxLength": MAX_ISSUE_CHARS}, 0, MAX_ISSUES
        ),
        "verdict": {"enum": ["PASS", "RETRY"]},
    }
)


async def review_draft(
    run: Run, inquiry: Inquiry, material: Material, draft: Draft, revisions: int
) -> Review:
    """Check a draft by string, then ask the model."""
    with run.step("reviewer", "reviewing", 4) as step:
        problems = check_draft(inquiry, material, draft)
        try:
            generation = await run.ask(step, _request(run, inquiry, material, draft))
            verdict, issues = _read_verdict(read_object(generation))
        except (UnusableAnswer, ChalklensError) as error:
            verdict, issues = "SKIPPED", ()
            reason = error.message if isinstance(error, ChalklensError) else str(error)
            run.note(f"The model gave no verdict ({reason.rstrip('.')}); citations were checked.")
        if problems:
            verdict = "RETRY"
        checked = count_citations(draft.answer)
        step.outcome = f"{verdict}, citations checked: {checked}, problems: {len(problems)}"
        return Review(verdict, (*problems, *issues), revisions, checked)


def check_draft(inquiry: Inquiry, material: Material, draft: Draft) -> tuple[str, ...]:
    """Return what is wrong with a draft as far as strings tell."""
    problems = list(find_problems(draft, material.passages))
    if draft.cut:
        problems.append("The answer is cut off: make it shorter.")
    # A quotation is in its passage's language.
    found = find_language(leave_out_quotations(draft.answer))
    wanted = find_language(inquiry.question)
    if (
        UNKNOWN not in (wanted, found)
        and wanted != found
        and not names_a_language(inquiry.question)
    ):
        problems.append(
            f"The answer is in another language ({found}) than the question ({wanted})."
        )
    return tuple(problems)


def _request(run: Run, inquiry: Inquiry, material: Material, draft: Draft) -> GenerateRequest:
    marks = run.make_marks()
    prompt = join_parts(
        marks.notice,
        describe_pictures(material, marks),
        describe_labels(material.labels, marks),
        describe_passages(material.passages, marks),
        f"Question: {inquiry.question}",
        f"Answer to review:\n{marks.wrap(draft.answer)}",
    )
    return GenerateRequest(
        prompt,
        all_pictures(material),
        instructions("reviewer"),
        task="json",
        json_schema=SCHEMA,
    )


def _read_verdict(found: JsonObject) -> tuple[Verdict, tuple[str, ...]]:
    """Return verdict and issues; issues without a word about passing mean RETRY.

    Raises:
        UnusableAnswer: There is no verdict.
    """
    issues = texts(found, "issues", MAX_ISSUES, MAX_ISSUE_CHARS)
    match text(found, "verdict", 20).upper():
        case "PASS":
            return "PASS", ()
        case "RETRY":
            return "RETRY", issues or ("The reviewer gave no reason.",)
        case _:
            raise UnusableAnswer("no verdict in the model's answer")
