"""The real knowledge base behind the real server, on a machine that has never seen it."""

from pathlib import Path

import anyio
import pytest
from mcp import Client

from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.workbench import Workbench
from server.app import create_server
from server.settings import Settings


@pytest.mark.anyio
async def test_the_guides_and_a_folder_of_the_user_are_found(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "pie.md").write_text("# Pie\n\nThe rhubarb comes last.\n", "utf-8")
    settings = Settings(
        roots=(notes,), data_dir=tmp_path / "data", embedder="none", reranker="none", model="none"
    )
    labeller = FakeLabeller()
    bench = Workbench(FakeMedia(), FakeReader(), labeller, labeller, FakeEngine())
    with anyio.fail_after(100):
        async with Client(create_server(settings, workbench=bench)) as client:
            cursor = {"query": "How do I install it in Cursor?", "k": 1}
            guide = (await client.call_tool("search_knowledge", cursor)).structured_content
            added = (
                await client.call_tool("manage_knowledge", {"action": "add", "sources": "."})
            ).structured_content
            pie = (
                await client.call_tool("search_knowledge", {"query": "rhubarb"})
            ).structured_content
            assert guide
            assert added
            assert pie
            [hit] = pie["hits"]
            page = await client.read_resource(hit["link"])
    assert guide["hits"][0]["source"] == "chalklens/install.md"
    assert added["changes"]["added"] == 1
    assert hit["source"] == "pie.md"
    assert "The rhubarb comes last." in str(page.contents)
    assert not (notes / "data").exists()
