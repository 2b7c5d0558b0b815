"""The weights that ship, and weights on disk in general."""

import json
import shutil
from pathlib import Path

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import ModelError
from chalklens.labelling.sheet_model import FILES, SheetModel
from chalklens.labelling.worker import WEIGHTS

MAX_BYTES = 30 * 10**6


@pytest.fixture(scope="module")
def shipped() -> SheetModel:
    return SheetModel.load(WEIGHTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solve the addition problem.\n8 + 5 =", {"Addition", "ProcedureExecution"}),
        ("Find the difference.\n14 - 6 =", {"Subtraction"}),
        ("What time does the clock show?\n3:30\n4:00", {"MeasuringTime"}),
        ("What fraction of the shape is shaded?\n1/4\n3/4", {"FractionNotation"}),
    ],
)
def test_simple_texts_get_the_labels_a_teacher_would_expect(
    shipped: SheetModel, text: str, expected: set[str]
) -> None:
    [found] = shipped.label([text])
    assert expected <= set(found.labels.ids)
    assert not found.unsupported
    assert all(0 < p <= 1 for p in found.confidence.values())
    assert set(found.confidence) == set(found.labels.ids)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- . --",
        "The old lighthouse keeper walked slowly down the winding stairs. Outside, the wind had "
        "begun to howl, and the waves broke against the rocks like distant thunder.",
        "def main(argv=None):\n    parser = argparse.ArgumentParser()\n    return serve(parser)",
        "Breaking news: Parliament approves the new budget after a long debate. The minister said "
        "that the opposition had been consulted.",
    ],
)
def test_pages_that_are_not_mathematics_are_unsupported(shipped: SheetModel, text: str) -> None:
    [found] = shipped.label([text])
    assert found.unsupported
    assert found.labels.ids == ()


def test_a_batch_gives_what_single_pages_give(shipped: SheetModel) -> None:
    texts = ["8 + 5 =", "", "Which shape is a rectangle?"]
    assert shipped.label(texts) == [shipped.label([text])[0] for text in texts]


def test_every_label_that_ships_is_a_concept_of_its_dimension(shipped: SheetModel) -> None:
    ontology = Ontology.load()
    assert shipped.ontology == ontology.version
    for id_ in shipped.heads.labels:
        assert ontology[id_].dimension.lower() == shipped.dimensions[id_]


def test_what_ships_is_small_and_holds_no_code() -> None:
    files = sorted(file.name for file in WEIGHTS.iterdir())
    assert files == sorted((*FILES, "MODEL_CARD.md"))
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= MAX_BYTES


def test_the_model_card_names_the_revision_that_ships(shipped: SheetModel) -> None:
    assert shipped.revision in (WEIGHTS / "MODEL_CARD.md").read_text("utf-8")


def test_saved_weights_are_loaded_as_they_were(shipped: SheetModel, tmp_path: Path) -> None:
    shipped.save(tmp_path)
    again = SheetModel.load(tmp_path, shipped.features.encoder)
    assert again.revision == shipped.revision
    assert again.label(["8 + 5 ="]) == shipped.label(["8 + 5 ="])


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_says_what_to_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        SheetModel.load(folder)
    assert "chalklens train labeller" in caught.value.hint


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(ModelError, match="cannot be used"):
        SheetModel.load(folder)


def test_a_config_that_lacks_something_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    del config["min_support"]
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelError, match="min_support"):
        SheetModel.load(folder)


def test_a_vocabulary_of_other_weights_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(WEIGHTS, folder)
    (folder / "vocabulary.json").write_text(json.dumps({"raw": ["a"], "shape": []}), "utf-8")
    with pytest.raises(ModelError, match="do not fit together"):
        SheetModel.load(folder)
