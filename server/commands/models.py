"""`chalklens models list|pull|show`: vision-language models on this machine.

How it is used: `chalklens models list`, `chalklens models pull qwen3-vl-4b`. Nothing is downloaded
unless `pull` is called; an interrupted download goes on where it stopped. What it leaves out: how
models are found and fetched (`chalklens/engines`).
"""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.commands.options import JsonOption
from server.commands.output import write_note, write_row, write_text

if TYPE_CHECKING:
    from chalklens.engines.catalogue import CatalogueEntry
    from chalklens.engines.downloads import Progress
    from chalklens.engines.models import ListedModel

app = typer.Typer(help="Vision-language models on this machine.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="qwen3-vl-4b, edugraph, a Hugging Face id, or modelscope:ORG/NAME."
    ),
]


@app.command("list")
def list_models(json: JsonOption = False) -> None:
    """List the models on this machine, and those that can be pulled by a short name."""
    from chalklens.engines import catalogue, models

    here = models.list_models()
    names = {listed.model.name.removeprefix(models.MODELSCOPE_PREFIX).lower() for listed in here}
    others = [entry for entry in catalogue.ENTRIES if entry.repository.lower() not in names]
    if json:
        for listed in here:
            write_row(model_row(listed))
        for entry in others:
            write_row(entry_row(entry))
        return
    _print_models(here, others)


@app.command("pull")
def pull_model(name: Name) -> None:
    """Download a model, or what is missing of it."""
    from chalklens.engines import downloads

    bar = _DownloadBar(name)
    try:
        model = downloads.pull_model(name, bar.report)
    finally:
        bar.close()
    write_text(f"{model.name} is ready in {model.folder}")
    write_note("Restart the server, or name it: chalklens serve --model " + model.name)


@app.command("show")
def show_model(name: Name, json: JsonOption = False) -> None:
    """Show what is known about one model on this machine."""
    from chalklens.engines import models

    row = model_row(models.show_model(name))
    if json:
        write_row(row)
        return
    for key, value in row.items():
        write_text(f"{key:12} {value}")


def model_row(listed: "ListedModel") -> dict[str, Any]:
    """Return the JSON object of a model that is here."""
    facts = listed.facts
    return {
        "name": listed.model.name,
        "present": True,
        "usable": facts is not None,
        "source": listed.model.source,
        "folder": str(listed.model.folder),
        "revision": listed.model.revision,
        "parameters": facts.parameters if facts else None,
        "problem": str(listed.problem) if listed.problem else "",
    }


def entry_row(entry: "CatalogueEntry") -> dict[str, Any]:
    """Return the JSON object of a model that could be pulled."""
    return {
        "name": entry.name,
        "present": False,
        "repository": entry.repository,
        "parameters": entry.parameters,
        "download_bytes": entry.download_bytes,
        "licence": entry.licence,
        "purpose": entry.purpose,
    }


def _print_models(here: "list[ListedModel]", others: "list[CatalogueEntry]") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    console = Console()
    if here:
        table = Table(Column("Model", overflow="fold"), "Size", "State", title="On this machine")
        for listed in here:
            size = f"{listed.facts.parameters / 1e9:.1f} B" if listed.facts else "-"
            state = "usable" if listed.facts else str(listed.problem)
            table.add_row(listed.model.name, size, state)
        console.print(table)
    else:
        console.print("No Qwen3-VL is on this machine.")
    whole = [Column(title, no_wrap=True) for title in ("Name", "Size", "For")]
    whole.insert(1, Column("Repository", overflow="fold"))  # gives way where the terminal is narrow
    table = Table(*whole, title="chalklens models pull NAME")
    for entry in others:
        size = f"{entry.download_bytes / 1e9:.0f} GB"
        table.add_row(entry.name, entry.repository, size, entry.purpose)
    console.print(table)


class _DownloadBar:
    """A bar of bytes on stderr; silent when stderr is no terminal."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar: Any = None
        self._task: Any = None

    @property
    def report(self) -> "Progress":
        """Where a download tells how far it is."""
        return self._report if sys.stderr.isatty() else _ignore

    def _report(self, done_bytes: int, total_bytes: int) -> None:
        if self._bar is None:
            from rich import progress
            from rich.console import Console

            self._bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.DownloadColumn(),
                progress.TransferSpeedColumn(),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=total_bytes)
        self._bar.update(self._task, completed=done_bytes, total=total_bytes)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()


def _ignore(done_bytes: int, total_bytes: int) -> None:
    """Nobody looks."""
