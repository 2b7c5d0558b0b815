"""Documents as training rows: text, pages and figures; addresses only when that is allowed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chalklens.errors import InputError, UnavailableError
from chalklens.media.access import AccessPolicy
from chalklens.media.decoding import DecodedPicture, DecodeJob
from chalklens.media.sniffing import PDF
from chalklens.training.data.candidates import Found
from retrieval.loaders.loading import LoadedDocument, load_document
from server.commands.data_documents import DocumentReading, make_fetch, open_documents
from tests.chalklens.training.data.conversions import (
    candidates,
    draw_png,
    faults,
    read_out,
    run,
    told,
    write_pictures,
)
from tests.retrieval.loaders.test_pdf_documents import document, page

GUIDE = """# Trees

An oak keeps its leaves long into the winter.

![an old oak](pictures/oak.png)
![oak](pictures/oak.png)
![a tree elsewhere](https://example.org/tree.png)
![a lost picture](pictures/lost.png)
"""
WEB = "https://example.org/docs/trees.html"
WEB_PAGE = b"""<html><title>Trees online</title><p>A beech has smooth bark, grey as stone.</p>
<figure><img src="../beech.png"><figcaption>A beech in spring</figcaption></figure></html>"""


async def load(data: bytes, name: str, content_type: str) -> LoadedDocument:
    return load_document(data, name, collection="c", source=name, content_type=content_type)


async def draw(job: DecodeJob) -> list[DecodedPicture]:
    assert job.mime_type == PDF
    grey = bytes([60 * job.pages[0]]) * 4 * 3
    return [DecodedPicture(2, 2, 2, 2, job.pages[0], 2, pixels=grey)]


async def fetch(url: str) -> tuple[bytes, str]:
    if url == WEB:
        return WEB_PAGE, "text/html"
    if url == "https://example.org/beech.png":
        return draw_png(3), "image/png"
    raise UnavailableError("Fetching addresses is switched off.")


READING = DocumentReading(load, draw, fetch)


def read(place: str) -> list[Found]:
    async def collect() -> list[Found]:
        source: Any = open_documents(place, READING)
        return [found async for found in source.found]

    return asyncio.run(collect())


def write_guide(folder: Path) -> Path:
    write_pictures(folder, "pictures/oak.png")
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    return folder


def test_a_folder_gives_passages_and_figures_and_counts_the_rest(tmp_path: Path):
    folder = write_guide(tmp_path / "docs")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7")
    (folder / "tool.exe").write_bytes(b"MZ")
    report = run(open_documents(str(folder), READING), tmp_path / "out")
    passage, figure = read_out(tmp_path)
    assert "“Trees” say?" in passage.messages[0].text
    assert "An oak keeps its leaves" in passage.messages[1].text
    assert figure.images == (str(folder / "pictures" / "oak.png"),)
    assert figure.messages[1].text == "an old oak"
    assert figure.split == passage.split
    assert [(fault.place, fault.reason) for fault in report.faults] == [
        ("docs", "document_unreadable"),
        ("broken.pdf", "document_unreadable"),
        ("guide.md, figure 2", "no_text"),
        ("guide.md, figure 3", "picture_remote"),
        ("guide.md, figure 4", "picture_missing"),
    ]


def test_a_pdf_gives_its_pages_as_pictures(tmp_path: Path):
    file = tmp_path / "trees.pdf"
    file.write_bytes(document([page("An oak keeps its leaves."), page("Short.")]))
    found = read(str(file))
    shown = [row for row in candidates(found) if row.pictures]
    assert [told(row) for row in shown] == [
        [("user", "[image]Read the text on this page."), ("assistant", "An oak keeps its leaves.")]
    ]
    [picture] = shown[0].pictures
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")
    assert faults(found) == [("trees.pdf, page 2", "no_text")]


def test_a_web_page_brings_the_figures_it_names():
    passage, figure = candidates(read(WEB))
    assert told(passage)[0] == ("user", "What does “Trees online” say?")
    assert told(figure)[1] == ("assistant", "A beech in spring")
    assert figure.pictures == (draw_png(3),)
    assert passage.group == figure.group == f"document {WEB}"


def test_an_address_that_cannot_be_fetched_is_a_fault():
    assert faults(read("https://example.org/other")) == [
        ("https://example.org/other", "document_unreadable")
    ]


async def fetch_with(access: AccessPolicy) -> None:
    await make_fetch(access)(WEB)


def test_addresses_are_fetched_only_when_that_is_allowed():
    with pytest.raises(UnavailableError, match="switched off"):
        asyncio.run(fetch_with(AccessPolicy()))


def test_passages_with_one_heading_are_numbered(tmp_path: Path):
    text = "# Trees\n\n" + "\n\n".join(f"Sentence {n} says something." * 20 for n in range(12))
    (tmp_path / "long.md").write_text(text, "utf-8")
    questions = [told(row)[0][1] for row in candidates(read(str(tmp_path / "long.md")))]
    assert len(questions) > 2
    assert len(set(questions)) == len(questions)
    assert questions[1].endswith("(part 2)")


def test_a_place_with_nothing_is_an_error(tmp_path: Path):
    with pytest.raises(InputError, match="There is no file or folder"):
        open_documents(str(tmp_path / "none"), READING)


def test_the_command_loads_documents_in_a_process_of_its_own(shell: Any):
    folder = write_guide(shell.folder / "docs")
    out = shell.folder / "data"
    result = shell.run("data", "convert", str(folder), "--out", str(out), "--json")
    assert result.exit_code == 0, result.output
    [report] = shell.rows(result)
    assert (report["format"], report["rows"]) == ("documents", 2)
