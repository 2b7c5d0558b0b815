from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.agents.crew import assist
from chalklens.agents.manager import decision_schema, read_zooms
from chalklens.agents.records import Inquiry
from chalklens.engines.fake import FakeEngine
from chalklens.media.fake import HEIGHT_PX, WIDTH_PX
from chalklens.types import Box, Picture
from tests.chalklens.agents.desks import PLAN, make_desk, script
from tests.chalklens.agents.scripted_model import agent_of

pytestmark = pytest.mark.anyio
PICTURE = Picture("a", "", "image/png", WIDTH_PX, HEIGHT_PX, bytes(24), 4, 2)
QUESTION = "What is in the picture, and where is it?"


async def zooms_of(*boxes: Any, pictures: int = 1) -> list[tuple[int, Box]]:
    zooms = [{"picture": number, "box": box} for number, box in boxes]
    engine = FakeEngine(respond=script(manager={"zooms": zooms, "labels": False}))
    images = tuple(f"{n}.png" for n in range(pictures))
    found = await assist(make_desk(engine), Inquiry(QUESTION, images, "off"))
    assert len(found.material.parts) == len(found.material.zooms)
    return [(zoom.picture, zoom.box) for zoom in found.material.zooms]


async def test_boxes_become_padded_original_pixels_with_corners_in_order() -> None:
    assert await zooms_of((1, [500, 800, 250, 400])) == [(1, Box(95, 76, 205, 164))]


async def test_a_tiny_box_is_made_large_enough_to_be_seen() -> None:
    [(_, box)] = await zooms_of((1, [999, 999, 1000, 1000]))
    assert box == Box(WIDTH_PX - 32, HEIGHT_PX - 32, WIDTH_PX, HEIGHT_PX)


async def test_the_whole_picture_and_the_same_part_again_are_no_zooms() -> None:
    part = (2, [0, 0, 100, 1000])
    assert len(await zooms_of((1, [0, 0, 1000, 1000]), part, part, pictures=2)) == 1


async def test_zooms_have_room_only_beside_the_pictures() -> None:
    boxes = [(1, [0, 0, side, side]) for side in (200, 400, 600)]
    assert len(await zooms_of(*boxes, pictures=7)) == 1
    assert await zooms_of(*boxes, pictures=8) == []


@given(box=st.lists(st.integers(-9, 1200), min_size=4, max_size=4))
def test_any_box_is_cut_inside_the_picture_or_left_out(box: list[int]) -> None:
    for zoom in read_zooms({"zooms": [{"picture": 1, "box": box}]}, [PICTURE]):
        cut = zoom.box
        assert 0 <= cut.x0 < cut.x1 <= WIDTH_PX
        assert 0 <= cut.y0 < cut.y1 <= HEIGHT_PX
        assert min(cut.x1 - cut.x0, cut.y1 - cut.y0) >= 32


def test_only_what_can_be_decided_is_in_the_schema() -> None:
    assert set(decision_schema(0, knowledge=True)["properties"]) == {
        "use_knowledge",
        "queries",
        "k",
    }
    assert set(decision_schema(2, knowledge=False)["properties"]) == {"zooms", "labels"}
    assert set(decision_schema(8, knowledge=False)["properties"]) == {"labels"}


@pytest.mark.parametrize(("wish", "searches"), [("on", 1), ("off", 0), ("auto", 0)])
async def test_the_callers_wish_overrules_plan_and_decision(wish: Any, searches: int) -> None:
    engine = FakeEngine(
        respond=script(
            planner={**PLAN, "needs_knowledge": False},
            manager={"use_knowledge": False, "queries": [], "k": 4},
        )
    )
    found = await assist(make_desk(engine), Inquiry(QUESTION, use_knowledge=wish))
    assert found.plan.needs_knowledge is (wish == "on")
    assert len(found.decision.queries) == searches
    assert found.decision.use_knowledge is (wish == "on")


async def test_the_manager_sees_plan_and_pictures() -> None:
    engine = FakeEngine(respond=script(manager={"zooms": [], "labels": True}))
    await assist(make_desk(engine), Inquiry(QUESTION, ("a.png", "b.png"), "off"))
    [request] = [request for request in engine.requests if agent_of(request) == "manager"]
    assert [picture.name for picture in request.pictures] == ["a.png", "b.png"]
    assert "2. Step 2: To know" in request.prompt
