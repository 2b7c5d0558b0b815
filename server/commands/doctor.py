"""`chalklens doctor`: what works on this machine, and what to do about the rest.

How it is used: `chalklens doctor`, or `--json` for one object per check. Exit code 1 when something
that should work is broken; something optional that is not there is no failure. What it leaves out:
the checks themselves (`checks.py`).
"""

import asyncio
import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands import options
from server.commands.benches import open_bench
from server.commands.output import write_row

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
) -> None:
    """Check this machine: packages, reader, labeller, model, caches, hosts."""
    found = asyncio.run(_check(context, model, as_json=json, packages=not quick))
    if not json:
        _print_table(found)
    if any(check.state == "broken" for check in found):
        raise typer.Exit(1)


async def _check(
    context: typer.Context,
    model: str | None,
    *,
    as_json: bool,
    packages: bool,
) -> "list[Check]":
    from server.commands.checks import check_record, run_checks
    from server.commands.demo import examples_folder
    from server.commands.hosts import Place

    settings = options.make_settings(roots=(examples_folder(),), model=model, labeller="embedded")
    found = [check_record(settings)]
    if as_json:
        write_row(asdict(found[0]))
    async with (
        open_bench(context, settings) as bench,
        contextlib.aclosing(run_checks(bench, Place(), packages=packages)) as checks,
    ):
        async for check in checks:
            found.append(check)
            if as_json:
                write_row(asdict(check))
    return found


def _print_table(found: "list[Check]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("Check", "State", "Found")
    for check in found:
        style = STYLES[check.state]
        hint = f"\n[dim]{escape(check.hint)}[/]" if check.hint else ""
        table.add_row(check.name, f"[{style}]{check.state}[/]", escape(check.detail) + hint)
    Console().print(table)
