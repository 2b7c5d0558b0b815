import pytest

from chalklens.engines.memory import (
    MemoryNeed,
    available_ram_bytes,
    check_fit,
    choose_cpu_dtype,
)
from chalklens.errors import ModelError

GB = 10**9
# Counts of Qwen3-VL-4B: 36 layers, 8 key-value heads of 128.
FOUR_B = MemoryNeed(4_437_815_808, 3_600_000_000, 2 * 36 * 8 * 128, 2048 * 2048)


def test_formats_rank_as_expected() -> None:
    assert 17.7 * GB < FOUR_B.estimate("float32", "none") < 23 * GB
    assert 8.8 * GB < FOUR_B.estimate("bfloat16", "none") < 11.5 * GB
    assert FOUR_B.estimate("bfloat16", "nf4") < 6 * GB


def test_a_model_that_fits_passes() -> None:
    check_fit(FOUR_B, "bfloat16", "none", 16 * GB)


def test_a_model_that_does_not_fit_is_refused_with_figures_and_nf4_as_the_way_out() -> None:
    with pytest.raises(ModelError) as caught:
        check_fit(FOUR_B, "bfloat16", "none", 8 * GB)
    assert caught.value.code == "does_not_fit"
    assert "8.0 GB are free" in caught.value.message
    assert "--quantize nf4" in caught.value.hint


def test_where_nf4_does_not_help_a_smaller_model_is_the_advice() -> None:
    with pytest.raises(ModelError) as caught:
        check_fit(FOUR_B, "bfloat16", "none", 2 * GB)
    assert "smaller model" in caught.value.hint


def test_cpu_numbers_are_float32_unless_bfloat16_is_fast_or_the_only_one_that_fits() -> None:
    assert choose_cpu_dtype(FOUR_B, 64 * GB, fast_bfloat16=False) == "float32"
    assert choose_cpu_dtype(FOUR_B, 64 * GB, fast_bfloat16=True) == "bfloat16"
    assert choose_cpu_dtype(FOUR_B, 16 * GB, fast_bfloat16=False) == "bfloat16"


def test_this_machine_has_some_memory() -> None:
    assert available_ram_bytes() > 0
