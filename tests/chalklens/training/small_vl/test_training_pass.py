# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The training pass computes what transformers computes."""

from typing import Any

import numpy as np
import pytest
import torch

from chalklens.edugraph.ontology import Ontology
from chalklens.training.small_vl.architecture import SIZES, build_model, speed_up_vision
from chalklens.training.small_vl.batches import IGNORED, Batch, assemble, render_prompt
from chalklens.training.small_vl.training_pass import last_states, see_pictures
from chalklens.training.small_vl.vocabulary import train_tokenizer

GRID = (4, 6)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return train_tokenizer(["Add 3 and 4."], Ontology.load().concepts, 300)


@pytest.fixture(scope="module")
def models(tokenizer: Any) -> tuple[Any, Any]:
    plain: Any = build_model(SIZES["tiny"], tokenizer, 0)
    fast: Any = build_model(SIZES["tiny"], tokenizer, 0)
    speed_up_vision(fast)
    return plain.eval(), fast.eval()


def make_batch(tokenizer: Any, *, picture: bool) -> Batch:
    texts = ["Add 3 and 4.", "Add 3 and 4. Then take away 12 from the sum."]
    prompts = [render_prompt(text, picture=picture) for text in texts]
    chance = np.random.default_rng(0)
    shape = (GRID[0] * GRID[1], 3 * 16 * 16)
    patches = [chance.integers(0, 256, shape, np.uint8) for _ in texts] if picture else None
    answers = [[7, 8, 9], [5]]
    return assemble(tokenizer, prompts, answers, None, patches, GRID if picture else None)


@pytest.mark.parametrize("picture", [True, False])
def test_states_are_those_of_the_whole_model(
    tokenizer: Any, models: tuple[Any, Any], *, picture: bool
) -> None:
    plain, fast = models
    batch = make_batch(tokenizer, picture=picture).to(torch.device("cpu"))
    with torch.no_grad():
        wanted = plain.model(**batch.inputs).last_hidden_state
        found = last_states(fast, batch)
    real = batch.inputs["attention_mask"].bool()
    assert torch.allclose(found[real], wanted[real], atol=1e-5)


def test_visual_tokens_are_those_of_the_whole_tower(
    tokenizer: Any, models: tuple[Any, Any]
) -> None:
    plain, fast = models
    inputs = make_batch(tokenizer, picture=True).to(torch.device("cpu")).inputs
    with torch.no_grad():
        wanted = plain.model.visual(inputs["pixel_values"], grid_thw=inputs["image_grid_thw"])
        found = see_pictures(fast, inputs["pixel_values"], GRID)
    assert torch.allclose(found.tokens.flatten(0, 1), wanted.pooler_output, atol=1e-5)
    for one, other in zip(found.deepstack, wanted.deepstack_features, strict=True):
        assert torch.allclose(one.flatten(0, 1), other, atol=1e-5)


def test_the_places_before_an_answer_lead_to_its_tokens(tokenizer: Any) -> None:
    batch = make_batch(tokenizer, picture=False)
    found = batch.answers.flatten()[batch.answer_places() + 1].tolist()
    assert found == [7, 8, 9, 5]
    assert (batch.answers != IGNORED).sum() == len(found)
