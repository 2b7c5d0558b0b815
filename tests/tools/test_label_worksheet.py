from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from mcp import Client

from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.types import LabelSet

Connect = Callable[..., AbstractAsyncContextManager[Client]]
pytestmark = pytest.mark.anyio

LABELS = LabelSet(("Addition",), ("NumbersSmaller20",), ("ProcedureExecution",))


async def test_labels_name_who_gave_them_and_how_sure(connect: Connect) -> None:
    async with connect(labeller=FakeLabeller({"sheet.png": LABELS}, confidence=0.75)) as client:
        result = await client.call_tool("label_worksheet", {"image": "sheet.png"})
    assert result.structured_content is not None
    [sheet] = result.structured_content["pictures"]
    assert sheet["area"] == ["Addition"]
    assert sheet["scope"] == ["NumbersSmaller20"]
    assert sheet["ability"] == ["ProcedureExecution"]
    assert sheet["confidence"] == dict.fromkeys(LABELS.ids, 0.75)
    assert {name: sheet[name] for name in ("labeller", "model", "revision", "adapter")} == {
        "labeller": "embedded",
        "model": "fake",
        "revision": "",
        "adapter": "",
    }
    assert sheet["ontology"] == "0.21.0"
    assert not sheet["unsupported"]
    assert "evidence" not in sheet


async def test_each_page_asked_for_gets_its_labels(connect: Connect) -> None:
    media = FakeMedia()
    async with connect(media=media, labeller=FakeLabeller({"book.pdf": LABELS})) as client:
        result = await client.call_tool("label_worksheet", {"image": "book.pdf", "pages": [2, 4]})
    assert result.structured_content is not None
    assert [sheet["page"] for sheet in result.structured_content["pictures"]] == [2, 4]
    assert media.loads[0].pages == (2, 4)


async def test_one_page_may_come_without_a_list(connect: Connect) -> None:
    media = FakeMedia()
    async with connect(media=media) as client:
        await client.call_tool("label_worksheet", {"image": "book.pdf", "pages": 2})
    assert media.loads[0].pages == (2,)


async def test_unsupported_material_is_an_answer_and_no_failure(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("label_worksheet", {"image": "cat.png"})
    assert not result.is_error
    assert result.structured_content is not None
    [sheet] = result.structured_content["pictures"]
    assert sheet["unsupported"]
    assert sheet["area"] == []


async def test_an_explanation_has_the_text_read_and_definitions(connect: Connect) -> None:
    async with connect(labeller=FakeLabeller({"sheet.png": LABELS})) as client:
        result = await client.call_tool("label_worksheet", {"image": "sheet.png", "explain": True})
    assert result.structured_content is not None
    definitions = result.structured_content["definitions"]
    assert set(definitions) == set(LABELS.ids)
    assert all(definitions.values())
    assert result.structured_content["pictures"][0]["evidence"] == []
