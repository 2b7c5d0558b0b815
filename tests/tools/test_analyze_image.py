from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.fake import FakeEngine
from chalklens.errors import BusyError, ModelError
from chalklens.labelling.fake import FakeLabeller
from chalklens.media.fake import FakeMedia
from chalklens.types import Box, LabelSet

Connect = Callable[..., AbstractAsyncContextManager[Client]]
pytestmark = pytest.mark.anyio

QUESTION: dict[str, Any] = {"images": ["a.png", "b.png"], "question": "Which is taller?"}


async def test_an_answer_names_the_model_and_its_times(connect: Connect) -> None:
    async with connect(engine=FakeEngine(["The left one."])) as client:
        result = await client.call_tool("analyze_image", QUESTION)
    found = result.structured_content
    assert found is not None
    assert found["answer"] == "The left one."
    assert (found["model"], found["revision"], found["adapter"]) == ("fake", "", "")
    assert found["finish_reason"] == "stop"
    assert found["timing"]["answer_tokens"] == 3
    assert [fact["name"] for fact in found["facts"]] == ["a.png", "b.png"]
    assert "missing" not in found


async def test_question_focus_region_and_detail_reach_the_engine(connect: Connect) -> None:
    engine, media = FakeEngine(), FakeMedia()
    more = {"focus": "the axis", "region": [0, 0, 9, 9], "detail": "low"}
    async with connect(engine=engine, media=media) as client:
        await client.call_tool("analyze_image", {**QUESTION, **more})
    [request] = engine.requests
    assert "Which is taller?" in request.prompt
    assert "the axis" in request.prompt
    assert len(request.pictures) == 2
    [load] = media.loads
    assert load.region == Box(0, 0, 9, 9)
    assert load.max_pixels == 512 * 512


async def test_chosen_pages_reach_the_media_and_count_as_pictures(connect: Connect) -> None:
    media = FakeMedia()
    async with connect(media=media) as client:
        three = {"images": "a.pdf", "question": "?", "pages": [2, 3, 5]}
        result = await client.call_tool("analyze_image", three)
        many = {"images": ["a.pdf", "b.pdf"], "question": "?", "pages": [1, 2, 3, 4, 5]}
        refused = await client.call_tool("analyze_image", many)
    assert media.loads[0].pages == (2, 3, 5)
    assert result.structured_content is not None
    assert [fact["page"] for fact in result.structured_content["facts"]] == [2, 3, 5]
    assert refused.is_error
    assert refused.structured_content is not None
    assert "10 pictures and pages" in refused.structured_content["error"]["message"]


@pytest.mark.parametrize("images", [{"images": "a.png"}, {"image": "a.png"}, {"image": ["a.png"]}])
async def test_one_picture_may_come_without_a_list(
    connect: Connect, images: dict[str, Any]
) -> None:
    media = FakeMedia()
    async with connect(media=media) as client:
        result = await client.call_tool("analyze_image", {**images, "question": "What?"})
    assert not result.is_error
    assert media.loads[0].references == ("a.png",)


async def test_nine_pictures_are_refused(connect: Connect) -> None:
    media = FakeMedia()
    async with connect(media=media) as client:
        result = await client.call_tool("analyze_image", {**QUESTION, "images": ["a.png"] * 9})
    assert result.is_error
    assert media.loads == []


async def test_without_a_model_it_says_how_to_get_one_and_what_is_certain(
    connect: Connect,
) -> None:
    labeller = FakeLabeller({"a.png": LabelSet(areas=("Addition",))})
    async with connect(engine=AbsentEngine(), labeller=labeller) as client:
        result = await client.call_tool("analyze_image", QUESTION)
    assert not result.is_error
    found = result.structured_content
    assert found is not None
    assert "answer" not in found
    assert "chalklens models pull" in found["missing"]
    sheet, other = found["facts"]
    assert (sheet["width_px"], sheet["text"]) == (400, "")
    assert sheet["labels"]["area"] == ["Addition"]
    assert "labels" not in other


async def test_with_a_model_that_cannot_be_used_it_says_why_and_what_is_certain(
    connect: Connect,
) -> None:
    engine = FakeEngine([ModelError("The model is not on this machine.", "Check the path.")])
    labeller = FakeLabeller({"a.png": LabelSet(areas=("Addition",))})
    async with connect(engine=engine, labeller=labeller) as client:
        result = await client.call_tool("analyze_image", QUESTION)
    assert not result.is_error
    found = result.structured_content
    assert found is not None
    assert "answer" not in found
    assert found["missing"] == "The model is not on this machine. Check the path."
    assert found["facts"][0]["labels"]["area"] == ["Addition"]


async def test_a_full_queue_is_told(connect: Connect) -> None:
    engine = FakeEngine([BusyError("Eight questions wait already.", "Ask again in a minute.")])
    async with connect(engine=engine) as client:
        result = await client.call_tool("analyze_image", QUESTION)
    assert result.is_error
    assert result.structured_content is not None
    assert result.structured_content["error"]["code"] == "busy"


async def test_hidden_characters_in_an_answer_are_shown(connect: Connect) -> None:
    async with connect(engine=FakeEngine(["Yes\u202e."])) as client:
        result = await client.call_tool("analyze_image", QUESTION)
    assert result.structured_content is not None
    assert result.structured_content["answer"] == "Yes\\u202e."
