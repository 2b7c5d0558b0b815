"""Curves, dots and bars of a standalone SVG."""

from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.training.svg_panels import (
    BAR_PX,
    PANEL_HEIGHT_PX,
    PANEL_PX,
    Curve,
    Part,
    Reliability,
    arrange,
    draw_bars,
    draw_curves,
    draw_reliability,
    pick_ticks,
    stack,
)

SVG = "{http://www.w3.org/2000/svg}"


def parse(*parts: Part) -> Element:
    return ElementTree.fromstring(stack(parts))


def read_points(line: Element) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def read_texts(svg: Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def test_a_loss_that_halves_falls_by_the_same_height_every_time() -> None:
    curve = Curve([(0, 8.0), (1, 4.0), (2, 2.0), (3, 1.0)], main=True)
    svg = parse(draw_curves("Heads", "", "iterations", [curve]))
    [line] = svg.iter(f"{SVG}polyline")
    points = read_points(line)
    falls = [after[1] - before[1] for before, after in pairwise(points)]
    assert falls == pytest.approx([falls[0]] * 3, abs=0.2)
    assert falls[0] > 0  # down the page
    assert "1" in read_texts(svg)  # the last value is written


def test_the_main_curve_lies_over_the_others() -> None:
    curves = [Curve([(0, 2.0), (1, 1.0)], main=True), Curve([(0, 3.0), (1, 1.5)]), Curve([])]
    lines = list(parse(draw_curves("Heads", "", "iterations", curves)).iter(f"{SVG}polyline"))
    assert [float(line.attrib["stroke-width"]) for line in lines] == [1.2, 2.2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8))
def test_any_curve_stays_inside_its_panel(losses: list[float]) -> None:
    svg = parse(draw_curves("Heads", "", "iterations", [Curve(list(enumerate(losses)), main=True)]))
    [line] = svg.iter(f"{SVG}polyline")
    assert len(read_points(line)) == len(losses)
    for x, y in read_points(line):
        assert 0 < x < PANEL_PX
        assert 0 < y < PANEL_HEIGHT_PX


def test_a_panel_without_a_curve_is_empty_but_drawn() -> None:
    svg = parse(draw_curves("Heads", "", "iterations", []))
    assert list(svg.iter(f"{SVG}polyline")) == []
    assert "Heads" in read_texts(svg)


@settings(max_examples=80, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(1, 1e6))
def test_ticks_are_few_and_between_the_ends(low: float, factor: float) -> None:
    ticks = pick_ticks(low, low * factor)
    assert 1 <= len(ticks) <= 8
    assert all(low * 0.999 <= tick <= low * factor * 1.001 for tick in ticks)
    assert ticks == sorted(ticks)


def test_a_bin_that_is_as_right_as_it_says_lies_on_the_diagonal() -> None:
    bins = [Reliability(0.25, 0.25, 10), Reliability(0.75, 0.5, 40)]
    svg = parse(draw_reliability("Known layouts", bins))
    diagonal = next(line for line in svg.iter(f"{SVG}line") if "stroke-dasharray" in line.attrib)
    x1, y1, x2, y2 = (float(diagonal.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
    even, under = (
        (float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in svg.iter(f"{SVG}circle")
    )
    assert even == pytest.approx((x1 + (x2 - x1) / 4, y1 + (y2 - y1) / 4), abs=0.1)
    assert under[1] > y1 + 0.75 * (y2 - y1)  # lower on the page than the diagonal
    assert "mean gap 0.200 over 50 page-label pairs" in read_texts(svg)


def test_bars_are_as_long_as_their_figures() -> None:
    svg = parse(draw_bars({"a": 0.5, "none": 0.0, "over": 2.0}))
    bars = list(svg.iter(f"{SVG}rect"))[1:]
    assert [float(bar.attrib["width"]) for bar in bars] == [BAR_PX / 2, 1.0, BAR_PX]


def test_names_cannot_break_the_picture_nor_leave_it() -> None:
    texts = read_texts(parse(draw_bars({"<b> & 'c'": 1.0, "long " * 30: 0.5})))
    assert texts[0] == "<b> & 'c'"
    assert texts[2].startswith("long long")
    assert len(texts[2]) == 44


def test_three_panels_take_two_rows() -> None:
    panel = draw_curves("Heads", "", "iterations", [])
    rows = list(arrange([panel] * 3))
    assert [row.height_px for row in rows] == [PANEL_HEIGHT_PX] * 2
    assert float(parse(*rows).attrib["height"]) > 2 * PANEL_HEIGHT_PX
