"""The labeller that asks a vision-language model."""

import json

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.published_model import PUBLISHED_MODEL
from chalklens.engines.fake import FakeEngine
from chalklens.errors import ModelError
from chalklens.labelling.by_engine import PROMPT, EngineLabeller
from chalklens.reading.fake import FakeReader
from chalklens.types import LabelSet, Picture

SHEET = Picture("sheet.png", "0" * 64, "image/png", 1, 1, b"\xff\xff\xff", 1, 1)
OURS = "models/qwen3-vl-edugraph-tuned"


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.load()


def answer(**lists: list[str]) -> str:
    return json.dumps({"Area": [], "Scope": [], "Ability": [], **lists})


@pytest.mark.anyio
async def test_a_tuned_model_is_held_to_the_ontology_by_grammar(ontology: Ontology) -> None:
    engine = FakeEngine(
        [answer(Area=["Addition"], Scope=["Base10"])], model=OURS, check_schema=True
    )
    [found] = await EngineLabeller(engine, ontology).label([SHEET])
    assert found.labels == LabelSet(("Addition",), ("Base10",), ())
    assert (found.labeller, found.model, found.ontology) == ("engine", OURS, "0.21.0")
    assert found.confidence == {}
    [request] = engine.requests
    assert request.task == "label"
    assert request.pictures == (SHEET,)
    assert request.json_schema is not None


@pytest.mark.anyio
async def test_the_published_model_is_asked_as_it_was_trained(ontology: Ontology) -> None:
    text = "```json\n" + answer(Area=["IntegerAddition", "Arithmetic"]) + "\n```"
    engine = FakeEngine([text], model=PUBLISHED_MODEL.name)
    [found] = await EngineLabeller(engine, ontology).label([SHEET])
    [request] = engine.requests
    assert (request.system, request.json_schema) == (None, None)
    assert request.prompt == PUBLISHED_MODEL.prompt
    assert found.labels.areas == ("Addition",)  # old id mapped, parent dropped


@pytest.mark.anyio
async def test_another_model_keeps_parents(ontology: Ontology) -> None:
    engine = FakeEngine([answer(Area=["Addition", "Arithmetic"])], model=OURS)
    [found] = await EngineLabeller(engine, ontology).label([SHEET])
    assert found.labels.areas == ("Addition", "Arithmetic")


@pytest.mark.anyio
async def test_unsupported_material_is_an_answer(ontology: Ontology) -> None:
    engine = FakeEngine(['{"Error": "UnsupportedMaterial"}'], model=OURS)
    [found] = await EngineLabeller(engine, ontology).label([SHEET])
    assert found.unsupported
    assert found.labels == LabelSet()


@pytest.mark.anyio
async def test_unknown_terms_are_reported_and_make_the_answer_doubtful(ontology: Ontology) -> None:
    engine = FakeEngine([answer(Area=["Addition", "Sorcery"])], model=OURS)
    [found] = await EngineLabeller(engine, ontology).label([SHEET])
    assert found.rejected == ("Sorcery",)
    assert found.labels.areas == ("Addition",)
    assert found.low_confidence


@pytest.mark.anyio
async def test_an_answer_without_labels_is_the_models_fault(ontology: Ontology) -> None:
    engine = FakeEngine(["What a lovely picture."], model=OURS)
    with pytest.raises(ModelError, match="no usable labels") as caught:
        await EngineLabeller(engine, ontology).label([SHEET])
    assert "embedded" in caught.value.hint


@pytest.mark.anyio
async def test_every_picture_gets_its_own_question(ontology: Ontology) -> None:
    engine = FakeEngine([answer(Area=["Addition"]), answer(Area=["Division"])], model=OURS)
    found = await EngineLabeller(engine, ontology).label([SHEET, SHEET])
    assert [one.labels.areas for one in found] == [("Addition",), ("Division",)]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("models/edugraph-small-vl", f"Text: 3 + 4 = 7 apples\n{PROMPT}"),
        (OURS, PROMPT),
        (PUBLISHED_MODEL.name, PUBLISHED_MODEL.prompt),
    ],
)
async def test_only_the_small_model_is_told_what_was_read(
    ontology: Ontology, model: str, asked: str
) -> None:
    engine = FakeEngine([answer(Area=["Addition"])], model=model)
    reader = FakeReader({SHEET.name: ["3 + 4 =", "7  apples"]})
    [found] = await EngineLabeller(engine, ontology, reader).label([SHEET])
    assert engine.requests[0].prompt == asked
    assert (found.reading is not None) == (model == "models/edugraph-small-vl")


@pytest.mark.anyio
async def test_without_a_reader_the_small_model_sees_the_picture_alone(ontology: Ontology) -> None:
    engine = FakeEngine([answer(Area=["Addition"])], model="edugraph-small-vl")
    [found] = await EngineLabeller(engine, ontology).label([SHEET])
    assert engine.requests[0].prompt == PROMPT
    assert found.reading is None
