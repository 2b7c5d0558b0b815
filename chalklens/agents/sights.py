"""What the crew does with pictures: load them, enlarge parts of them, have them labelled.

How it is used: by `crew.py`, with a `Workbench`. Parts are cut from the original pixels, not from what
was reduced for the model. A part or label that cannot be had is left out, and the notes say so. What it
leaves out: deciding which.
"""

import asyncio
from collections.abc import Sequence

from chalklens.agents.records import Decision, Inquiry, Zoom
from chalklens.agents.run import Run
from chalklens.errors import ChalklensError
from chalklens.protocols import Labeller
from chalklens.types import Labelling, Picture
from chalklens.workbench import DETAIL_PIXELS, Workbench

MAX_PIXELS = DETAIL_PIXELS["auto"]


async def load_pictures(bench: Workbench, inquiry: Inquiry) -> tuple[Picture, ...]:
    """Load the pictures of an inquiry, the first page of documents.

    Raises:
        ChalklensError: One cannot be resolved or decoded.
    """
    if not inquiry.images:
        return ()
    pictures = await bench.media.load(
        inquiry.images, max_pixels=MAX_PIXELS, principal=inquiry.principal
    )
    return tuple(pictures)


async def zoom_in(
    bench: Workbench, run: Run, inquiry: Inquiry, zooms: Sequence[Zoom]
) -> tuple[tuple[Zoom, ...], tuple[Picture, ...]]:
    """Return the parts that could be cut, and those parts as pictures."""
    if not zooms:
        return (), ()
    done: list[tuple[Zoom, Picture]] = []
    with run.step("zoom", "looking closer") as step:
        for zoom in zooms:
            try:
                async with asyncio.timeout(step.budget.time_s):
                    done.append((zoom, await _cut(bench, inquiry, zoom)))
            except (ChalklensError, TimeoutError) as error:
                reason = error.message if isinstance(error, ChalklensError) else "it took too long"
                run.note(f"A part of picture {zoom.picture} could not be enlarged: {reason}")
        step.outcome = f"parts: {len(done)} of {len(zooms)}"
    return tuple(zoom for zoom, _ in done), tuple(picture for _, picture in done)


async def _cut(bench: Workbench, inquiry: Inquiry, zoom: Zoom) -> Picture:
    reference = inquiry.images[zoom.picture - 1]
    [part] = await bench.media.load(
        [reference], region=zoom.box, max_pixels=MAX_PIXELS, principal=inquiry.principal
    )
    return part


async def label_pictures(
    labeller: Labeller, run: Run, pictures: Sequence[Picture], decision: Decision
) -> tuple[Labelling, ...]:
    """Return a labelling per picture, if that was decided and can be done."""
    if not pictures or not decision.labels:
        return ()
    with run.step("labeller", "labelling") as step:
        try:
            async with asyncio.timeout(step.budget.time_s):
                labellings = await labeller.label(pictures)
        except (ChalklensError, TimeoutError) as error:
            reason = str(error) if isinstance(error, ChalklensError) else "it took too long."
            step.outcome = f"no labels: {reason}"
            run.note(f"The pictures could not be labelled: {reason}")
            return ()
        step.outcome = f"pictures: {len(labellings)}"
        return tuple(labellings)
