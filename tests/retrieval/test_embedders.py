from pathlib import Path

import numpy as np
import pytest

from chalklens.errors import ModelError
from retrieval.embedders import (
    CHINESE_PAIRS,
    MINILM_MODEL,
    FakeEmbedder,
    MiniLmEmbedder,
    create_embedder,
    identify_embedder,
    identify_folder,
    understands_chinese,
)


@pytest.fixture(scope="module")
def minilm() -> MiniLmEmbedder:
    return MiniLmEmbedder()


def test_what_ships_puts_a_question_next_to_its_answer(minilm: MiniLmEmbedder) -> None:
    question = minilm.encode_queries(["How do fish breathe?"])[0]
    answers = minilm.encode_passages(
        ["Gills take oxygen from the water.", "The stock market fell sharply on Monday."]
    )
    assert answers.dtype == np.float32
    assert answers.shape == (2, minilm.dimensions)
    assert np.allclose(np.linalg.norm(answers, axis=1), 1, atol=1e-5)
    near, far = answers @ question
    assert near > far + 0.2


def test_what_ships_says_that_it_knows_latin_script_only(minilm: MiniLmEmbedder) -> None:
    assert minilm.scripts == {"latin"}
    assert not understands_chinese(minilm)


def test_passages_that_are_not_understood_are_told_apart_by_words_only(
    minilm: MiniLmEmbedder,
) -> None:
    texts = ["三角形的面积", "A triangle has three sides.", "圆的周长"]
    area, triangle, circle = minilm.encode_passages(texts)
    assert np.array_equal(area, circle)
    assert np.isclose(np.linalg.norm(area), 1)
    assert np.allclose(triangle, minilm.encode_queries(texts[1:2])[0], atol=1e-5)


def test_the_identity_names_model_and_revision(minilm: MiniLmEmbedder) -> None:
    identity, dimensions = identify_embedder(minilm)
    assert identity == f"{MINILM_MODEL}@{minilm.revision}"
    assert dimensions == 384
    assert identify_embedder(None) == ("", 0)


def test_an_embedder_that_finds_the_pairs_understands_chinese() -> None:
    class Knowing(FakeEmbedder):
        def encode_queries(self, texts):  # type: ignore[no-untyped-def]
            return np.eye(len(CHINESE_PAIRS), dtype=np.float32)[: len(texts)]

        encode_passages = encode_queries

    assert understands_chinese(Knowing(len(CHINESE_PAIRS)))


def test_fake_vectors_are_near_when_words_are_shared() -> None:
    fake = FakeEmbedder()
    same, other, none = fake.encode_passages(["unit fractions", "triangle area", ""])
    question = fake.encode_queries(["a unit fraction"])[0]
    assert same @ question > other @ question
    assert np.isclose(np.linalg.norm(none), 1)


def test_names_choose_the_embedder() -> None:
    assert create_embedder("none") is None
    assert isinstance(create_embedder("fake"), FakeEmbedder)


def test_a_model_that_is_not_here_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(ModelError, match="hf download no-one/no-such-model") as caught:
        create_embedder("no-one/no-such-model")
    assert caught.value.code == "model_missing"


def test_a_name_that_is_no_name_is_refused_alike() -> None:
    with pytest.raises(ModelError):
        create_embedder("no such folder/with/parts")


def test_the_revision_of_a_folder_changes_with_its_weights(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    before = identify_folder(tmp_path)
    weights.write_bytes(b"other")
    assert identify_folder(tmp_path) != before


def test_the_revision_of_a_cached_model_is_its_commit(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots" / "abc123"
    folder.mkdir(parents=True)
    assert identify_folder(folder) == "abc123"
