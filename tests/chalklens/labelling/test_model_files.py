# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
"""A labeller on disk."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from chalklens.errors import ModelError
from chalklens.labelling.features import BlockWeights
from chalklens.labelling.model_files import FILES, FORMAT, hash_files, load_model, save_model
from chalklens.labelling.sheet_model import SheetModel
from tests.chalklens.labelling.sheets import LetterEncoder
from tests.chalklens.labelling.small_model import FIGURES, make_model, make_pages, make_tower

HALF = 2e-3
"""What float16 weights and 8-bit codes may change a probability by."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(make_model(), tmp_path / "weights")
    return tmp_path / "weights"


def load(folder: Path) -> SheetModel:
    return load_model(folder, LetterEncoder())


def change_config(folder: Path, **changes: Any) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), "utf-8")


def change_array(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    file = folder / "model.safetensors"
    arrays = load_file(file)
    save_file(arrays | {name: np.ascontiguousarray(change(arrays[name]))}, file)


def test_a_saved_model_gives_the_same_labels_and_nearly_the_same_probabilities(
    folder: Path,
) -> None:
    model, pages = make_model(), make_pages()
    again = load(folder)
    observed = model.observer.observe(pages)
    for one, other in zip(model.judge(observed), again.judge(observed), strict=True):
        assert one == pytest.approx(other, abs=HALF * 5)
    found, expected = again.label(pages), model.label(pages)
    assert [one.labels for one in found] == [one.labels for one in expected]
    assert [one.evidence for one in found] == [one.evidence for one in expected]
    assert again.rule == model.rule
    assert (again.name, again.ontology, again.facts) == ("small", "0.21.0", {"seed": 0})
    assert again.dimensions == model.dimensions


def test_a_model_that_was_loaded_is_saved_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    model = load(folder)
    save_model(model, tmp_path / "again")
    assert hash_files(tmp_path / "again") == model.revision
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_figure_tower_is_saved_with_the_rest(tmp_path: Path) -> None:
    model = make_model(tower=make_tower())
    save_model(model, tmp_path)
    again = load(tmp_path)
    assert again.observer.tower is not None
    assert again.observer.tower.kinds == FIGURES
    picture = make_pages()[0].picture
    assert again.observer.find_figures([picture]) == pytest.approx(
        model.observer.find_figures([picture])
    )


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_says_what_to_do(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match="cannot be used") as caught:
        load(folder)
    assert "chalklens train labeller" in caught.value.hint


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="cannot be used"):
        load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_something_else_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("[1, 2, 3]", "utf-8")
    with pytest.raises(ModelError, match="cannot be used"):
        load(folder)


def test_weights_of_another_format_are_refused(folder: Path) -> None:
    change_config(folder, format=FORMAT - 1)
    with pytest.raises(ModelError, match="format 2 instead of 3"):
        load(folder)


def test_a_config_that_lacks_something_is_refused(folder: Path) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text("utf-8"))
    del config["threshold"]
    file.write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelError, match="threshold"):
        load(folder)


def test_a_vocabulary_of_other_weights_is_refused(folder: Path) -> None:
    (folder / "vocabulary.json").write_text(json.dumps({"raw": ["a"], "shape": []}), "utf-8")
    with pytest.raises(ModelError, match="do not fit the rest"):
        load(folder)


def test_weights_for_what_labels_say_that_nobody_measures_are_refused(folder: Path) -> None:
    change_config(folder, general=[1.5, -0.1, [0.5]])
    with pytest.raises(ModelError, match="matching do not fit"):
        load(folder)


@pytest.mark.parametrize(
    "name",
    [
        "general_weights", "general_bias", "familiar_weights", "familiar_bias", "raw_idf",
        "shape_idf", "fact_means", "thumbnail_axes", "definitions",
    ],
)  # fmt: skip
def test_an_array_of_another_size_is_refused(folder: Path, name: str) -> None:
    change_array(folder, name, lambda array: array[:-1])
    with pytest.raises(ModelError, match="cannot be used"):
        load(folder)


def test_codes_of_other_axes_are_refused(folder: Path) -> None:
    change_array(folder, "familiarity_codes", lambda codes: codes[:, :-1])
    with pytest.raises(ModelError, match="thumbnail codes do not fit"):
        load(folder)


def test_weights_for_another_sentence_encoder_are_refused(folder: Path) -> None:
    class WideEncoder(LetterEncoder):
        width = 384

    with pytest.raises(ModelError, match="384 instead of 26"):
        load_model(folder, WideEncoder())


def test_facts_that_no_head_looks_at_may_be_others(tmp_path: Path) -> None:
    save_model(make_model(blocks=BlockWeights(facts=0)), tmp_path)
    change_array(tmp_path, "fact_means", lambda means: means[:-1])
    assert load(tmp_path).label(make_pages()[:1])[0].labels.ids


def test_the_revision_changes_with_any_file(folder: Path) -> None:
    revision = hash_files(folder)
    model = load(folder)
    save_model(replace(model, facts={"seed": 1}), folder)
    assert hash_files(folder) != revision
    assert load(folder).revision == hash_files(folder)
