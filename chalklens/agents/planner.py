"""The Planner: three to five steps, and what they need.

How it is used: `await make_plan(run, inquiry)`. It reads the question and how many pictures there are.
What it leaves out: deciding; a plan is advice to the Manager, except that `use_knowledge` of the caller
overrides it. When the model fails, `default_plan` takes its place and trace and notes say so.
"""

from chalklens.agents.prompt_text import instructions, join_parts
from chalklens.agents.records import Inquiry, Plan, PlanStep
from chalklens.agents.run import OpenStep, Run
from chalklens.agents.structured import (
    UnusableAnswer,
    closed_object,
    flag,
    list_of,
    objects,
    read_object,
    text,
)
from chalklens.errors import TimeLimitError, WorkerError
from chalklens.types import GenerateRequest, JsonObject

MIN_STEPS, MAX_STEPS = 3, 5
MAX_STEP_CHARS = 160
_LINE = {"type": "string", "minLength": 1, "maxLength": MAX_STEP_CHARS}
SCHEMA = closed_object(
    {
        "steps": list_of(closed_object({"step": _LINE, "purpose": _LINE}), MIN_STEPS, MAX_STEPS),
        "needs_knowledge": {"type": "boolean"},
        "needs_pictures": {"type": "boolean"},
        "needs_labels": {"type": "boolean"},
    }
)


async def make_plan(run: Run, inquiry: Inquiry) -> Plan:
    """Ask for a plan.

    Raises:
        ModelError, BusyError, InputError: As the engine raises them.
    """
    with run.step("planner", "planning", 0) as step:
        try:
            generation = await run.ask(step, _request(inquiry))
            plan = _read_plan(read_object(generation), inquiry)
        except (UnusableAnswer, WorkerError, TimeLimitError) as error:
            return _fall_back(run, step, inquiry, error)
        step.outcome = f"steps: {len(plan.steps)}"
        return plan


def default_plan(inquiry: Inquiry) -> Plan:
    """The plan where no model made one: use whatever there is."""
    knowledge = inquiry.use_knowledge != "off"
    steps = [
        *([PlanStep("Look at the pictures", "See what they show")] if inquiry.images else []),
        *([PlanStep("Search the knowledge base", "Find passages to cite")] if knowledge else []),
        PlanStep("Collect the evidence", "Keep what bears on the question"),
        PlanStep("Answer the question", "Say what the evidence says, with sources"),
        PlanStep("Check the answer", "Leave out what nothing supports"),
    ]
    return Plan(tuple(steps[:MAX_STEPS]), knowledge, bool(inquiry.images), bool(inquiry.images))


def _fall_back(run: Run, step: OpenStep, inquiry: Inquiry, error: Exception) -> Plan:
    step.outcome = f"default plan: {error}"
    run.note(f"The default plan was used: {str(error).rstrip('.')}.")
    return default_plan(inquiry)


def _request(inquiry: Inquiry) -> GenerateRequest:
    prompt = join_parts(
        f"Pictures: {len(inquiry.images)}",
        f"Knowledge base: {_describe_wish(inquiry)}",
        f"Question: {inquiry.question}",
    )
    return GenerateRequest(prompt, system=instructions("planner"), task="json", json_schema=SCHEMA)


def _describe_wish(inquiry: Inquiry) -> str:
    wishes = {"auto": "available", "on": "the user wants it used", "off": "must not be used"}
    return wishes[inquiry.use_knowledge]


def _read_plan(found: JsonObject, inquiry: Inquiry) -> Plan:
    steps = [
        PlanStep(name, text(item, "purpose", MAX_STEP_CHARS))
        for item in objects(found, "steps")
        if (name := text(item, "step", MAX_STEP_CHARS))
    ]
    if len(steps) < MIN_STEPS:
        raise UnusableAnswer(f"the model's plan has {len(steps)} steps")
    has_pictures = bool(inquiry.images)
    return Plan(
        tuple(steps[:MAX_STEPS]),
        _decide_knowledge(inquiry, flag(found, "needs_knowledge", default=True)),
        has_pictures and flag(found, "needs_pictures", default=True),
        has_pictures and flag(found, "needs_labels", default=False),
    )


def _decide_knowledge(inquiry: Inquiry, wanted: bool) -> bool:
    return wanted if inquiry.use_knowledge == "auto" else inquiry.use_knowledge == "on"
