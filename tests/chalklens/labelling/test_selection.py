"""Which labeller answers."""

import pytest

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.endpoint import Endpoint
from chalklens.engines.fake import FakeEngine
from chalklens.engines.remote import RemoteEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.labelling.selection import LabellerChoice, SelectingLabeller, answers_with_labels
from chalklens.protocols import Engine
from chalklens.types import EngineStatus, Picture
from tests.chalklens.engines.scripted_endpoint import ScriptedEndpoint

SHEET = Picture("sheet.png", "0" * 64, "image/png", 1, 1, b"\xff\xff\xff", 1, 1)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("engine", "choice", "expected"),
    [
        (FakeEngine(model="christian-bick/Qwen3-VL-4B-EduGraph"), "auto", "engine"),
        (FakeEngine(model="Qwen/Qwen3-VL-4B-Instruct"), "auto", "embedded"),
        (AbsentEngine(), "auto", "embedded"),
        (FakeEngine(model="Qwen/Qwen3-VL-4B-Instruct"), "engine", "engine"),
        (FakeEngine(model="christian-bick/Qwen3-VL-4B-EduGraph"), "embedded", "embedded"),
    ],
)
async def test_the_answer_names_the_labeller(
    engine: Engine, choice: LabellerChoice, expected: str
) -> None:
    by_engine, embedded = FakeLabeller(labeller="engine"), FakeLabeller(labeller="embedded")
    chosen = SelectingLabeller(engine, by_engine, embedded, choice)
    [labelling] = await chosen.label([SHEET])
    assert labelling.labeller == expected


@pytest.mark.anyio
async def test_an_endpoint_is_asked_what_it_serves_before_the_first_labelling() -> None:
    by_engine, embedded = FakeLabeller(labeller="engine"), FakeLabeller(labeller="embedded")
    async with ScriptedEndpoint(models=[{"id": "my-edugraph"}]) as endpoint:
        engine = RemoteEngine(EngineConfig(), Endpoint(endpoint.url), encode_nothing)
        [labelling] = await SelectingLabeller(engine, by_engine, embedded).label([SHEET])
        await engine.close()
    assert labelling.labeller == "engine"


@pytest.mark.anyio
async def test_an_endpoint_that_is_not_there_leaves_labels_to_the_embedded_one() -> None:
    by_engine, embedded = FakeLabeller(labeller="engine"), FakeLabeller(labeller="embedded")
    async with ScriptedEndpoint() as gone:
        url = gone.url
    engine = RemoteEngine(EngineConfig(), Endpoint(url, "my-edugraph"), encode_nothing)
    [labelling] = await SelectingLabeller(engine, by_engine, embedded).label([SHEET])
    await engine.close()
    assert labelling.labeller == "embedded"


async def encode_nothing(picture: Picture, max_pixels: int) -> bytes:
    """Make no file."""
    return b""


def test_an_edugraph_adapter_makes_any_model_a_labeller() -> None:
    status = EngineStatus("local", "ready", "Qwen/Qwen3-VL-4B-Instruct", adapter="edugraph-lora")
    assert answers_with_labels(status)


def test_a_model_that_failed_to_load_gives_no_labels() -> None:
    status = EngineStatus("local", "failed", "christian-bick/Qwen3-VL-4B-EduGraph")
    assert not answers_with_labels(status)
