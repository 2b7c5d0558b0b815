"""Rendered sheets as training pages."""

import pytest

from chalklens.errors import InputError
from chalklens.training.labeller.rendered import RenderedSource, render_sources
from chalklens.training.worksheets.catalogue import names
from chalklens.training.worksheets.sheet import read_sheet, render_sheet

TEMPLATES = ("operations_story_three_addends", "fractions_add_subtract")


def render(count: int, seed: int = 0, *, noise: bool = False) -> list[RenderedSource]:
    return list(render_sources(count, seed, noise=noise, templates=TEMPLATES))


def test_templates_take_turns() -> None:
    assert sorted(page.template for page in render(4)) == sorted(TEMPLATES * 2)


def test_without_names_every_template_is_used() -> None:
    assert next(render_sources(1, 0, noise=False)).template in names()


def test_the_reading_is_what_is_printed() -> None:
    sheet = render_sheet(TEMPLATES[0], 3)
    reading = read_sheet(sheet)
    assert reading.text == sheet.text
    width, height = sheet.size_px
    for line in reading.lines:
        assert 0 <= line.box.x0 < line.box.x1 <= width
        assert 0 <= line.box.y0 < line.box.y1 <= height


def test_a_source_loads_the_picture_of_its_sheet_and_keeps_its_labels() -> None:
    [page] = [page for page in render(2) if page.template == TEMPLATES[0]]
    picture = page.source.load()
    assert (picture.name, picture.sha256) == (page.template, page.source.key)
    assert len(picture.pixels) == 3 * picture.pixels_width_px * picture.pixels_height_px
    assert page.source.load() == picture
    assert {"Addition", "Base10"} <= page.labels
    assert not page.source.seen


def test_the_same_seed_gives_the_same_pages_and_another_gives_others() -> None:
    keys = [page.source.key for page in render(4)]
    assert [page.source.key for page in render(4)] == keys
    assert not {page.source.key for page in render(4, seed=1)} & set(keys)


def test_mistakes_change_the_text_and_nothing_else() -> None:
    clean, noisy = render(12), render(12, noise=True)
    assert [page.source.key for page in noisy] == [page.source.key for page in clean]
    assert [page.labels for page in noisy] == [page.labels for page in clean]
    pairs = zip(clean, noisy, strict=True)
    assert any(one.source.reading != other.source.reading for one, other in pairs)


@pytest.mark.parametrize("count", [0, -1])
def test_without_a_sheet_to_render_the_call_says_so_at_once(count: int) -> None:
    with pytest.raises(InputError, match="at least one") as caught:
        render_sources(count, 0, noise=False)
    assert "weight" in caught.value.hint
