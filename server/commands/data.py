"""`chalklens data convert|check|stats|preview`: training data from many sources in one format.

How it is used: `chalklens data convert captions.csv --out data`, then `chalklens data preview
data/rows.jsonl --out rows.html`. Faults are named by line on stderr and counted in `report.json`;
with `--on-error stop` the first one ends the command with exit code 1. `--json` gives one object.

What it leaves out: the work (`chalklens/training/data`), and training (`train.py`).
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import typer

from chalklens.errors import InputError
from chalklens.training.data.format_names import (
    DEFAULT_PROMPT,
    TASKS,
    FormatOrAuto,
    OnError,
    TasksChoice,
)
from server.commands import options
from server.commands.output import write_command, write_note, write_row, write_text
from server.commands.steps import StepBar

if TYPE_CHECKING:
    from chalklens.media.access import AccessPolicy
    from chalklens.training.data.candidates import Source
    from chalklens.training.data.format_names import Format
    from chalklens.training.data.formats import SourceOptions
    from chalklens.training.data.pictures import Decode
    from chalklens.training.data.report import Report

app = typer.Typer(help="Training data: convert, check, count, look at.", no_args_is_help=True)

T = TypeVar("T")

DECODE_S = 60.0  # a busy machine must not make pictures broken
SHOWN_FAULTS = 20
SHOWN_LABELS = 10
RowsArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A file of training rows.")]


@app.command("convert")
def convert_data(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file, folder or URL, the id of a data set, or `edugraph` for the ontology.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", parser=options.parse_folder, help="Folder for rows.jsonl."),
    ],
    format_: Annotated[
        FormatOrAuto,
        typer.Option("--format", help="What the source is; auto looks at it."),
    ] = "auto",
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder that holds the pictures; none outside are used. Default: the source's.",
            show_default=False,
        ),
    ] = None,
    val_share: Annotated[
        float, typer.Option(min=0.0, max=0.99, help="Share for validation, chosen by content.")
    ] = 0.1,
    on_error: Annotated[
        OnError, typer.Option(help="What to do about a row that cannot be used.")
    ] = "skip",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Rows at most. Default: all.", show_default=False)
    ] = None,
    prompt: Annotated[str, typer.Option(help="The question before a caption.")] = DEFAULT_PROMPT,
    tasks: Annotated[TasksChoice, typer.Option(help="Rows that a worksheet gives.")] = "both",
    dataset_split: Annotated[str, typer.Option(help="Split of a data set by id.")] = "train",
    dataset_config: Annotated[str, typer.Option(help="Configuration (subset) of it.")] = "",
    image_column: Annotated[str, typer.Option(help="Its column of pictures.")] = "",
    text_column: Annotated[str, typer.Option(help="Its column of captions.")] = "",
    allow_url: options.AllowUrlOption = None,
    allow_url_host: options.AllowUrlHostOption = None,
    json: options.JsonOption = False,
) -> None:
    """Convert captions, data sets, worksheets, the ontology, conversations or documents to rows."""
    from chalklens.training.data.conversion import MAX_ROWS, Conversion, convert
    from chalklens.training.data.formats import SourceOptions, detect_format

    if not source.strip():
        raise InputError("The name of the source is empty.", "Name a file, a folder or a data set.")
    wanted = SourceOptions(
        images=images,
        prompt=prompt,
        tasks=TASKS if tasks == "both" else (tasks,),
        split=dataset_split,
        config=dataset_config,
        image_column=image_column,
        text_column=text_column,
    )
    found = detect_format(source) if format_ == "auto" else format_
    access = _read_access(allow_url, allow_url_host)
    target = Conversion(
        out=out, format=found, val_share=val_share, on_error=on_error, limit=limit or MAX_ROWS
    )

    async def work(decode: "Decode") -> "Report":
        async with _open(source, found, wanted, decode, access) as opened:
            with StepBar() as progress:
                return await convert(opened, target, decode, progress)

    report = asyncio.run(_with_decoder(work))
    if json:
        write_row(report.to_json())
    else:
        _show_report(report, out)


def _read_access(allow_url: bool | None, hosts: list[str] | None) -> "AccessPolicy":
    from chalklens.media.access import AccessPolicy

    settings = options.make_settings(model="none", allow_url=allow_url, allow_url_hosts=hosts)
    return AccessPolicy(
        allow_urls=settings.allow_url or bool(settings.allow_url_hosts),
        allowed_url_hosts=settings.allow_url_hosts,
        allow_private_hosts=settings.allow_private_hosts,
    )


@contextlib.asynccontextmanager
async def _open(
    name: str, format_: "Format", wanted: "SourceOptions", decode: "Decode", access: "AccessPolicy"
) -> AsyncGenerator["Source", None]:
    """Open a source; documents bring a process that loads them."""
    if format_ != "documents":
        from chalklens.training.data.formats import open_source

        yield open_source(name, format_, wanted)
        return
    from retrieval.loaders.isolated import IsolatedLoader
    from server.commands.data_documents import (
        DocumentReading,
        make_fetch,
        make_load,
        open_documents,
    )

    loader = IsolatedLoader()
    try:
        reading = DocumentReading(make_load(loader), decode, make_fetch(access))
        yield open_documents(name, reading)
    finally:
        await loader.close()


async def _with_decoder(work: "Callable[[Decode], Coroutine[Any, Any, T]]") -> T:
    """Run something that decodes pictures, and end the processes that do."""
    from chalklens.media.decoding import Decoder
    from chalklens.media.limits import Limits

    decoder = Decoder(Limits(decode_s=DECODE_S))
    try:
        return await work(decoder.decode)
    finally:
        await decoder.close()


def _show_report(report: "Report", out: Path) -> None:
    """People get counts and the first faults; report.json has the rest."""
    from chalklens.training.data.conversion import REPORT_FILE, ROWS_FILE

    faults = (fault for fault in report.faults if fault.reason != "near_duplicate")
    for fault in itertools.islice(faults, SHOWN_FAULTS):
        write_note(str(fault))
    counts = ", ".join(f"{report.splits[name]} {name}" for name in ("train", "val"))
    write_text(f"{report.rows} rows ({counts}) are in {out / ROWS_FILE}")
    if report.dropped:
        reasons = ", ".join(f"{count} {reason}" for reason, count in report.dropped.most_common())
        write_text(f"{report.dropped.total()} of {report.found} were left out: {reasons}")
        write_note(f"All counts and the first faults are in {out / REPORT_FILE}")
    if report.stopped_at_limit:
        write_note("The limit was reached: the source holds more.")
    write_command("Look at them", "data", "preview", out / ROWS_FILE, "--out", "preview.html")


@app.command("check")
def check_data(file: RowsArgument, json: options.JsonOption = False) -> None:
    """Look for faults in a file of rows; exit code 1 when there are any."""
    from dataclasses import asdict

    from chalklens.training.data.checking import check_rows

    check = check_rows(file)
    if json:
        write_row(asdict(check))
    else:
        for fault in check.faults[:SHOWN_FAULTS]:
            write_note(str(fault))
        write_text(f"{check.good} good rows, {check.faulty} faulty lines")
    if check.faulty or not check.good:
        raise typer.Exit(1)


@app.command("stats")
def count_data(file: RowsArgument, json: options.JsonOption = False) -> None:
    """Count rows, pictures, lengths and labels."""
    from chalklens.training.data.statistics import measure_rows

    figures = measure_rows(file).to_json()
    if json:
        write_row(figures)
        return
    labels = figures.pop("labels")
    for name, value in figures.items():
        write_text(f"{name.replace('_', ' '):18} {_show_figure(value)}")
    for label, count in list(labels.items())[:SHOWN_LABELS]:
        write_text(f"{count:6} {label}")


def _show_figure(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return ", ".join(f"{k} {v}" for k, v in cast("dict[str, Any]", value).items()) or "none"


@app.command("preview")
def preview_data(
    file: RowsArgument,
    out: Annotated[Path, typer.Option(metavar="HTML", help="Page to write.")],
    rows: Annotated[int, typer.Option(min=1, max=500, help="Rows to show.")] = 60,
) -> None:
    """Write one HTML page with some of the rows and their pictures."""
    from chalklens.evaluation.report_style import STYLE
    from chalklens.training.data.conversion import replacing
    from chalklens.training.data.preview import render_preview

    target = out.resolve()  # what a link names is written; the link itself stays
    if target.exists() and not target.is_file():
        what = "a folder" if target.is_dir() else "a device or pipe"
        raise InputError(f"{out} is {what}.", "Name the page, e.g. --out preview.html.")
    preview = asyncio.run(_with_decoder(lambda decode: render_preview(file, decode, rows, STYLE)))
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as page:
        page.write(preview.page.encode())
    write_text(f"{preview.shown} of {preview.rows} rows are shown in {out}")
