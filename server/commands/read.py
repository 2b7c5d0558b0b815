"""`chalklens read IMAGE...`: the text in pictures and PDF pages.

How it is used: `chalklens read sheet.png` prints the lines in reading order; `--json` gives one
object per picture with boxes in original pixels. What it leaves out: recognition
(`chalklens/reading`).
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chalklens.errors import ChalklensError
from chalklens.media.limits import Limits
from chalklens.workbench import ReadPicture
from server.commands import options
from server.commands.benches import open_bench, settings_for, try_each
from server.commands.output import describe_error, track, write_error, write_row, write_text
from server.commands.page_numbers import read_pages
from server.settings import Settings
from tools.cleaning import clean_text

Read = list[ReadPicture] | ChalklensError


def read(
    context: typer.Context,
    images: Annotated[list[str], typer.Argument(metavar="IMAGE", help="Pictures or PDFs.")],
    json: options.JsonOption = False,
    page: Annotated[list[str] | None, options.page_option("the first")] = None,
    allow_url: options.AllowUrlOption = None,
    threads: options.ThreadsOption = None,
    sheet_workers: options.SheetWorkersOption = None,
) -> None:
    """Read the text in pictures."""
    settings = settings_for(
        images,
        model="none",
        allow_url=allow_url,
        threads=threads,
        sheet_workers=sheet_workers,
    )
    pages = read_pages(page, Limits().pages)
    failures = asyncio.run(_read_all(context, settings, images, pages, json))
    if failures:
        raise typer.Exit(1)


async def _read_all(
    context: typer.Context,
    settings: Settings,
    images: Sequence[str],
    pages: Sequence[int] | None,
    as_json: bool,
) -> int:
    async def work(reference: str) -> list[ReadPicture]:
        return [await bench.read(reference, page=page) for page in pages or (None,)]

    failures = 0
    async with (
        open_bench(context, settings) as bench,
        contextlib.aclosing(try_each(work, images, settings.sheet_workers)) as found,
        contextlib.aclosing(track(found, len(images), "Reading")) as tracked,
    ):
        async for image, result in tracked:
            failures += isinstance(result, ChalklensError)
            if as_json:
                _write_json(image, result)
            else:
                _write_plain(image, result, heading=len(images) > 1 or len(pages or ()) > 1)
    return failures


def read_row(image: str, found: ReadPicture) -> dict[str, Any]:
    """Return the JSON object of one picture or page; `box_px` is [x0, y0, x1, y1]."""
    lines = [
        {
            "text": line.text,
            "box_px": [line.box.x0, line.box.y0, line.box.x1, line.box.y1],
            "confidence": round(line.confidence, 4),
        }
        for line in found.reading.lines
    ]
    page, text = found.picture.page, found.reading.text
    return {"image": image, "page": page, "text": text, "lines": lines}


def _write_json(image: str, result: Read) -> None:
    if isinstance(result, ChalklensError):
        write_row({"image": image, "error": describe_error(result)})
        return
    for found in result:
        write_row(read_row(image, found))


def _write_plain(image: str, result: Read, *, heading: bool) -> None:
    if isinstance(result, ChalklensError):
        write_error(result, image)
        return
    for found in result:
        if heading:
            page = f", page {found.picture.page}" if found.picture.page else ""
            write_text(f"== {clean_text(image)}{page}")
        write_text(found.reading.text)
