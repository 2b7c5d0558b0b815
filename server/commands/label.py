"""`chalklens label IMAGE...`: EduGraph labels of worksheets, file by file.

How it is used: `chalklens label sheets/*.png`, or with `--json` in a script: one object per line,
in the order of the arguments, as soon as it is known. A file that fails gives an object with
`error`; the others go on, and the exit code is 1. Words that support a label are always in the JSON,
bounded as in `label_worksheet`; people ask for them with `--evidence`.

What it leaves out: how labels are found (`chalklens/labelling`).
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import typer

from chalklens.errors import ChalklensError
from chalklens.media.limits import Limits
from chalklens.workbench import LabelledPicture
from server.commands import options
from server.commands.benches import open_bench, settings_for, try_each
from server.commands.output import (
    describe_error,
    track,
    write_error,
    write_note,
    write_row,
    write_text,
)
from server.commands.page_numbers import read_pages
from server.settings import Settings
from tools.cleaning import clean_text
from tools.results import UNSURE_HINT, describe_evidence

Labelled = list[LabelledPicture] | ChalklensError
Write = Callable[[str, Labelled], None]

NOT_ASKED = (
    "The embedded labeller answered, not the model that was named: `--labeller auto` asks a model whose "
    "name contains edugraph, when it is on this machine.\n  --labeller engine asks it in any case."
)


def label(
    context: typer.Context,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Pictures or PDFs.")],
    json: options.JsonOption = False,
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Show the words that support each label; JSON has them."),
    ] = False,
    page: Annotated[list[str] | None, options.page_option("the first")] = None,
    labeller: options.LabellerOption = None,
    model: options.ModelOption = None,
    adapter: options.AdapterOption = None,
    quantize: options.QuantizeOption = None,
    allow_url: options.AllowUrlOption = None,
    threads: options.ThreadsOption = None,
    sheet_workers: options.SheetWorkersOption = None,
) -> None:
    """Name the mathematics a worksheet needs: EduGraph area, scope and ability."""
    settings = settings_for(
        images,
        labeller=labeller,
        model=model,
        adapter=adapter,
        quantize=quantize,
        allow_url=allow_url,
        threads=threads,
        sheet_workers=sheet_workers,
    )
    pages = read_pages(page, Limits().pages)
    write = _write_json if json else partial(_write_plain, evidence=evidence)
    failures, answered_by = asyncio.run(_label_all(context, settings, images, pages, write))
    named = settings.adapter or settings.model not in ("auto", "none")
    if named and settings.labeller == "auto" and "embedded" in answered_by:
        write_note(NOT_ASKED)
    if failures:
        raise typer.Exit(1)


async def _label_all(
    context: typer.Context,
    settings: Settings,
    images: Sequence[str],
    pages: Sequence[int] | None,
    write: Write,
) -> tuple[int, set[str]]:
    async def work(reference: str) -> list[LabelledPicture]:
        return await bench.label([reference], pages=pages)

    failures, answered_by = 0, set[str]()
    async with (
        open_bench(context, settings) as bench,
        contextlib.aclosing(try_each(work, images, settings.sheet_workers)) as found,
        contextlib.aclosing(track(found, len(images), "Labelling")) as tracked,
    ):
        async for image, result in tracked:
            if isinstance(result, ChalklensError):
                failures += 1
            else:
                answered_by |= {found.labelling.labeller for found in result}
            write(image, result)
    return failures, answered_by


def label_row(image: str, found: LabelledPicture) -> dict[str, Any]:
    """Return the JSON object of one labelled picture or page; `box_px` is [x0, y0, x1, y1]."""
    labelling = found.labelling
    return {
        "image": image,
        "page": found.picture.page,
        "area": list(labelling.labels.areas),
        "scope": list(labelling.labels.scopes),
        "ability": list(labelling.labels.abilities),
        "confidence": dict(labelling.confidence),
        "probabilities": dict(labelling.probabilities),
        "evidence": {
            label: [{"text": span.text, "box_px": span.box_px} for span in spans]
            for label, spans in describe_evidence(labelling, found.picture).items()
        },
        "labeller": labelling.labeller,
        "model": labelling.model,
        "revision": labelling.revision,
        "adapter": labelling.adapter,
        "ontology": labelling.ontology,
        "unsupported": labelling.unsupported,
        "low_confidence": labelling.low_confidence,
        "rejected": list(labelling.rejected),
    }


def _write_json(image: str, result: Labelled) -> None:
    if isinstance(result, ChalklensError):
        write_row({"image": image, "error": describe_error(result)})
        return
    for found in result:
        write_row(label_row(image, found))


def _write_plain(image: str, result: Labelled, *, evidence: bool) -> None:
    if isinstance(result, ChalklensError):
        write_error(result, image)
        return
    for found in result:
        page = f", page {found.picture.page}" if found.picture.page else ""
        write_text(f"{clean_text(image)}{page}  ({_describe(found)})")
        for line in label_lines(found, evidence=evidence):
            write_text(f"  {line}")


def _describe(found: LabelledPicture) -> str:
    labelling = found.labelling
    unsure = ", not sure" if labelling.low_confidence else ""
    return f"{labelling.labeller} labeller, {labelling.model}{unsure}"


def label_lines(found: LabelledPicture, *, evidence: bool = False) -> Iterator[str]:
    """Yield the labels as lines for people, one per dimension, then what to do when unsure.

    With `evidence`, a line per label follows its dimension: the words that support it.
    """
    labelling = found.labelling
    if labelling.unsupported:
        yield "Not elementary mathematics: no labels."
        return
    quotes = _quote_evidence(found) if evidence else {}
    dimensions = {
        "Area": labelling.labels.areas,
        "Scope": labelling.labels.scopes,
        "Ability": labelling.labels.abilities,
    }
    for name, ids in dimensions.items():
        labels = ", ".join(_with_confidence(label, labelling.confidence) for label in ids)
        yield f"{name:8} {labels or '-'}"
        yield from (f"{'':8} {label}: {quotes[label]}" for label in ids if label in quotes)
    if evidence and not quotes:
        yield "Evidence - (the labeller points at nothing here)"
    if labelling.low_confidence:
        yield UNSURE_HINT


def _quote_evidence(found: LabelledPicture) -> dict[str, str]:
    return {
        label: ", ".join(f'"{span.text}"' for span in spans)
        for label, spans in describe_evidence(found.labelling, found.picture).items()
    }


def _with_confidence(label: str, confidence: Any) -> str:
    return f"{label} {confidence[label]:.2f}" if label in confidence else label
