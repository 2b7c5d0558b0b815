"""The Manager: decides what really happens before the question is answered.

How it is used: `await decide(run, inquiry, plan, pictures)`. Its decision is the flow: which queries
are searched (none: no search), how many passages, which parts of which pictures are enlarged, whether
labels are made. Numbers are bounded here whatever the model says. What it leaves out: doing any of it.
"""

from collections.abc import Sequence
from typing import Any

from chalklens.agents.prompt_text import describe_pictures, instructions, join_parts
from chalklens.agents.records import (
    MAX_IMAGES,
    MAX_PASSAGES,
    MAX_QUERIES,
    MAX_ZOOMS,
    Decision,
    Inquiry,
    Material,
    Plan,
    Zoom,
)
from chalklens.agents.run import OpenStep, Run
from chalklens.agents.structured import (
    UnusableAnswer,
    closed_object,
    flag,
    list_of,
    members,
    objects,
    read_object,
    texts,
    whole_number,
)
from chalklens.errors import BusyError, TimeLimitError, WorkerError
from chalklens.types import Box, GenerateRequest, JsonObject, Picture

DEFAULT_K = 6
MAX_QUERY_CHARS = 200
GRID = 1000
MIN_ZOOM_PX = 32
PADDING = 0.05
"""Of a zoomed part's sides, added all around: boxes of models are rarely exact."""


async def decide(run: Run, inquiry: Inquiry, plan: Plan, pictures: Sequence[Picture]) -> Decision:
    """Ask for a decision.

    Raises:
        ModelError, InputError: As the engine raises them.
    """
    with run.step("manager", "deciding", 1) as step:
        if not pictures and inquiry.use_knowledge == "off":
            step.outcome = "nothing to decide"
            return Decision(use_knowledge=False, queries=(), k=DEFAULT_K)
        try:
            request = _request(run, inquiry, plan, pictures)
            found = read_object(await run.ask(step, request))
        except (UnusableAnswer, WorkerError, TimeLimitError, BusyError) as error:
            return _fall_back(run, step, inquiry, plan, error)
        decision = _read_decision(found, inquiry, plan, pictures)
        step.outcome = describe(decision)
        return decision


def default_decision(inquiry: Inquiry, plan: Plan) -> Decision:
    """The decision where no model made one: search for the question itself as the plan says."""
    queries = (inquiry.question,) if plan.needs_knowledge else ()
    return Decision(plan.needs_knowledge, queries, DEFAULT_K, labels=plan.needs_labels)


def describe(decision: Decision) -> str:
    """Say a decision in a few words."""
    parts = [
        f"queries: {len(decision.queries)}, k={decision.k}"
        if decision.use_knowledge
        else "no search",
        f"zooms: {len(decision.zooms)}" if decision.zooms else "",
        "labels" if decision.labels else "",
    ]
    return ", ".join(part for part in parts if part)


def _fall_back(
    run: Run, step: OpenStep, inquiry: Inquiry, plan: Plan, error: Exception
) -> Decision:
    step.outcome = f"default decision: {error}"
    run.note(f"The default decision was used: {str(error).rstrip('.')}.")
    return default_decision(inquiry, plan)


def _request(
    run: Run, inquiry: Inquiry, plan: Plan, pictures: Sequence[Picture]
) -> GenerateRequest:
    marks = run.make_marks()
    steps = "\n".join(f"{n}. {one.step}: {one.purpose}" for n, one in enumerate(plan.steps, 1))
    needs = ", ".join(
        name
        for name, needed in (
            ("knowledge", plan.needs_knowledge),
            ("pictures", plan.needs_pictures),
            ("labels", plan.needs_labels),
        )
        if needed
    )
    prompt = join_parts(
        marks.notice if pictures else "",
        describe_pictures(Material(pictures), marks),
        f"Plan:\n{steps}\nIt needs: {needs or 'nothing else'}",
        f"Question: {inquiry.question}",
    )
    schema = decision_schema(len(pictures), knowledge=inquiry.use_knowledge != "off")
    return GenerateRequest(
        prompt, tuple(pictures), instructions("manager"), task="json", json_schema=schema
    )


def decision_schema(pictures: int, *, knowledge: bool) -> dict[str, Any]:
    """The JSON Schema of a decision: only what can be decided is in it."""
    properties: dict[str, Any] = {}
    if knowledge:
        query = {"type": "string", "minLength": 1, "maxLength": MAX_QUERY_CHARS}
        properties |= {
            "use_knowledge": {"type": "boolean"},
            "queries": list_of(query, 0, MAX_QUERIES),
            "k": {"type": "integer", "minimum": 1, "maximum": MAX_PASSAGES},
        }
    if pictures:
        corner = {"type": "integer", "minimum": 0, "maximum": GRID}
        zoom = closed_object(
            {
                "picture": {"type": "integer", "minimum": 1, "maximum": pictures},
                "box": list_of(corner, 4, 4),
            }
        )
        room = min(MAX_ZOOMS, MAX_IMAGES - pictures)
        properties |= {"zooms": list_of(zoom, 0, room)} if room else {}
        properties["labels"] = {"type": "boolean"}
    return closed_object(properties)


def _read_decision(
    found: JsonObject, inquiry: Inquiry, plan: Plan, pictures: Sequence[Picture]
) -> Decision:
    queries = texts(found, "queries", MAX_QUERIES, MAX_QUERY_CHARS)
    wanted = flag(found, "use_knowledge", default=bool(queries) or plan.needs_knowledge)
    use = {"auto": wanted, "on": True, "off": False}[inquiry.use_knowledge]
    k = whole_number(found.get("k")) or DEFAULT_K
    return Decision(
        use_knowledge=use,
        queries=(queries or (inquiry.question,)) if use else (),
        k=min(max(1, k), MAX_PASSAGES),
        zooms=read_zooms(found, pictures),
        labels=bool(pictures) and flag(found, "labels", default=plan.needs_labels),
    )


def read_zooms(found: JsonObject, pictures: Sequence[Picture]) -> tuple[Zoom, ...]:
    """Zooms on pictures that are there; as many as a request has room for beside the pictures."""
    room = min(MAX_ZOOMS, MAX_IMAGES - len(pictures))
    zooms = (_read_zoom(item, pictures) for item in objects(found, "zooms"))
    return tuple(dict.fromkeys(zoom for zoom in zooms if zoom))[: max(0, room)]


def _read_zoom(item: JsonObject, pictures: Sequence[Picture]) -> Zoom | None:
    number = whole_number(item.get("picture"))
    corners = [whole_number(corner) for corner in members(item, "box")]
    if number is None or not 1 <= number <= len(pictures) or len(corners) != 4:
        return None
    box = _to_pixels([corner for corner in corners if corner is not None], pictures[number - 1])
    return Zoom(number, box) if box else None


def _to_pixels(corners: Sequence[int], picture: Picture) -> Box | None:
    """A box on the 0-1000 grid in original pixels, with padding; None when it is no part."""
    if len(corners) != 4:
        return None
    (x0, x1), (y0, y1) = sorted(corners[::2]), sorted(corners[1::2])
    left, right = _widen(x0, x1, picture.width_px)
    top, bottom = _widen(y0, y1, picture.height_px)
    whole = right - left >= picture.width_px and bottom - top >= picture.height_px
    return None if x0 >= GRID or y0 >= GRID or whole else Box(left, top, right, bottom)


def _widen(low: int, high: int, side_px: int) -> tuple[int, int]:
    """One side of a box in pixels: padded, not too short, within the picture."""
    low_px, high_px = low * side_px / GRID, min(high, GRID) * side_px / GRID
    missing_px = max(0.0, min(MIN_ZOOM_PX, side_px) - (high_px - low_px)) / 2
    extra_px = max(missing_px, (high_px - low_px) * PADDING)
    first = min(max(0, int(low_px - extra_px)), max(0, side_px - MIN_ZOOM_PX))
    return first, max(min(side_px, round(high_px + extra_px)), min(side_px, first + MIN_ZOOM_PX))
