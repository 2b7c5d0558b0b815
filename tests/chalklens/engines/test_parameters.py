from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.engines.configuration import MAX_PIXELS, MIN_PIXELS, EngineConfig
from chalklens.engines.parameters import (
    MAX_CODE_TOKENS,
    MAX_NEW_TOKENS,
    TASKS,
    check_request,
    parameters_for,
)
from chalklens.errors import InputError
from chalklens.types import GenerateRequest, Picture

PICTURE = Picture("p", "0", "image/png", 2, 2, bytes(12), 2, 2)


def test_labels_and_json_are_greedy_and_answers_are_sampled_as_qwen_recommends() -> None:
    assert not parameters_for("label").sampled
    assert not parameters_for("json").sampled
    answer = parameters_for("answer")
    assert (answer.temperature, answer.top_p, answer.top_k) == (0.7, 0.8, 20)
    assert answer.presence_penalty == 1.5


def test_a_thinking_model_gets_its_own_sampling_and_room_to_think() -> None:
    answer = parameters_for("answer", thinking=True)
    assert (answer.temperature, answer.top_p, answer.presence_penalty) == (0.6, 0.95, 0.0)
    assert answer.max_new_tokens == MAX_NEW_TOKENS
    assert not parameters_for("label", thinking=True).sampled


def test_an_unknown_task_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="transcribe"):
        parameters_for("sing")


@settings(max_examples=50)
@given(st.sampled_from(sorted(TASKS)), st.none() | st.integers(1, 10**9))
def test_a_request_never_gets_more_tokens_than_the_task_allows(
    task: str, asked: int | None
) -> None:
    tokens = parameters_for(task).allowed_tokens(asked)
    assert 1 <= tokens <= (MAX_CODE_TOKENS if task == "code" else MAX_NEW_TOKENS)
    assert asked is None or tokens <= asked


@pytest.mark.parametrize(
    "request_",
    [
        GenerateRequest("x" * 70_000),
        GenerateRequest("x" * 40_000, system="y" * 40_000),
        GenerateRequest("é" * 40_000),
        GenerateRequest("x", (PICTURE,) * 9),
        GenerateRequest("x", (replace(PICTURE, pixels=bytes(250 << 20)),)),
        GenerateRequest("x", json_schema={"enum": ["y" * 70_000]}),
        GenerateRequest("x", max_new_tokens=0),
        GenerateRequest(""),
        GenerateRequest("x", task="sing"),
    ],
    ids=lambda request: "",
)
def test_a_request_over_a_limit_is_refused(request_: GenerateRequest) -> None:
    with pytest.raises(InputError):
        check_request(request_)


def test_a_request_at_the_limits_and_one_with_lone_surrogates_pass() -> None:
    check_request(GenerateRequest("x" * 65_536, (PICTURE,) * 8, max_new_tokens=10**9))
    check_request(GenerateRequest("\udcff"))


@settings(max_examples=50)
@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_pixel_bounds_can_be_lowered_but_not_lifted(least: int, most: int) -> None:
    config = EngineConfig(min_pixels=least, max_pixels=most)
    assert MIN_PIXELS <= config.min_pixels <= config.max_pixels <= MAX_PIXELS
