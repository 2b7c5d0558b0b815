from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from chalklens.media.limits import Limits

NAMES = [item.name for item in fields(Limits)]


@settings(max_examples=50)
@given(name=st.sampled_from(NAMES), wish=st.integers(1, 2**62))
def test_a_caller_can_only_lower_a_limit(name: str, wish: int) -> None:
    assert getattr(Limits().lowered(**{name: wish}), name) == min(wish, getattr(Limits(), name))


def test_no_wish_changes_nothing() -> None:
    assert Limits().lowered(max_pixels=None) == Limits()


@pytest.mark.parametrize("wish", [0, -1])
def test_a_limit_of_zero_or_below_is_refused_by_name(wish: int) -> None:
    with pytest.raises(InputError, match="max_pixels"):
        Limits().lowered(max_pixels=wish)
