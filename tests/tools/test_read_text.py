import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client
from mcp.types import ResourceLink, TextContent, TextResourceContents

from chalklens.errors import MediaReferenceError
from chalklens.media.artifacts import ArtifactStore
from chalklens.media.fake import HEIGHT_PX, WIDTH_PX, FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.types import Box

Connect = Callable[..., AbstractAsyncContextManager[Client]]
pytestmark = pytest.mark.anyio


async def test_text_comes_with_boxes_in_pixels_and_on_the_grid(connect: Connect) -> None:
    async with connect(reader=FakeReader({"sheet.png": ["3 + 4 =", "5 + 2 ="]})) as client:
        result = await client.call_tool("read_text", {"image": "sheet.png"})
    found = result.structured_content
    assert found is not None
    assert found["text"] == "3 + 4 =\n5 + 2 ="
    assert found["reader"] == "fake"
    assert found["picture"]["name"] == "sheet.png"
    assert found["lines"][1] == {
        "text": "5 + 2 =",
        "box_px": [0, 20, WIDTH_PX, 40],
        "box_1000": [0, 100, 1000, 40 * 1000 // HEIGHT_PX],
        "confidence": 1.0,
    }


async def test_the_text_block_says_the_same_as_the_structured_content(connect: Connect) -> None:
    async with connect(reader=FakeReader({"sheet.png": ["数 ½"]})) as client:
        result = await client.call_tool("read_text", {"image": "sheet.png"})
    [block] = result.content
    assert isinstance(block, TextContent)
    assert json.loads(block.text) == result.structured_content
    assert "数 ½" in block.text


async def test_text_alone_leaves_the_lines_out(connect: Connect) -> None:
    async with connect(reader=FakeReader({"sheet.png": ["3 + 4 ="]})) as client:
        result = await client.call_tool("read_text", {"image": "sheet.png", "granularity": "text"})
    assert result.structured_content is not None
    assert "lines" not in result.structured_content
    assert result.structured_content["text"] == "3 + 4 ="


async def test_page_region_and_caller_reach_the_media(connect: Connect) -> None:
    media = FakeMedia()
    arguments: dict[str, Any] = {"image": "book.pdf", "page": 3, "region": [1, 2, 30, 40]}
    async with connect(media=media) as client:
        result = await client.call_tool("read_text", arguments)
    [load] = media.loads
    assert (load.pages, load.region, load.principal) == ((3,), Box(1, 2, 30, 40), "local")
    assert result.structured_content is not None
    assert result.structured_content["picture"]["page"] == 3


async def test_boxes_of_a_region_are_those_of_the_whole_picture(connect: Connect) -> None:
    arguments: dict[str, Any] = {"image": "sheet.png", "region": [100, 50, 300, 150]}
    async with connect(reader=FakeReader({"sheet.png": ["3 + 4 ="]})) as client:
        result = await client.call_tool("read_text", arguments)
    assert result.structured_content is not None
    [line] = result.structured_content["lines"]
    size = [result.structured_content["picture"][side] for side in ("width_px", "height_px")]
    assert size == [WIDTH_PX, HEIGHT_PX]
    assert line["box_px"] == [100, 50, 300, 70]
    assert line["box_1000"] == [250, 250, 750, 350]


async def test_hidden_characters_in_a_picture_are_shown(connect: Connect) -> None:
    async with connect(reader=FakeReader({"sheet.png": ["go\u202e\U000e0041"]})) as client:
        result = await client.call_tool("read_text", {"image": "sheet.png"})
    assert result.structured_content is not None
    assert result.structured_content["text"] == "go\\u202e\\U000e0041"
    assert result.structured_content["lines"][0]["text"] == "go\\u202e\\U000e0041"


async def test_a_long_page_is_cut_and_the_whole_is_an_artifact(connect: Connect) -> None:
    lines = [f"{i} + {i} = {2 * i}" for i in range(2000)]
    reader, artifacts = FakeReader({"long.png": lines}), ArtifactStore()
    async with connect(reader=reader, artifacts=artifacts) as client:
        result = await client.call_tool("read_text", {"image": "long.png"})
        cut = result.structured_content
        assert cut is not None
        whole = await client.read_resource(cut["artifact"])
    assert cut["truncated"] is True
    assert 0 < len(cut["lines"]) < 2000
    assert isinstance(result.content[0], TextContent)
    assert len(result.content[0].text.encode()) <= 36_000
    link = result.content[1]
    assert isinstance(link, ResourceLink)
    assert link.uri == cut["artifact"]
    [content] = whole.contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    assert len(json.loads(content.text)["lines"]) == 2000


async def test_a_bad_reference_is_a_failed_result_with_the_way_out(connect: Connect) -> None:
    error = MediaReferenceError("This file is outside the allowed folders.", "Use --root DIR.")
    async with connect(media=FakeMedia({"x.png": error})) as client:
        result = await client.call_tool("read_text", {"image": "x.png"})
    assert result.is_error
    assert result.structured_content == {
        "status": "failed",
        "error": {
            "code": "unresolvable_reference",
            "message": "This file is outside the allowed folders.",
            "hint": "Use --root DIR.",
        },
    }
    [block] = result.content
    assert isinstance(block, TextContent)
    assert block.text == "This file is outside the allowed folders. Use --root DIR."
