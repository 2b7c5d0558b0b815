# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
"""The sentence encoder fine-tuned, with a BERT small enough for a test."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from chalklens.training.labeller.pages import TrainingPages
from chalklens.training.labeller.sentence_tuning import (
    TunedNetwork,
    TuningSettings,
    draw_batches,
    draw_pages,
    drop_words,
    find_weights,
    tune_sentences,
)
from chalklens.training.labeller.tuned_scores import swap_sentences
from tests.chalklens.training.labeller.small_pages import ignore, make_worksheets

WIDTH = 16
SHEETS = make_worksheets()
TEXTS = SHEETS.observed.texts
DEFINITIONS = np.random.default_rng(4).normal(size=(len(SHEETS.labels), 5)).astype(np.float32)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TuningSettings:
    """Settings with a folder of weights made by lot."""
    from chalklens.engines.torchvision_operators import declare_operators

    declare_operators()
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    words = sorted({word for text in TEXTS for word in text.split()})
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    config = BertConfig(
        vocab_size=len(known),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    torch.manual_seed(0)  # or they depend on the tests that ran before
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return TuningSettings(
        passes=40, batch=8, rate=3e-3, kept_layers=1, max_tokens=32, matching=4, folder=folder
    )


@pytest.fixture(scope="module")
def pages(settings: TuningSettings) -> TrainingPages:
    """The small corpus with vectors of the encoder as it is."""
    return swap_sentences(SHEETS, untuned(settings).encode(TEXTS, ignore))


def untuned(settings: TuningSettings) -> TunedNetwork:
    zeros = np.zeros((len(SHEETS), WIDTH), np.float32)
    return TunedNetwork(settings, swap_sentences(SHEETS, zeros), DEFINITIONS)


@pytest.fixture(scope="module")
def tuned(settings: TuningSettings, pages: TrainingPages) -> np.ndarray:
    return tune_sentences(pages, DEFINITIONS, TEXTS, ignore, settings)


def measure_contrast(vectors: np.ndarray) -> float:
    """How much more alike pages with the same labels are than others."""
    alike = vectors @ vectors.T
    same = (SHEETS.targets[:, None] == SHEETS.targets[None]).all(2)
    return float(alike[same].mean() - alike[~same].mean())


def test_pages_with_the_same_labels_move_together(pages: TrainingPages, tuned: np.ndarray) -> None:
    assert measure_contrast(tuned) > measure_contrast(pages.observed.sentences) + 0.05
    assert np.linalg.norm(tuned, axis=1) == pytest.approx(1, abs=1e-5)


def test_the_same_seed_gives_the_same_vectors(
    settings: TuningSettings, pages: TrainingPages
) -> None:
    short = replace(settings, passes=1)
    one, two = (tune_sentences(pages, DEFINITIONS, TEXTS, ignore, short) for _ in range(2))
    other = tune_sentences(pages, DEFINITIONS, TEXTS, ignore, replace(short, seed=1))
    assert (one == two).all()
    assert (one != other).any()


def test_tuning_leaves_torch_as_it_was(settings: TuningSettings, pages: TrainingPages) -> None:
    import torch

    before, state = torch.get_num_threads(), torch.get_rng_state()
    tune_sentences(pages, DEFINITIONS, TEXTS[:1], ignore, replace(settings, passes=1))
    assert torch.get_num_threads() == before
    assert torch.equal(torch.get_rng_state(), state)


def test_lower_layers_and_embeddings_stay(settings: TuningSettings) -> None:
    moving = {name for name, p in untuned(settings).encoder.named_parameters() if p.requires_grad}
    assert moving
    assert all(name.startswith("encoder.layer.1.") for name in moving)


def test_the_first_scores_are_those_of_the_linear_head(
    settings: TuningSettings, pages: TrainingPages
) -> None:
    network = TunedNetwork(settings, pages, DEFINITIONS)
    network.encoder.eval()
    scores = network.score(network.split(TEXTS)).detach().numpy()
    assert ((scores > 0) == pages.targets).mean() > 0.8


def test_equal_texts_have_equal_vectors_in_their_places(settings: TuningSettings) -> None:
    network = untuned(settings)
    vectors = network.encode([TEXTS[3], TEXTS[0], TEXTS[3]], ignore)
    assert (vectors[0] == vectors[2]).all()
    assert (vectors[0] != vectors[1]).any()
    assert vectors[1] == pytest.approx(network.encode([TEXTS[0]], ignore)[0], abs=1e-5)


def test_progress_tells_steps_and_texts(settings: TuningSettings, pages: TrainingPages) -> None:
    told: list[tuple[int, int, str]] = []

    def tell(done: int, total: int, what: str) -> None:
        told.append((done, total, what))

    tune_sentences(pages, DEFINITIONS, TEXTS, tell, replace(settings, passes=2, pages=9))
    steps = [(done, total) for done, total, what in told if what.startswith("fine-tuning")]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told[-1] == (len(TEXTS), len(TEXTS), "encoding with the tuned encoder")


def test_every_page_is_drawn_once_a_pass() -> None:
    groups, tokens = ["a"] * 30 + ["b"] * 3, [[0] * (i % 7 + 2) for i in range(33)]
    settings = TuningSettings(passes=2, pages=100, batch=4)
    drawn = [i for batch in draw_batches(groups, tokens, settings, random.Random(1)) for i in batch]
    assert sorted(drawn) == sorted([*range(33)] * 2)
    assert sorted(drawn[:33]) == [*range(33)]


@pytest.mark.parametrize(("evenness", "least", "most"), [(0.0, 0, 25), (1.0, 35, 65)])
def test_small_layouts_are_drawn_more_often_than_they_have_pages(
    evenness: float, least: int, most: int
) -> None:
    groups = ["large"] * 900 + ["small"] * 100
    drawn = draw_pages(groups, 100, evenness, random.Random(3))
    assert len(set(drawn)) == 100
    assert least <= sum(row >= 900 for row in drawn) <= most


def test_words_are_dropped_and_the_ends_stay() -> None:
    tokens, rng = [101, *range(200), 102], random.Random(5)
    shortened = [drop_words(tokens, 0.15, rng) for _ in range(200)]
    assert all(
        row[0] == 101 and row[-1] == 102 and row[1:-1] == sorted(row[1:-1]) for row in shortened
    )
    kept = np.mean([len(row) - 2 for row in shortened]) / 200
    assert kept == pytest.approx(0.85, abs=0.03)
    assert drop_words(tokens, 0.0, rng) == tokens


def test_the_usual_weights_are_those_of_the_labeller() -> None:
    assert (find_weights() / "model.safetensors").is_file()
    assert (find_weights() / "tokenizer.json").is_file()
