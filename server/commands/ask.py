"""`chalklens ask QUESTION --image FILE...`: a question about pictures.

How it is used: `chalklens ask "Which bar is the tallest?" --image graph.png`. Without a
vision-language model the question stays open: what is certain (text, labels) is printed, stderr
says how to get a model, and the exit code is 1. What it leaves out: conversations.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chalklens.workbench import Analysis
from server.commands import options
from server.commands.benches import open_bench, reference_for, settings_for
from server.commands.output import write_note, write_row, write_text
from server.settings import Settings


def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    image: Annotated[
        list[str], typer.Option("--image", "-i", help="Picture or PDF; repeat for more, at most 8.")
    ],
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
    analysis = asyncio.run(_ask(context, settings, question, image))
    if json:
        write_row(answer_row(question, image, analysis))
    else:
        _write_plain(image, analysis)
    if analysis.generation is None:
        write_note(f"No answer: {analysis.missing}")
        raise typer.Exit(1)


async def _ask(
    context: typer.Context, settings: Settings, question: str, images: Sequence[str]
) -> Analysis:
    references = [reference_for(image) for image in images]
    async with open_bench(context, settings) as bench:
        return await bench.analyze(references, question)


def answer_row(question: str, images: Sequence[str], analysis: Analysis) -> dict[str, Any]:
    """Return the JSON object of one answer, or of what is known without one."""
    made = analysis.generation
    row: dict[str, Any] = {"question": question, "images": list(images)}
    if made is None:
        facts = [
            {"image": image, "text": reading.text, "labels": list(labelling.labels.ids)}
            for image, (reading, labelling) in zip(images, analysis.facts, strict=True)
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


def _write_plain(images: Sequence[str], analysis: Analysis) -> None:
    if analysis.generation is not None:
        write_text(analysis.generation.text)
        return
    for image, (reading, labelling) in zip(images, analysis.facts, strict=True):
        write_text(f"{image}\n  Labels: {', '.join(labelling.labels.ids) or '-'}\n  Text:")
        for line in reading.lines:
            write_text(f"    {line.text}")
