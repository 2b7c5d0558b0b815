from pathlib import Path

import pytest

from chalklens.errors import UnavailableError
from chalklens.training.font_files import find_font_file


def test_a_font_of_an_installed_package_is_a_file() -> None:
    found = find_font_file("font_manrope", "Manrope-Bold.ttf")
    assert found.name == "Manrope-Bold.ttf"
    assert isinstance(found, Path)
    assert found.is_file()


@pytest.mark.parametrize("package", ["font_that_nobody_has", "font_manrope"])
def test_a_font_that_is_not_there_comes_with_the_extra_that_has_all_of_them(package: str) -> None:
    with pytest.raises(UnavailableError, match="Nothing-Bold") as caught:
        find_font_file(package, "Nothing-Bold.ttf")
    assert "pip install 'chalklens[train]'" in caught.value.hint
