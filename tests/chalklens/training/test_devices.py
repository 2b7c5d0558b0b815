"""What a training computes on."""

import pytest

from chalklens.errors import InputError
from chalklens.training.devices import choose_device


@pytest.mark.parametrize("name", ["gpu", "cuda:99", ""])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no device"):
        choose_device(name)


def test_auto_is_a_device_that_is_there() -> None:
    assert choose_device("auto").type in ("cpu", "cuda")
    assert choose_device("cpu").type == "cpu"
