"""`chalklens ask QUESTION --image FILE...`: a question about pictures.

How it is used: `chalklens ask "Which bar is the tallest?" --image graph.png`. Without a
vision-language model the question stays open: what is certain (text, labels) is printed, stderr
says how to get a model, and the exit code is 1. Of a document all pages are looked at, as far as one
question takes them; stderr names the others. What it leaves out: conversations.
"""

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import typer

from chalklens.engines.parameters import MAX_PICTURES
from chalklens.types import Picture
from chalklens.workbench import Analysis
from server.commands import options
from server.commands.benches import open_bench, reference_for, settings_for
from server.commands.output import write_note, write_row, write_text
from server.commands.page_numbers import read_pages
from server.settings import Settings
from tools.cleaning import clean_text


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    image: Annotated[
        list[str], typer.Option("--image", "-i", help="Picture or PDF; repeat for more, at most 8.")
    ],
    page: Annotated[list[str] | None, options.page_option("all, up to 8 together")] = None,
    detail: Annotated[
        Literal["low", "auto", "high"],
        typer.Option(help="Resolution: high for small print, low for speed."),
    ] = "auto",
    json: options.JsonOption = False,
    model: options.ModelOption = None,
    adapter: options.AdapterOption = None,
    quantize: options.QuantizeOption = None,
    allow_url: options.AllowUrlOption = None,
    threads: options.ThreadsOption = None,
) -> None:
    """Ask a vision-language model about pictures."""
    settings = settings_for(
        image,
        model=model,
        adapter=adapter,
        quantize=quantize,
        allow_url=allow_url,
        threads=threads,
    )
    pages = read_pages(page, MAX_PICTURES)
    analysis = asyncio.run(_ask(context, settings, question, image, pages or "all", detail))
    sources = list(_source_of_each(image, analysis.pictures, pages[0] if pages else 1))
    if json:
        write_row(answer_row(question, image, sources, analysis))
    else:
        _write_plain(sources, analysis)
    if not pages:
        _note_left_out(sources, analysis.pictures)
    if analysis.generation is None:
        write_note(f"No answer: {analysis.missing}")
        raise typer.Exit(1)


async def _ask(
    context: typer.Context,
    settings: Settings,
    question: str,
    images: Sequence[str],
    pages: Sequence[int] | Literal["all"],
    detail: str,
) -> Analysis:
    references = [reference_for(image) for image in images]
    async with open_bench(context, settings) as bench:
        return await bench.analyze(references, question, pages=pages, detail=detail)


def _source_of_each(
    images: Sequence[str], pictures: Sequence[Picture], first_page: int
) -> Iterator[str]:
    """Yield for every picture and page the image it is of, as the user wrote it."""
    following, image = iter(images), ""
    for picture in pictures:
        if picture.page in (None, first_page):
            image = next(following)
        yield image


def answer_row(
    question: str, images: Sequence[str], sources: Sequence[str], analysis: Analysis
) -> dict[str, Any]:
    """Return the JSON object of one answer, or of what is known without one.

    Args:
        question, images: As they were given.
        sources: The image that each picture of the analysis is of.
        analysis: What was found.
    """
    made = analysis.generation
    pictures = [
        {"image": image, "page": picture.page, "page_count": picture.page_count}
        for image, picture in zip(sources, analysis.pictures, strict=True)
    ]
    row: dict[str, Any] = {"question": question, "images": list(images), "pictures": pictures}
    if made is None:
        facts = [
            {
                "image": picture["image"],
                "page": picture["page"],
                "text": reading.text,
                "labels": list(labelling.labels.ids),
            }
            for picture, (reading, labelling) in zip(pictures, analysis.facts, strict=True)
        ]
        return {**row, "answer": None, "missing": analysis.missing, "facts": facts}
    return {
        **row,
        "answer": made.text,
        "finish_reason": made.finish_reason,
        "model": made.model,
        "revision": made.revision,
        "adapter": made.adapter,
        "first_token_s": round(made.first_token_s, 3),
        "total_s": round(made.total_s, 3),
    }


def _write_plain(sources: Sequence[str], analysis: Analysis) -> None:
    if analysis.generation is not None:
        write_text(clean_text(analysis.generation.text))
        return
    for image, picture, (reading, labelling) in zip(
        sources, analysis.pictures, analysis.facts, strict=True
    ):
        page = f", page {picture.page}" if picture.page else ""
        labels = ", ".join(labelling.labels.ids) or "-"
        write_text(f"{clean_text(image)}{page}\n  Labels: {labels}\n  Text:")
        for line in reading.lines:
            write_text(f"    {clean_text(line.text)}")


def _note_left_out(sources: Sequence[str], pictures: Sequence[Picture]) -> None:
    """Say which pages one question had no room for; the last of each document is where it ended."""
    ends = {
        image: picture for image, picture in zip(sources, pictures, strict=True) if picture.page
    }
    for image, last in ends.items():
        first, count = (last.page or 0) + 1, last.page_count
        if first > count:
            continue
        what = f"pages {first}-{count} of {count} were" if first < count else f"page {first} was"
        until = min(count, first + MAX_PICTURES - 1)
        write_note(
            f"{clean_text(image)}: {what} not looked at; one question takes {MAX_PICTURES} pictures and pages.\n"
            f"  Ask again with --image {shlex.quote(image)} --page {first}-{until}"
        )
