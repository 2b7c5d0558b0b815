"""`chalklens search QUERY`: passages of the knowledge base, best first.

How it is used: `chalklens search "how do I install it in VS Code?"`, or with `--json` in a script:
one object per hit, with the passage's exact characters. Without an index of your own the guides that
ship are searched. What it leaves out: how passages are found (`retrieval/`).
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from chalklens.errors import InputError
from chalklens.types import Hit, RerankMode, SearchFilter, SearchRequest, SearchResult
from retrieval.service import KnowledgeService
from server.commands import options
from server.commands.knowledge_bases import open_knowledge
from server.commands.output import write_note, write_row, write_text
from server.commands.page_numbers import read_range
from server.settings import Settings
from tools.citations import link_to
from tools.cleaning import clean_text
from tools.moments import show_moment
from tools.search_filter import Filter, read_filter

INDENT = "   "
INDEXING_S = 600.0
POLL_S = 0.2


def search(
    context: typer.Context,
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY", help='What to find; "quotes" mark phrases.')
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Passages wanted.")] = 8,
    collection: Annotated[
        list[str] | None, typer.Option(help="Only in this collection; repeat for more.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Only in sources like 'guides/*.pdf'.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Only with this tag.")] = None,
    page: Annotated[str, typer.Option(metavar="N[-M]", help="Only on these pages.")] = "",
    after: Annotated[str, typer.Option(metavar="DATE", help="Modified since, as 2026-01-31.")] = "",
    before: Annotated[str, typer.Option(metavar="DATE", help="Modified until.")] = "",
    rerank: Annotated[
        RerankMode, typer.Option(help="auto: where a reranker is there and fast enough.")
    ] = "auto",
    expand: Annotated[
        int, typer.Option(min=0, max=3, help="Neighbouring passages on each side.")
    ] = 0,
    json: options.JsonOption = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show where each score comes from.")
    ] = False,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    reranker: options.RerankerOption = None,
    threads: options.ThreadsOption = None,
) -> None:
    """Search the knowledge base."""
    where = make_filter(
        collections=collection, sources=source, pages=page, tags=tag, after=after, before=before
    )
    settings = options.make_settings(
        roots=(),
        model="none",
        data_dir=data_dir,
        store=store,
        embedder=embedder,
        reranker=reranker,
        threads=threads,
    )
    request = SearchRequest(" ".join(query), k, where, rerank, expand)
    result = asyncio.run(_search(context, settings, request))
    for rank, hit in enumerate(result.hits, start=1):
        if json:
            write_row(hit_row(rank, hit, explain=explain))
        else:
            write_text("\n".join(_hit_lines(rank, hit, explain)) + "\n")
    _write_notes(result, explain)


async def _search(
    context: typer.Context, settings: Settings, request: SearchRequest
) -> SearchResult:
    async with open_knowledge(context, settings) as knowledge:
        result = await knowledge.search(request)
        if await wait_for_guides(knowledge):
            result = await knowledge.search(request)
        return result


async def wait_for_guides(knowledge: KnowledgeService) -> bool:
    """Wait for the guides, where a search made them be indexed; leaving would stop that.

    Returns:
        Whether there was anything to wait for.
    """
    if (await knowledge.status()).state != "indexing":
        return False
    write_note("Indexing the guides that ship, this once ...")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(INDEXING_S):
            while (await knowledge.status()).state == "indexing":
                await asyncio.sleep(POLL_S)
    return True


def make_filter(*, pages: str, **given: list[str] | str | None) -> SearchFilter:
    """Build a filter of options; empty ones were not given.

    Raises:
        InputError: One cannot be used.
    """
    wanted = {name: value for name, value in given.items() if value}
    wanted_range = read_range(pages) if pages else None
    try:
        return read_filter(Filter.model_validate({**wanted, "pages": wanted_range}))
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError("; ".join(told) + ".", "`chalklens search --help` lists all.") from None


def hit_row(rank: int, hit: Hit, *, explain: bool) -> dict[str, Any]:
    """Return the JSON object of one hit; `text` is exactly the document's `start` to `end`."""
    row: dict[str, Any] = {
        "rank": rank,
        "id": hit.id,
        "document": hit.document,
        "collection": hit.collection,
        "source": hit.source,
        "title": hit.title,
        "headings": list(hit.headings),
        "page": hit.page,
        "start": hit.start,
        "end": hit.end,
        "modified": show_moment(hit.modified),
        "tags": list(hit.tags),
        "score": hit.score,
        "text": hit.text,
    }
    if hit.before or hit.after:
        row |= {"before": hit.before, "after": hit.after}
    return row | ({"scores": asdict(hit.parts)} if explain else {})


def _hit_lines(rank: int, hit: Hit, explain: bool) -> Iterator[str]:
    page = f", page {hit.page}" if hit.page else ""
    headings = " > ".join(dict.fromkeys((hit.title, *hit.headings)))
    yield f"{rank}. {clean_text(hit.source)}{page}  ({hit.score:.4g})"
    yield f"{INDENT}{clean_text(headings)}"
    passage = "\n".join(part for part in (hit.before, hit.text, hit.after) if part)
    yield from (f"{INDENT}| {line}" for line in clean_text(passage).split("\n"))
    if explain:
        parts = {name: part for name, part in asdict(hit.parts).items() if part is not None}
        yield INDENT + ", ".join(f"{name} {part:.4g}" for name, part in parts.items())
    yield f"{INDENT}{link_to(hit.document, hit.page, hit.start)}"


def _write_notes(result: SearchResult, explain: bool) -> None:
    if not (result.hits or result.notes):
        write_note("Nothing was found.")
    for note in result.notes:
        write_note(clean_text(note))
    if explain:
        parts = [part for part in (result.store, result.embedder, result.reranker) if part]
        times = [f"{stage} {took_ms:.1f} ms" for stage, took_ms in result.stages_ms.items()]
        write_note(", ".join([*parts, *times]))
