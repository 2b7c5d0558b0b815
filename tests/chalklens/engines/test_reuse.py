"""What one question leaves behind for the next: the same answers, less work, bounded memory."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.types import GenerateRequest, Picture
from tests.chalklens.engines.in_process import answer, load
from tests.chalklens.engines.plain_generation import plain_answer

pytestmark = pytest.mark.filterwarnings("ignore")

TOKENS = 16
PICTURE_TOKENS = 80
"""Of a picture of 320 x 256 pixels: 32 x 32 to a token."""


def make_picture(seed: int) -> Picture:
    pixels = random.Random(seed).randbytes(320 * 256 * 3)
    return Picture("p", "0" * 64, "image/png", 320, 256, pixels, 320, 256)


APPLES, PEARS = make_picture(1), make_picture(2)


def ask(prompt: str, *pictures: Picture, **changes: Any) -> GenerateRequest:
    return GenerateRequest(prompt, pictures, task="label", max_new_tokens=TOKENS, **changes)


@pytest.fixture(scope="module")
def loaded(tiny_model: Path) -> Any:
    return load(tiny_model)


@pytest.fixture
def model(loaded: Any) -> Any:
    """A model that has seen nothing yet."""
    loaded.reuse.forget()
    loaded.reuse.features.computed = 0
    return loaded


def ids(model: Any, request: GenerateRequest) -> tuple[int, ...]:
    return tuple(answer(model, request)["token_ids"])


def test_a_second_question_about_a_picture_costs_its_own_words_and_gets_the_same_answer(
    model: Any, tiny_model: Path
) -> None:
    ids(model, ask("How many apples?", APPLES))
    for prompt in ("How many pears?", "How many apples?", "Why?"):
        request = ask(prompt, APPLES)
        assert ids(model, request) == plain_answer(tiny_model, request, TOKENS)
        assert model.reuse.prefixes.shared_tokens > PICTURE_TOKENS
    assert model.reuse.features.computed == 1


def test_several_pictures_words_alone_and_other_pictures_between_change_no_answer(
    model: Any, tiny_model: Path
) -> None:
    long = "Name all that can be counted here, one after the other, " * 2
    for request in (
        ask("Compare.", APPLES, PEARS),
        ask("Which?", APPLES),
        ask("Compare them.", APPLES, PEARS),
        ask(long),
        ask("Which one?", PEARS, APPLES),
        ask(long + "please."),
        ask("Which ones?", APPLES),
    ):
        assert ids(model, request) == plain_answer(tiny_model, request, TOKENS)


def test_an_adapter_answers_as_without_a_memory(tiny_model: Path, tiny_adapter: Path) -> None:
    model = load(tiny_model, tiny_adapter)
    for prompt in ("How many?", "How many more?"):
        request = ask(prompt, APPLES)
        assert ids(model, request) == plain_answer(tiny_model, request, TOKENS, tiny_adapter)
    assert model.reuse.prefixes.shared_tokens > PICTURE_TOKENS


def test_another_system_prompt_leaves_the_features(model: Any) -> None:
    first = ids(model, ask("How many?", APPLES, system="You plan how a question is answered."))
    ids(model, ask("How many?", APPLES, system="You check an answer."))
    assert model.reuse.prefixes.shared_tokens == 0
    assert model.reuse.features.computed == 1
    again = ask("How many?", APPLES, system="You plan how a question is answered.")
    assert ids(model, again) == first


def test_other_pixels_of_the_same_name_and_another_size_to_look_at_share_nothing(
    model: Any,
) -> None:
    ids(model, ask("How many?", APPLES))
    ids(model, ask("How many?", replace(PEARS, name=APPLES.name, sha256=APPLES.sha256)))
    assert model.reuse.prefixes.shared_tokens == 0
    assert model.reuse.features.computed == 2
    smaller = replace(model, max_pixels=160 * 128)
    ids(smaller, ask("How many?", APPLES))
    assert model.reuse.prefixes.shared_tokens == 0
    assert model.reuse.features.computed == 3


def test_rows_side_by_side_do_without_and_change_nothing_for_who_comes_alone(
    model: Any, tiny_model: Path
) -> None:
    from chalklens.engines.generator import Interrupter, generate
    from tests.chalklens.engines.in_process import make_row
    from tests.chalklens.engines.listener import Listener

    request = ask("How many?", APPLES)
    ids(model, request)
    listeners = [Listener(), Listener()]
    questions = (ask("Two?", PEARS), ask("What is in this picture?", APPLES))
    rows = [make_row(model, *pair) for pair in zip(questions, listeners, strict=True)]
    generate(model, Interrupter(model.model), rows)
    for listener, question in zip(listeners, questions, strict=True):
        expected = plain_answer(tiny_model, question, TOKENS)
        assert tuple(listener.answer["token_ids"]) == expected
    assert ids(model, request) == plain_answer(tiny_model, request, TOKENS)
    assert model.reuse.prefixes.shared_tokens > PICTURE_TOKENS


def test_who_leaves_before_the_prompt_is_read_leaves_nothing_behind(model: Any) -> None:
    from chalklens.engines.generator import Interrupter, generate
    from tests.chalklens.engines.in_process import make_row
    from tests.chalklens.engines.listener import Listener

    gone = Listener()
    gone.cancelled = True
    generate(model, Interrupter(model.model), [make_row(model, ask("How many?", APPLES), gone)])
    ids(model, ask("How many?", APPLES))
    assert model.reuse.prefixes.shared_tokens == 0


def test_what_is_larger_than_the_memory_is_not_kept(tiny_model: Path) -> None:
    from chalklens.engines.reuse import Reuse

    whole = load(tiny_model)
    model = replace(whole, reuse=Reuse(whole.base, free_bytes=16 * 1000))
    for _ in range(2):
        ids(model, ask("How many?", APPLES))
    assert model.reuse.prefixes.shared_tokens == 0
    assert model.reuse.features.computed == 2
    assert not model.reuse.forget()


def test_forgetting_frees_both_memories(model: Any) -> None:
    ids(model, ask("How many?", APPLES))
    assert model.reuse.forget()
    assert not model.reuse.forget()
    ids(model, ask("How many?", APPLES))
    assert model.reuse.features.computed == 2


def make_prefix(config: Any, token_ids: Sequence[int]) -> Any:
    """A cache of one layer in which each token stands for itself."""
    import torch
    from transformers import DynamicCache

    from chalklens.engines.reuse import Prefix

    cache = DynamicCache(config=config)
    values = torch.tensor(token_ids, dtype=torch.float32).view(1, 1, -1, 1)
    cache.update(values, -values, 0)
    return Prefix(cache, 0)


@given(
    st.lists(
        st.lists(st.integers(0, 1), min_size=1, max_size=60).map(lambda ids: [7] * 30 + ids),
        min_size=1,
        max_size=12,
    )
)
def test_the_longest_known_beginning_is_found_and_the_bytes_stay_bounded(
    prompts: list[list[int]],
) -> None:
    from transformers import Qwen3VLTextConfig

    from chalklens.engines.reuse import MIN_SHARED_TOKENS, Prefixes

    config = Qwen3VLTextConfig(num_hidden_layers=1)
    bytes_per_token, max_bytes = 2 * 4, 2 * 4 * 200
    prefixes = Prefixes(config, max_bytes)
    for prompt in prompts:
        prefixes.keep(b"", prompt, make_prefix(config, prompt))
        assert prefixes.size_bytes <= max_bytes
        assert prefixes.size_bytes == bytes_per_token * sum(map(len, prefixes.prompts))
        found = prefixes.find(b"", prompt, 0)
        known = max((_count_alike(prompt, other) for other in prefixes.prompts), default=0)
        expected = min(known, len(prompt) - 1)
        assert found.tokens == (expected if expected >= MIN_SHARED_TOKENS else 0)
        if found.tokens:
            [layer] = found.cache.layers
            assert layer.keys.flatten().tolist() == prompt[: found.tokens]
    assert prefixes.find(b"other pictures", prompts[-1], 0).tokens == 0
    assert prefixes.find(b"", prompts[-1], len(prompts[-1]) + 1).tokens == 0


def _count_alike(one: Sequence[int], other: Sequence[int]) -> int:
    length = min(len(one), len(other))
    return next((n for n in range(length) if one[n] != other[n]), length)
