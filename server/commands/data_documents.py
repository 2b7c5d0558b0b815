"""A folder of documents, a file or a web page as a source of training rows.

How it is used: `open_documents(place, reading)` -> a `Source` for `training.data.conversion`. Files are
opened inside the folder only and loaded in a child process (`retrieval.loaders.isolated`), pages of a
PDF are drawn by the decode worker, addresses are fetched by `media.fetch` when that is allowed. What
cannot be loaded is a fault of that document.

What it leaves out: what the rows ask (`chalklens/training/data/documents.py`), following links, and
reading scans. `chalklens knowledge add` puts the same documents into the knowledge base.
"""

import asyncio
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from chalklens.errors import ChalklensError, InputError
from chalklens.media.access import AccessPolicy
from chalklens.media.containment import read_inside
from chalklens.media.decoding import DecodedPicture, DecodeJob
from chalklens.media.fetch import download
from chalklens.media.limits import Limits
from chalklens.media.sniffing import PDF
from chalklens.training.data.candidates import Fault, Found, Source
from chalklens.training.data.documents import (
    DocumentContent,
    Page,
    Passage,
    ShownFigure,
    ask_about_document,
)
from chalklens.training.data.pictures import Decode
from retrieval.chunking import cut_document
from retrieval.encodings import decode_text
from retrieval.figures import Figure, find_figures
from retrieval.folders import scan_folder
from retrieval.loaders.formats import PICTURE_SUFFIXES, SUPPORTED, detect_format
from retrieval.loaders.isolated import IsolatedLoader
from retrieval.loaders.loading import LoadedDocument
from retrieval.online import ACCEPT

Load = Callable[[bytes, str, str], Awaitable[LoadedDocument]]
Fetch = Callable[[str], Awaitable[tuple[bytes, str]]]

MAX_PAGES: Final = 200
PAGE_PIXELS: Final = 1 << 20
SUFFIXES: Final = frozenset(SUPPORTED) - PICTURE_SUFFIXES
_URL_STARTS: Final = ("http://", "https://")
_COLLECTION: Final = "training"


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """What documents are read with.

    Attributes:
        load: Content, name and declared type to a document, in another process.
        decode: Draws pages.
        fetch: URL to content and declared type.
    """

    load: Load
    decode: Decode
    fetch: Fetch


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document as bytes. `folder` is where its figures may lie, None for a web page."""

    name: str
    data: bytes
    content_type: str
    folder: Path | None


def make_load(loader: IsolatedLoader) -> Load:
    """Load by a child process."""

    async def load(data: bytes, name: str, content_type: str) -> LoadedDocument:
        return await loader.load(
            data, name, collection=_COLLECTION, source=name, content_type=content_type
        )

    return load


def make_fetch(access: AccessPolicy) -> Fetch:
    """Fetch by `media.fetch`, with its guard against addresses that are not public."""

    async def fetch(url: str) -> tuple[bytes, str]:
        answer = await download(url, access, Limits(), accept=ACCEPT)
        return answer.data or b"", answer.content_type

    return fetch


def open_documents(place: str, reading: DocumentReading) -> Source:
    """Open a folder, a file or an address.

    Raises:
        InputError: There is nothing at the path.
    """
    if place.lower().startswith(_URL_STARTS):
        return Source(place, _read_all([place], None, reading), Path.cwd(), 1)
    path = Path(place).expanduser().resolve()
    if path.is_file():
        return Source(path.name, _read_all([path.name], path.parent, reading), path.parent, 1)
    if not path.is_dir():
        raise InputError(f"There is no file or folder {place}.", "Check the path.")
    scan = scan_folder(path, SUFFIXES)
    left_out = [Fault(name, "document_unreadable", "cannot be listed") for name in scan.unlisted]
    if scan.unsupported:
        detail = f"{scan.unsupported} files are of kinds that are not read"
        left_out.append(Fault(path.name, "document_unreadable", detail))
    found = _read_all(sorted(scan.files), path, reading, left_out)
    return Source(path.name, found, path)


async def _read_all(
    names: list[str],
    folder: Path | None,
    reading: DocumentReading,
    left_out: list[Fault] | None = None,
) -> AsyncGenerator[Found, None]:
    for fault in left_out or ():
        yield fault
    for name in names:
        try:
            document = await _read(await _open(name, folder, reading), reading)
        except ChalklensError as error:
            yield Fault(name, "document_unreadable", str(error))
            continue
        for found in ask_about_document(document):
            yield found


async def _open(name: str, folder: Path | None, reading: DocumentReading) -> _Opened:
    if folder is None:
        data, content_type = await reading.fetch(name)
        return _Opened(name, data, content_type, None)
    data = await asyncio.to_thread(read_inside, name, (folder,), Limits())
    return _Opened(name, data, "", folder)


async def _read(opened: _Opened, reading: DocumentReading) -> DocumentContent:
    document = await reading.load(opened.data, opened.name, opened.content_type)
    chunks = await asyncio.to_thread(cut_document, document)
    return DocumentContent(
        source=opened.name,
        title=document.title,
        passages=tuple(Passage(" > ".join(chunk.headings), chunk.text) for chunk in chunks),
        pages=tuple([page async for page in _draw_pages(document, opened.data, reading)]),
        figures=tuple([await _show(figure, opened, reading) for figure in _list_figures(opened)]),
    )


async def _draw_pages(
    document: LoadedDocument, data: bytes, reading: DocumentReading
) -> AsyncGenerator[Page, None]:
    """Draw the pages of a PDF that have text."""
    if document.mime_type != PDF:
        return
    for number, text in list(_page_texts(document))[:MAX_PAGES]:
        job = DecodeJob(data, PDF, pages=(number,), max_pixels=PAGE_PIXELS)
        (drawn,) = await reading.decode(job)
        yield Page(number, _to_png(drawn), text)


def _page_texts(document: LoadedDocument) -> Iterator[tuple[int, str]]:
    texts: dict[int, str] = {}
    ends = [*(section.start for section in document.sections[1:]), len(document.text)]
    for section, end in zip(document.sections, ends, strict=True):
        if section.page is not None:
            text = document.text[section.start : end]
            texts[section.page] = texts.get(section.page, "") + text
    return iter(texts.items())


def _to_png(picture: DecodedPicture) -> bytes:
    from PIL import Image

    size = picture.pixels_width_px, picture.pixels_height_px
    file = io.BytesIO()
    Image.frombytes("RGB", size, picture.pixels).save(file, "PNG")
    return file.getvalue()


def _list_figures(opened: _Opened) -> list[Figure]:
    form = detect_format(opened.data, opened.name, opened.content_type)
    if form not in ("html", "markdown"):
        return []
    return find_figures(decode_text(opened.data).text, form)


async def _show(figure: Figure, opened: _Opened, reading: DocumentReading) -> ShownFigure:
    """Find the picture of a figure: an address, or a file in the folder of the documents."""
    try:
        target = figure.target if opened.folder else urljoin(opened.name, figure.target)
        if not target.lower().startswith(_URL_STARTS):
            beside = PurePosixPath(opened.name).parent / unquote(urlsplit(target).path)
            return ShownFigure(figure.caption, str(beside))
        data, _ = await reading.fetch(target)
    except ValueError:  # of urllib: brackets that are no address
        return _without_picture(figure, "the address of the picture is not valid")
    except ChalklensError as error:
        return _without_picture(figure, error.message)
    return ShownFigure(figure.caption, data)


def _without_picture(figure: Figure, reason: str) -> ShownFigure:
    return ShownFigure(figure.caption, Fault(figure.target, "picture_remote", reason))
