"""The worker's inner parts in this process: a thinking model, leaving early, too little memory."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chalklens.engines.parameters import parameters_for
from chalklens.errors import MediaError, ModelError
from chalklens.types import GenerateRequest, Picture
from tests.chalklens.engines.in_process import answer, load
from tests.chalklens.engines.listener import Listener
from tests.chalklens.engines.model_folders import TENSORS, write_model
from tests.chalklens.engines.plain_generation import plain_answer
from tests.chalklens.engines.tiny_qwen3vl import build_model

# transformers and torch run inside this process here; their own warnings are not ours.
pytestmark = pytest.mark.filterwarnings("ignore")

PICTURE = Picture(
    "p", "0" * 64, "image/png", 320, 256, random.Random(1).randbytes(320 * 256 * 3), 320, 256
)
NEW_TOKENS = 12


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(build_model(tmp_path_factory.mktemp("models") / "thinker", thinking=True))


def make_row(model: Any, listener: Listener, **changes: Any) -> Any:
    from chalklens.engines.generator import StreamDecoder
    from chalklens.engines.grammar import Grammars
    from chalklens.engines.rows import Row, RowRequest

    schema = changes.get("json_schema")
    if schema is not None:
        grammars = Grammars(model.tokenizer, model.vocabulary, model.stop_ids)
        changes["matcher"] = grammars.matcher(schema)
    pictures = changes.pop("pictures", (PICTURE,))
    parameters = parameters_for("label", thinking=True)
    request = RowRequest(
        "What?", None, pictures, parameters, NEW_TOKENS, max_pixels=model.max_pixels, **changes
    )
    think_end_id = model.think_end_id if schema is None else None
    return Row(listener, request, StreamDecoder(model.tokenizer), model.stop_ids, think_end_id)


def run(model: Any, row: Any, pixel_share: float = 1.0) -> None:
    from chalklens.engines.generator import Interrupter, generate

    generate(model, Interrupter(model.model), [row], pixel_share)


def test_a_thinking_model_is_recognised_and_its_thoughts_are_no_text(thinker: Any) -> None:
    assert thinker.think_end_id is not None
    listener = Listener()
    run(thinker, make_row(thinker, listener))
    assert len(listener.answer["token_ids"]) == NEW_TOKENS
    assert listener.answer["text"] == ""
    assert listener.answer["finish_reason"] == "length"


def test_with_a_schema_a_thinking_model_answers_at_once(thinker: Any) -> None:
    listener = Listener()
    run(thinker, make_row(thinker, listener, json_schema={"enum": ["left", "right"]}))
    assert json.loads(listener.answer["text"]) in {"left", "right"}
    assert listener.answer["finish_reason"] == "stop"


def test_a_caller_who_left_stops_even_the_first_forward_pass(thinker: Any) -> None:
    listener = Listener()
    listener.cancelled = True
    run(thinker, make_row(thinker, listener))
    assert listener.answer["finish_reason"] == "cancelled"
    assert listener.answer["token_ids"] == []


def test_fewer_pixels_make_a_shorter_prompt(thinker: Any) -> None:
    from dataclasses import replace

    small = replace(thinker, max_pixels=320 * 256)
    whole, half = Listener(), Listener()
    run(small, make_row(small, whole))
    run(small, make_row(small, half), pixel_share=0.5)
    assert half.answer["prompt_tokens"] < whole.answer["prompt_tokens"] * 0.7


def shortage(times: int) -> tuple[Callable[[float], None], list[float]]:
    """Return a generation that runs out of memory for the first `times`, and its attempts."""
    import torch

    shares: list[float] = []

    def generation(share: float) -> None:
        shares.append(share)
        if len(shares) <= times:
            raise torch.OutOfMemoryError("CUDA out of memory")

    return generation, shares


def test_too_little_memory_is_tried_once_more_at_half_the_pixels(thinker: Any) -> None:
    from chalklens.engines.recovery import run_or_shrink

    generation, shares = shortage(1)
    run_or_shrink(generation, [make_row(thinker, Listener())], nothing_kept)
    assert shares == [1.0, 0.5]


def nothing_kept() -> bool:
    """There is nothing to let go of."""
    return False


@pytest.mark.parametrize(("times", "expected"), [(1, [1.0, 1.0]), (2, [1.0, 1.0, 0.5])])
def test_what_was_kept_for_later_questions_goes_before_pixels_do(
    thinker: Any, times: int, expected: list[float]
) -> None:
    from chalklens.engines.recovery import run_or_shrink

    generation, shares = shortage(times)
    run_or_shrink(generation, [make_row(thinker, Listener())], lambda: True)
    assert shares == expected


def test_too_little_memory_twice_is_told_with_the_sizes(thinker: Any) -> None:
    from chalklens.engines.recovery import run_or_shrink

    generation, shares = shortage(2)
    with pytest.raises(MediaError, match="320 x 256"):
        run_or_shrink(generation, [make_row(thinker, Listener())], nothing_kept)
    assert shares == [1.0, 0.5]


def test_too_little_memory_without_pictures_is_about_the_prompt(thinker: Any) -> None:
    from chalklens.engines.recovery import run_or_shrink

    generation, shares = shortage(1)
    row = make_row(thinker, Listener(), pictures=())
    with pytest.raises(ModelError, match="prompt"):
        run_or_shrink(generation, [row], nothing_kept)
    assert shares == [1.0]


def test_a_broken_device_is_told_from_a_full_one() -> None:
    import torch

    from chalklens.engines.recovery import is_out_of_memory, is_sticky

    assert is_sticky(RuntimeError("CUDA error: device-side assert triggered"))
    assert not is_sticky(torch.OutOfMemoryError("CUDA out of memory"))
    assert not is_sticky(ValueError("no"))
    assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))


def test_characters_of_several_tokens_stream_whole(thinker: Any) -> None:
    from chalklens.engines.generator import StreamDecoder

    text = "图片: été ✓"
    decoder = StreamDecoder(thinker.tokenizer)
    ids = thinker.tokenizer.encode(text, add_special_tokens=False)
    pieces = [decoder.step(token) for token in ids]
    assert "".join(pieces) == text
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)


def test_an_adapter_changes_the_answer_exactly_as_in_peft(
    tiny_model: Path, tiny_adapter: Path
) -> None:
    request = GenerateRequest("What is shown?", (PICTURE,), task="label", max_new_tokens=NEW_TOKENS)
    found = tuple(answer(load(tiny_model, tiny_adapter), request)["token_ids"])
    assert found == plain_answer(tiny_model, request, NEW_TOKENS, tiny_adapter)
    assert found != plain_answer(tiny_model, request, NEW_TOKENS)


def test_weights_that_are_none_or_too_large_are_told_without_the_folder(tmp_path: Path) -> None:
    large = {**TENSORS, "lm_head.weight": (1 << 20, 1 << 16)}
    for tensors, code in ((TENSORS, "load_failed"), (large, "does_not_fit")):
        write_model(tmp_path / code, tensors)
        with pytest.raises(ModelError) as caught:
            load(tmp_path / code)
        assert caught.value.code == code
        assert str(tmp_path) not in str(caught.value)


def test_torchvision_can_be_imported_whether_or_not_its_compiled_part_loads() -> None:
    from chalklens.engines.torchvision_operators import declare_operators

    declare_operators()
    from torchvision.transforms.v2 import functional

    assert functional.resize
    assert not declare_operators()
