import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client
from mcp.types import ResourceLink, TextContent

from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.reading.fake import FakeReader
from chalklens.types import Box, LabelSet, Span
from server.packing import MAX_RESULT_BYTES

Connect = Callable[..., AbstractAsyncContextManager[Client]]
pytestmark = pytest.mark.anyio

LABELS = LabelSet(("Addition",), ("NumbersSmaller20",), ("ProcedureExecution",))
SUM = Span("7 + 5 =", Box(40, 20, 120, 50))
EVIDENCE = {"Addition": (SUM,), "NumbersSmaller20": (), "Subtraction": (SUM,)}


async def label(connect: Connect, labeller: FakeLabeller, **arguments: Any) -> dict[str, Any]:
    """The first picture of a result, which the text part must say as well."""
    async with connect(labeller=labeller) as client:
        result = await client.call_tool("label_worksheet", {"image": "sheet.png", **arguments})
    [block] = result.content
    assert isinstance(block, TextContent)
    assert json.loads(block.text) == result.structured_content
    return json.loads(block.text)["pictures"][0]


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
    assert not {"evidence", "text", "hint"} & set(sheet)


async def test_evidence_has_the_words_behind_each_chosen_label_and_where_they_are(
    connect: Connect,
) -> None:
    labeller = FakeLabeller({"sheet.png": LABELS}, evidence=EVIDENCE)
    sheet = await label(connect, labeller, evidence=True)
    words = {"text": "7 + 5 =", "box_px": [40, 20, 120, 50], "box_1000": [100, 100, 300, 250]}
    assert sheet["evidence"] == {"Addition": [words]}
    assert "text" not in sheet


async def test_evidence_comes_only_when_asked_for(connect: Connect) -> None:
    labeller = FakeLabeller({"sheet.png": LABELS}, evidence=EVIDENCE)
    for arguments in ({}, {"explain": True}):
        assert "evidence" not in await label(connect, labeller, **arguments)


async def test_a_labeller_that_points_at_nothing_gives_evidence_that_is_empty(
    connect: Connect,
) -> None:
    sheet = await label(connect, FakeLabeller({"sheet.png": LABELS}), evidence=True)
    assert sheet["evidence"] == {}


async def test_evidence_is_bounded_and_shows_what_is_hidden_in_it(connect: Connect) -> None:
    spans = (Span("\u202eclock", SUM.box), Span("9" * 120, SUM.box), Span("8" * 121, SUM.box), SUM)
    labeller = FakeLabeller({"sheet.png": LABELS}, evidence={"Addition": spans})
    sheet = await label(connect, labeller, evidence=True)
    texts = [span["text"] for span in sheet["evidence"]["Addition"]]
    assert texts == ["\\u202eclock", "9" * 120, "8" * 119 + "…"]


async def test_much_evidence_is_cut_before_any_label_is(connect: Connect) -> None:
    spans = (Span("9" * 120, SUM.box),) * 3
    labeller = FakeLabeller({"book.pdf": LABELS}, evidence=dict.fromkeys(LABELS.ids, spans))
    arguments = {"image": "book.pdf", "pages": list(range(1, 51)), "evidence": True}
    async with connect(labeller=labeller) as client:
        result = await client.call_tool("label_worksheet", arguments)
    block, link = result.content
    assert isinstance(block, TextContent)
    assert isinstance(link, ResourceLink)
    assert len(block.text.encode()) <= MAX_RESULT_BYTES
    sheets = json.loads(block.text)["pictures"]
    assert [sheet["area"] for sheet in sheets] == [["Addition"]] * 50
    assert any(len(sheet["evidence"]) < 3 for sheet in sheets)


async def test_a_labeller_that_is_unsure_says_so_and_what_to_do(connect: Connect) -> None:
    sheet = await label(connect, FakeLabeller({"sheet.png": LABELS}, low_confidence=True))
    assert sheet["low_confidence"]
    for advice in ("by eye", "another page", "crop", "bigger picture"):
        assert advice in sheet["hint"]


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
    labeller = FakeLabeller({"sheet.png": LABELS}, labeller="engine")
    reader = FakeReader({"sheet.png": ["7 + 5 =", "8 + 2 ="]})
    async with connect(labeller=labeller, reader=reader) as client:
        result = await client.call_tool("label_worksheet", {"image": "sheet.png", "explain": True})
    assert result.structured_content is not None
    definitions = result.structured_content["definitions"]
    assert set(definitions) == set(LABELS.ids)
    assert all(definitions.values())
    assert result.structured_content["pictures"][0]["text"] == "7 + 5 =\n8 + 2 ="
