"""Readings kept in a worker's memory."""

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.reading.recent import RecentReadings, estimate_bytes, make_key
from chalklens.types import Box, Picture, TextLine, TextReading

PICTURE = Picture("a.png", "a" * 64, "image/png", 4, 2, bytes(24), 4, 2)


def make_reading(lines: int, text: str = "3 + 4 =") -> TextReading:
    """Lines at places of their own."""
    return TextReading(
        tuple(
            TextLine(f"{text}{i}", Box(300 + i, 301 + i, 302 + i, 303 + i), i / 7)
            for i in range(lines)
        ),
        "reader-1",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"pixels": bytes(23) + b"\x01"},
        {"width_px": 8},
        {"height_px": 4},
        {"pixels_width_px": 2, "pixels_height_px": 4},
    ],
)
def test_what_changes_a_reading_changes_the_key(change: dict[str, int | bytes]) -> None:
    assert make_key("reader-1", replace(PICTURE, **change)) != make_key("reader-1", PICTURE)


def test_another_reader_has_keys_of_its_own() -> None:
    assert make_key("reader-2", PICTURE) != make_key("reader-1", PICTURE)


def test_where_a_picture_came_from_does_not_change_the_key() -> None:
    copy = replace(PICTURE, name="b.pdf", sha256="b" * 64, mime_type="application/pdf", page=7)
    assert make_key("reader-1", copy) == make_key("reader-1", PICTURE)


def test_the_reading_used_least_recently_goes_first() -> None:
    recent, reading = RecentReadings(max_readings=2), make_reading(1)
    recent.add(b"first", reading)
    recent.add(b"second", reading)
    assert recent.get(b"first") is reading
    recent.add(b"third", reading)
    assert recent.get(b"second") is None
    assert recent.get(b"first") is reading
    assert recent.get(b"third") is reading


def test_a_large_reading_takes_the_place_of_several_small_ones() -> None:
    small, large = make_reading(2), make_reading(7)
    recent = RecentReadings(max_bytes=4 * estimate_bytes(small))
    for key in (b"1", b"2", b"3", b"4"):
        recent.add(key, small)
    assert len(recent) == 4
    recent.add(b"large", large)
    assert [recent.get(key) for key in (b"1", b"2", b"3", b"4")] == [None] * 4
    assert recent.get(b"large") is large


def test_a_reading_larger_than_the_memory_pushes_nothing_out() -> None:
    small = make_reading(2)
    recent = RecentReadings(max_bytes=estimate_bytes(small))
    recent.add(b"small", small)
    recent.add(b"large", make_reading(3))
    assert recent.get(b"large") is None
    assert recent.get(b"small") is small


def test_a_blank_page_is_remembered_as_blank() -> None:
    recent, blank = RecentReadings(), TextReading((), "reader-1")
    recent.add(b"blank", blank)
    assert recent.get(b"blank") is blank


@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 9)), max_size=40)
)
def test_both_limits_hold_and_the_last_reading_of_a_key_counts(
    added: list[tuple[bytes, int]],
) -> None:
    recent, max_bytes = RecentReadings(max_readings=3, max_bytes=4000), 4000
    for key, lines in added:
        reading = make_reading(lines)
        recent.add(key, reading)
        fits = estimate_bytes(reading) <= max_bytes
        assert recent.get(key) is (reading if fits else None)
        kept = [found for name in (b"a", b"b", b"c", b"d") if (found := recent.get(name))]
        assert len(kept) == len(recent) <= 3
        assert sum(map(estimate_bytes, kept)) == recent.size_bytes <= max_bytes


def test_the_estimate_is_what_readings_take() -> None:
    make_reading(10)
    tracemalloc.start()
    readings = [make_reading(200, "½ of the apples: ") for _ in range(5)]
    taken_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    estimated = sum(map(estimate_bytes, readings))
    assert 0.8 * taken_bytes < estimated < 1.25 * taken_bytes
