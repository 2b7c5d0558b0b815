"""`chalklens doctor`: what works on this machine, and what to do about the rest.

How it is used: `chalklens doctor`, or `--json` for one object per check. Exit code 1 when something
that should work is broken; something optional that is not there is no failure. What it leaves out:
the checks themselves (`checks.py`, `knowledge_checks.py`).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands import options
from server.commands.benches import open_bench
from server.commands.knowledge_bases import open_knowledge
from server.commands.output import write_row
from server.settings import Settings

if TYPE_CHECKING:
    from server.commands.checks import Check

STYLES = {"ok": "green", "absent": "yellow", "broken": "bold red"}


def doctor(
    context: typer.Context,
    json: options.JsonOption = False,
    model: options.ModelOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Do not import every package; that takes a while.")
    ] = False,
    data_dir: options.DataDirOption = None,
    store: options.StoreOption = None,
    embedder: options.EmbedderOption = None,
    reranker: options.RerankerOption = None,
) -> None:
    """Check this machine: packages, reader, labeller, model, caches, hosts, knowledge base."""
    from server.commands.demo import examples_folder

    settings = options.make_settings(
        roots=(examples_folder(),),
        labeller="embedded",
        model=model,
        data_dir=data_dir,
        store=store,
        embedder=embedder,
        reranker=reranker,
    )
    found = asyncio.run(_check(context, settings, as_json=json, packages=not quick))
    if not json:
        _print_table(found)
    if any(check.state == "broken" for check in found):
        raise typer.Exit(1)


async def _check(
    context: typer.Context, settings: Settings, *, as_json: bool, packages: bool
) -> "list[Check]":
    found: list[Check] = []
    async with contextlib.aclosing(_run(context, settings, packages)) as checks:
        async for check in checks:
            found.append(check)
            if as_json:
                write_row(asdict(check))
    return found


async def _run(
    context: typer.Context, settings: Settings, packages: bool
) -> "AsyncGenerator[Check, None]":
    from server.commands.checks import check_record, run_checks
    from server.commands.hosts import Place
    from server.commands.knowledge_checks import check_knowledge

    yield check_record(settings)
    async with (
        open_bench(context, settings) as bench,
        contextlib.aclosing(run_checks(bench, Place(), packages=packages)) as checks,
    ):
        async for check in checks:
            yield check
    async with (
        open_knowledge(context, settings) as knowledge,
        contextlib.aclosing(check_knowledge(knowledge, settings)) as checks,
    ):
        async for check in checks:
            yield check


def _print_table(found: "list[Check]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    table = Table("Check", "State", Column("Found", overflow="fold"))
    for check in found:
        style = STYLES[check.state]
        hint = f"\n[dim]{escape(check.hint)}[/]" if check.hint else ""
        table.add_row(check.name, f"[{style}]{check.state}[/]", escape(check.detail) + hint)
    Console().print(table)
