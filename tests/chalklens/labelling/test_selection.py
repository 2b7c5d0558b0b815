"""Which labeller answers."""

import pytest

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.fake import FakeEngine
from chalklens.labelling.fake import FakeLabeller
from chalklens.labelling.selection import LabellerChoice, SelectingLabeller, answers_with_labels
from chalklens.protocols import Engine
from chalklens.types import EngineStatus, Picture

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


def test_an_edugraph_adapter_makes_any_model_a_labeller() -> None:
    status = EngineStatus("local", "ready", "Qwen/Qwen3-VL-4B-Instruct", adapter="edugraph-lora")
    assert answers_with_labels(status)


def test_a_model_that_failed_to_load_gives_no_labels() -> None:
    status = EngineStatus("local", "failed", "christian-bick/Qwen3-VL-4B-EduGraph")
    assert not answers_with_labels(status)
