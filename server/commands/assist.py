"""`chalklens assist QUESTION`: a planned, cited and reviewed answer from pictures and documents.

How it is used: `chalklens assist "Which skill does it train?" --image sheet.png`; `--json` prints what
the tool `ask_assistant` returns. Answer and sources go to stdout, progress and remarks to stderr.
Without a model the answer is an extract and says so. What it leaves out: conversations.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Annotated

import typer

from chalklens.agents.citations import find_marks
from chalklens.agents.crew import Desk, assist
from chalklens.agents.records import MAX_REVISIONS, Assistance, Inquiry, UseKnowledge
from chalklens.errors import ChalklensError
from chalklens.types import SearchRequest
from chalklens.workbench import Workbench
from retrieval.service import KnowledgeService
from server.commands import options
from server.commands.benches import reference_for, settings_for
from server.commands.output import write_note, write_row, write_text
from server.commands.search import wait_for_guides
from server.settings import Settings
from tools.assistance import describe_assistance
from tools.boundaries import Boundary
from tools.citations import link_to
from tools.cleaning import clean_text

DeskFactory = Callable[[Settings], tuple[Workbench, KnowledgeService]]
"""What tests hand in as the context's object instead of patching."""


def assist_command(
    context: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know.")],
    image: Annotated[
        list[str] | None,
        typer.Option(
            "--image", "-i", help="Picture, or PDF for its first page; repeat for more, at most 8."
        ),
    ] = None,
    use_knowledge: Annotated[
        UseKnowledge, typer.Option(help="Search the documents: auto lets the crew decide.")
    ] = "auto",
    max_revisions: Annotated[
        int, typer.Option(min=0, max=MAX_REVISIONS, help="Rewrites after a bad review.")
    ] = 1,
    collection: Annotated[str | None, typer.Option(help="Search only this collection.")] = None,
    json: options.JsonOption = False,
    model: options.ModelOption = None,
    adapter: options.AdapterOption = None,
    quantize: options.QuantizeOption = None,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    allow_url: options.AllowUrlOption = None,
    threads: options.ThreadsOption = None,
) -> None:
    """Answer from pictures and documents: plan, search, answer with citations, review."""
    images = image or []
    settings = settings_for(
        images,
        model=model,
        adapter=adapter,
        quantize=quantize,
        data_dir=data_dir,
        store=store,
        embedder=embedder,
        allow_url=allow_url,
        threads=threads,
    )
    references = tuple(reference_for(one) for one in images)
    inquiry = Inquiry(question, references, use_knowledge, max_revisions, collection)
    found = asyncio.run(_assist(context, settings, inquiry))
    if json:
        write_row(describe_assistance(found).model_dump(mode="json", exclude_none=True))
    else:
        _write_plain(found)
    _note_other_pages(found)


async def _assist(context: typer.Context, settings: Settings, inquiry: Inquiry) -> Assistance:
    async with _open_parts(context, settings) as (bench, knowledge):
        if inquiry.use_knowledge != "off":
            await _get_ready(knowledge, inquiry.question)
        return await assist(Desk(bench, knowledge, Boundary), inquiry, _Progress())


@contextlib.asynccontextmanager
async def _open_parts(
    context: typer.Context, settings: Settings
) -> AsyncGenerator[tuple[Workbench, KnowledgeService], None]:
    """Build workbench and knowledge base, and close both whatever happens."""
    factory: DeskFactory = context.obj or _build_parts
    bench, knowledge = factory(settings)
    try:
        yield bench, knowledge
    finally:
        await asyncio.gather(bench.close(), knowledge.close())


def _build_parts(settings: Settings) -> tuple[Workbench, KnowledgeService]:
    from server.parts import build_knowledge, build_workbench

    return build_workbench(settings), build_knowledge(settings)


async def _get_ready(knowledge: KnowledgeService, question: str) -> None:
    """Let the guides be indexed with the first use; what cannot be searched is told by the crew."""
    with contextlib.suppress(ChalklensError):
        await knowledge.search(SearchRequest(question, k=1))
        await wait_for_guides(knowledge)


class _Progress:
    """Writes each stage once on stderr, where somebody looks on."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, message: str) -> None:
        stage = message.partition(",")[0]
        if stage != self._last and sys.stderr.isatty():
            write_note(f"{stage} ...")
        self._last = stage


def _write_plain(found: Assistance) -> None:
    if found.introduction:
        write_text(f"{found.introduction}\n")
    write_text(clean_text(found.answer))
    sources = list(_source_lines(found))
    if sources:
        write_text("\nSources:")
    for line in sources:
        write_text(line)
    write_note(f"Review: {found.review.verdict}")
    for remark in (*found.review.issues, *found.notes):
        write_note(f"  {clean_text(remark)}")


def _note_other_pages(found: Assistance) -> None:
    for picture in found.material.pictures:
        if picture.page and picture.page_count > 1:
            write_note(
                f"{clean_text(picture.name)}: only page {picture.page} of {picture.page_count} was "
                "looked at; `chalklens ask` looks at more."
            )


def _source_lines(found: Assistance) -> Sequence[str]:
    """The passages that the answer cites, with where they stand."""
    cited = {number for mark in find_marks(found.answer) for number in mark.numbers}
    return [
        f"[{passage.number}] {clean_text(hit.source)}{f', page {hit.page}' if hit.page else ''}  "
        f"{link_to(hit.document, hit.page, hit.start)}"
        for passage in found.material.passages
        if passage.number in cited
        for hit in [passage.hit]
    ]
