import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import ResourceTemplateReference, TextResourceContents

from chalklens.errors import UnavailableError
from retrieval.documents import document_id
from retrieval.fake import FakeKnowledge
from server.app import ChalklensServer
from server.settings import Settings
from tools.citations import PART_CHARS

MakeServer = Callable[..., ChalklensServer]
pytestmark = pytest.mark.anyio
DOCUMENTS = ResourceTemplateReference(
    type="ref/resource", uri="chalklens://knowledge/{document}{?start}"
)
BOOK, NOTES = document_id("default", "book.pdf"), document_id("default", "notes.md")


def _knowledge() -> FakeKnowledge:
    return FakeKnowledge({"book.pdf": ["Page one.", "Page two."], "notes.md": "# Notes\n\nText."})


async def _read(client: Client, uri: str) -> Any:
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    return json.loads(content.text)


def _unmark(text: str) -> str:
    return re.sub(r"\A<untrusted (\w{16})>\n(.*)\n</untrusted \1>\Z", r"\2", text, flags=re.DOTALL)


async def test_the_list_says_what_there_is_and_how_it_is(make_server: MakeServer) -> None:
    async with Client(make_server(knowledge=_knowledge())) as client:
        found = await _read(client, "chalklens://knowledge")
    assert [document["source"] for document in found["documents"]] == ["book.pdf", "notes.md"]
    assert found["total"] == 2
    assert found["knowledge"]["state"] == "ready"
    assert found["knowledge"]["collections"] == {"default": 2}


async def test_the_list_is_bounded(make_server: MakeServer) -> None:
    knowledge = FakeKnowledge({f"{i:03}.md": "Text." for i in range(250)})
    async with Client(make_server(knowledge=knowledge)) as client:
        found = await _read(client, "chalklens://knowledge")
    assert (len(found["documents"]), found["total"], found["next_offset"]) == (200, 250, 200)


async def test_a_document_comes_between_marks(make_server: MakeServer) -> None:
    async with Client(make_server(knowledge=_knowledge())) as client:
        found = await _read(client, f"chalklens://knowledge/{NOTES}")
    assert _unmark(found["text"]) == "# Notes\n\nText."
    assert found["text"].split("\n")[0] in found["notice"]
    assert "Notes" in found["title"]
    assert (found["source"], found["span"], found["characters"]) == ("notes.md", [0, 14], 14)
    assert "next" not in found


async def test_a_page_is_read_alone(make_server: MakeServer) -> None:
    async with Client(make_server(knowledge=_knowledge())) as client:
        found = await _read(client, f"chalklens://knowledge/{BOOK}/2")
    assert _unmark(found["text"]) == "Page two."
    assert (found["page"], found["pages"], found["span"]) == (2, 2, [11, 20])
    assert found["link"] == f"chalklens://knowledge/{BOOK}/2"
    assert "next" not in found


async def test_a_long_document_comes_in_parts_that_meet(make_server: MakeServer) -> None:
    text = "".join(f"line {i}\n" for i in range(9_000))
    uri, parts = f"chalklens://knowledge/{document_id('default', 'long.log')}", list[str]()
    async with Client(make_server(knowledge=FakeKnowledge({"long.log": text}))) as client:
        while uri:
            found = await _read(client, uri)
            parts.append(_unmark(found["text"]))
            uri = found.get("next")
    assert "".join(parts) == text
    assert max(map(len, parts)) == PART_CHARS
    assert len(parts) == -(-len(text) // PART_CHARS)


async def test_a_long_page_goes_on_in_the_document(make_server: MakeServer) -> None:
    knowledge = FakeKnowledge({"book.pdf": ["One.", "word " * 8_000]})
    async with Client(make_server(knowledge=knowledge)) as client:
        found = await _read(client, f"chalklens://knowledge/{BOOK}/2")
        rest = await _read(client, found["next"])
    assert rest["span"] == [6 + PART_CHARS, 6 + 40_000]


@pytest.mark.parametrize(
    "tail", ["0000000000000000", f"{BOOK}/9", f"{BOOK}/two", f"{BOOK}?start=x", f"{NOTES}/1"]
)
async def test_what_is_not_there_is_said(make_server: MakeServer, tail: str) -> None:
    async with Client(make_server(knowledge=_knowledge())) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(f"chalklens://knowledge/{tail}")
    assert refused.value.error.code == -32602


async def test_an_index_that_cannot_be_read_is_explained(make_server: MakeServer) -> None:
    error = UnavailableError("The index is damaged.", "Sync it again.")
    async with Client(make_server(knowledge=FakeKnowledge(error=error))) as client:
        with pytest.raises(MCPError, match=r"The index is damaged\. Sync it again\."):
            await client.read_resource("chalklens://knowledge")


async def test_a_document_is_completed_by_id_or_source(make_server: MakeServer) -> None:
    async with Client(make_server(knowledge=_knowledge())) as client:
        by_source = await client.complete(DOCUMENTS, {"name": "document", "value": "BOOK"})
        by_id = await client.complete(DOCUMENTS, {"name": "document", "value": NOTES[:5]})
    assert by_source.completion.values == [BOOK]
    assert by_id.completion.values == [NOTES]


async def test_where_searching_is_off_there_are_no_documents(make_server: MakeServer) -> None:
    mcp = make_server(Settings(roots=(), toolsets=("text",)), knowledge=_knowledge())
    async with Client(mcp) as client:
        listed = (await client.list_resources()).resources
    assert [resource.uri for resource in listed if "/sessions" not in resource.uri] == [
        "chalklens://status"
    ]
