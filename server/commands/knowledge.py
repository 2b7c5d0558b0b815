"""`chalklens knowledge add|sync|list|remove|status`: what there is to search.

How it is used: `chalklens knowledge add ~/papers`, later `chalklens knowledge sync`; with `--watch`
it goes on and follows every change until Ctrl-C. Files that cannot be indexed are named with the
reason and the exit code is 1; the rest is indexed. `--json` gives one object per report or document.

What it leaves out: searching (`search.py`) and how documents are read and indexed (`retrieval/`).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from chalklens.errors import InputError
from retrieval.configuration import DEFAULT_COLLECTION
from retrieval.reports import DocumentEntry, KnowledgeStatus, Progress, SyncReport
from retrieval.service import KnowledgeService
from server.commands import options
from server.commands.knowledge_bases import (
    open_knowledge,
    references_for,
    settings_for_sources,
)
from server.commands.output import write_note, write_row, write_text
from server.commands.steps import StepBar
from server.settings import Settings
from tools.cleaning import clean_text
from tools.moments import show_moment

app = typer.Typer(help="Documents to search.", no_args_is_help=True)
LIST_STEP = 1000

CollectionOption = Annotated[
    str | None, typer.Option(help="Only this collection. Default: all.", show_default=False)
]
IntoOption = Annotated[str, typer.Option("--collection", help="Collection to put them in.")]
TagOption = Annotated[
    list[str] | None, typer.Option("--tag", help="Word to filter searches by; repeat for more.")
]


@app.command("add")
def add_sources(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Files, folders or URLs.")],
    collection: IntoOption = DEFAULT_COLLECTION,
    tag: TagOption = None,
    json: options.JsonOption = False,
    allow_url: options.AllowUrlOption = None,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    threads: options.ThreadsOption = None,
) -> None:
    """Index files, folders (which later syncs follow) or URLs."""
    found = references_for(sources)
    settings = settings_for_sources(
        sources,
        allow_url=allow_url,
        data_dir=data_dir,
        store=store,
        embedder=embedder,
        threads=threads,
    )

    async def work(knowledge: KnowledgeService, progress: Progress) -> SyncReport:
        return await knowledge.add(found, collection, tag or (), progress)

    _finish(asyncio.run(_change(context, settings, work)), json)


@app.command("sync")
def sync_sources(
    context: typer.Context,
    folders: Annotated[
        list[str] | None,
        typer.Argument(metavar="DIR", help="Folders to add first. Default: none."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and follow every change until Ctrl-C.")
    ] = False,
    collection: CollectionOption = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try files again that failed and did not change.")
    ] = False,
    json: options.JsonOption = False,
    allow_url: options.AllowUrlOption = None,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    threads: options.ThreadsOption = None,
) -> None:
    """Follow what changed in everything that was added."""
    found = references_for(folders or ())
    settings = settings_for_sources(
        folders or (),
        allow_url=allow_url,
        data_dir=data_dir,
        store=store,
        embedder=embedder,
        threads=threads,
    )

    async def work(knowledge: KnowledgeService, progress: Progress) -> SyncReport:
        if found and not watch:
            return await knowledge.add(found, collection or DEFAULT_COLLECTION, (), progress)
        return await knowledge.sync(collection, progress, retry=retry)

    if not watch:
        _finish(asyncio.run(_change(context, settings, work)), json)
        return
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(context, settings, found, collection, json))


@app.command("remove")
def remove_sources(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="SOURCE", help="As they were added, or by their names here."),
    ] = None,
    collection: CollectionOption = None,
    json: options.JsonOption = False,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
) -> None:
    """Forget sources, or a whole collection; the files stay where they are."""
    if not sources and not collection:
        raise InputError("Nothing says what to remove.", "Name sources, or a --collection.")
    settings = options.make_settings(
        roots=(Path.cwd(),), model="none", data_dir=data_dir, store=store
    )

    async def work(knowledge: KnowledgeService, _progress: Progress) -> SyncReport:
        return await knowledge.remove(sources or (), collection)

    _finish(asyncio.run(_change(context, settings, work)), json)


@app.command("list")
def list_documents(
    context: typer.Context,
    collection: CollectionOption = None,
    json: options.JsonOption = False,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
) -> None:
    """List the known documents."""
    settings = options.make_settings(roots=(), model="none", data_dir=data_dir, store=store)
    write = _write_document_row if json else _write_document
    count = asyncio.run(_list(context, settings, collection, write))
    if not count:
        write_note("There are no documents. `chalklens knowledge add DIR` adds some.")


@app.command("status")
def show_status(
    context: typer.Context,
    json: options.JsonOption = False,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    reranker: options.RerankerOption = None,
) -> None:
    """Show how the knowledge base is; exit code 1 when it cannot be used."""
    settings = options.make_settings(
        roots=(), model="none", data_dir=data_dir, store=store, embedder=embedder, reranker=reranker
    )
    status = asyncio.run(_status(context, settings))
    if json:
        write_row(status_row(status))
    else:
        _write_status(status, settings)
    if status.state == "failed":
        raise typer.Exit(1)


async def _change(
    context: typer.Context,
    settings: Settings,
    work: Callable[[KnowledgeService, Progress], Awaitable[SyncReport]],
) -> SyncReport:
    async with open_knowledge(context, settings) as knowledge:
        with StepBar() as bar:
            return await work(knowledge, partial(_step, bar))


async def _watch(
    context: typer.Context,
    settings: Settings,
    folders: Sequence[str],
    collection: str | None,
    as_json: bool,
) -> None:
    async with open_knowledge(context, settings) as knowledge:
        if folders:
            with StepBar() as bar:
                steps = partial(_step, bar)
                added = await knowledge.add(folders, collection or DEFAULT_COLLECTION, (), steps)
            _write_report(added, as_json)
        write_note("Following changes; Ctrl-C ends it.")
        async with contextlib.aclosing(knowledge.watch(collection)) as reports:
            async for report in reports:
                _write_report(report, as_json)


async def _list(
    context: typer.Context,
    settings: Settings,
    collection: str | None,
    write: Callable[[DocumentEntry], None],
) -> int:
    offset = 0
    async with open_knowledge(context, settings) as knowledge:
        while True:
            found = await knowledge.list_documents(collection, offset, LIST_STEP)
            for document in found.documents:
                write(document)
            offset += len(found.documents)
            if not found.documents or offset >= found.total:
                return offset


async def _status(context: typer.Context, settings: Settings) -> KnowledgeStatus:
    async with open_knowledge(context, settings) as knowledge:
        return await knowledge.status()


def _step(bar: StepBar, done: int, total: int, _name: str) -> None:
    """One bar for all documents; their names would be a line each where there is no terminal."""
    if total:
        bar(done, total, "Indexing documents")


def report_row(report: SyncReport) -> dict[str, Any]:
    """Return the JSON object of a report."""
    failed = [{"source": source, "reason": reason} for source, reason in report.failed]
    return asdict(report) | {"failed": failed}


def status_row(status: KnowledgeStatus) -> dict[str, Any]:
    """Return the JSON object of the knowledge base's state."""
    return asdict(status) | {"collections": dict(status.collections)}


def _finish(report: SyncReport, as_json: bool) -> None:
    _write_report(report, as_json)
    if report.failed:
        raise typer.Exit(1)


def _write_report(report: SyncReport, as_json: bool) -> None:
    if as_json:
        write_row(report_row(report))
        return
    counts = {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "removed": report.removed,
        "unchanged": report.unchanged,
        "failed": len(report.failed),
        "of kinds that are not indexed": report.unsupported,
    }
    told = [f"{count} {name}" for name, count in counts.items() if count] or ["nothing to do"]
    end = ", stopped before the end" if report.cancelled else ""
    write_text(f"{', '.join(told)} ({report.seconds:.1f} s{end})")
    for source, reason in report.failed:
        write_note(f"{clean_text(source)}: {clean_text(reason)}")


def _write_document_row(document: DocumentEntry) -> None:
    write_row(asdict(document) | {"modified": show_moment(document.modified)})


def _write_document(document: DocumentEntry) -> None:
    pages = f", {_count(document.pages, 'page')}" if document.pages else ""
    size = f"{_count(document.chunks, 'passage')}{pages}"
    state = f"failed: {clean_text(document.failure)}" if document.failure else size
    write_text(f"{clean_text(document.collection)}  {clean_text(document.source)}  ({state})")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _write_status(status: KnowledgeStatus, settings: Settings) -> None:
    lines = {
        "state": status.state,
        "folder": str(settings.data_folder / "knowledge"),
        "store": status.store,
        "documents": str(status.documents),
        "passages": str(status.chunks),
        "failed": str(status.failed) if status.failed else "",
        "collections": ", ".join(f"{name} {n}" for name, n in status.collections.items()),
        "embedder": status.embedder or "none",
        "reranker": status.reranker or "none",
        "followed": ", ".join(status.watched),
        "detail": status.detail,
    }
    for name, value in lines.items():
        if value:
            write_text(f"{name:12} {clean_text(value)}")
