# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The small Qwen3-VL: sizes, and the faster vision tower."""

from typing import Any

import pytest
import torch

from chalklens.edugraph.ontology import Ontology
from chalklens.training.small_vl.architecture import SIZES, build_model, speed_up_vision
from chalklens.training.small_vl.vocabulary import train_tokenizer


class FullVocabulary:
    """As many tokens as the shipped recipe has, without training them."""

    eos_token_id, pad_token_id = 2, 0

    def __len__(self) -> int:
        return 2048 + 1 + 4 + 729

    def convert_tokens_to_ids(self, names: list[str]) -> list[int]:
        return list(range(len(names)))


@pytest.mark.parametrize(("size", "millions"), [("small", (5.0, 5.5)), ("large", (10.0, 13.0))])
def test_the_sizes_are_what_they_say(size: str, millions: tuple[float, float]) -> None:
    with torch.device("meta"):
        model = build_model(SIZES[size], FullVocabulary(), 0)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    assert millions[0] * 1e6 <= parameters <= millions[1] * 1e6


def test_the_faster_tower_gives_the_same_features_and_gradients() -> None:
    tokenizer = train_tokenizer(["Add 3 and 4."], Ontology.load().concepts, 300)
    plain: Any = build_model(SIZES["tiny"], tokenizer, 0)
    fast: Any = build_model(SIZES["tiny"], tokenizer, 0)
    speed_up_vision(fast)
    pixels = torch.rand(2 * 4 * 6, 3 * 2 * 16 * 16) * 2 - 1
    grid = torch.tensor([[1, 4, 6], [1, 4, 6]])
    found = []
    for model in (plain, fast):
        features = model.model.visual(pixels, grid_thw=grid).pooler_output
        features.square().sum().backward()
        found.append((features, model.model.visual.patch_embed.proj.weight.grad))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
