"""Templates about time: the rules are kept, clocks, words and intervals belong together."""

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.figures_clock import Time
from chalklens.training.worksheets.sheet import render_sheet
from chalklens.training.worksheets.templates import TEMPLATES
from chalklens.training.worksheets.time_clocks import choose_times, label_interval, time_words

NAMES = [n for n in catalogue.names() if ".time_" in TEMPLATES[n].__module__]


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_time_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(4))
    assert render_sheet(name, 2).picture.tobytes() == render_sheet(name, 2).picture.tobytes()


@settings(max_examples=80)
@given(st.integers(1, 12), st.integers(0, 59), st.integers(0, 700))
def test_a_later_time_is_that_many_minutes_on_the_dial_away(
    hour: int, minute: int, later: int
) -> None:
    start = Time(hour, minute)
    end = start.later(later)
    assert 1 <= end.hour <= 12
    passed = (end.hour % 12 * 60 + end.minute - start.hour % 12 * 60 - start.minute) % 720
    assert passed == later % 720


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (Time(3, 0), {"three o'clock"}),
        (Time(8, 30), {"half past eight", "eight thirty"}),
        (Time(12, 45), {"quarter to one", "forty-five minutes past twelve", "fifteen minutes to one"}),
        (Time(6, 1), {"one minute past six"}),
    ],
)  # fmt: skip
def test_times_are_put_into_words(time: Time, words: set[str]) -> None:
    assert {time_words(random.Random(seed), time) for seed in range(60)} == words


def test_minutes_of_a_kind_fit_its_interval() -> None:
    rng = random.Random(1)
    assert {time.minute for time in choose_times(rng, "half", 5)} == {30}
    assert {time.minute for time in choose_times(rng, "hour", 5)} == {0}
    assert all(time.minute % 5 == 0 for time in choose_times(rng, "five", 8))
    assert label_interval("half") == {"HalfHourIntervals"}
    assert label_interval("five", "p.m.") == {"MinuteIntervals", "StepsOf5", "PostMeridiem"}


def test_the_times_on_a_solved_sheet_fit_the_interval_in_the_labels() -> None:
    checked = 0
    for seed in range(40):
        sheet = render_sheet("time_reading", seed)
        for minute in re.findall(r"\b\d{1,2}:(\d\d)\b", sheet.text) if sheet.solution else ():
            checked += 1
            assert ("HourIntervals" in sheet.labels) <= (minute == "00")
            assert ("HalfHourIntervals" in sheet.labels) <= (minute == "30")
            assert ("StepsOf5" in sheet.labels) <= (int(minute) % 5 == 0)
    assert checked > 10


def test_the_operation_of_a_time_story_is_the_one_that_solves_it() -> None:
    checked = 0
    for seed in range(50):
        sheet = render_sheet("time_story", seed)
        found = re.search(r"(\d+) ([+−]) (\d+) = (\d+)", sheet.text)
        if found and sheet.solution:
            first, sign, second, result = found.groups()
            assert int(first) + (1 if sign == "+" else -1) * int(second) == int(result)
            assert sheet.labels & {"Addition", "Subtraction"} == {
                "Addition" if sign == "+" else "Subtraction"
            }
            checked += 1
    assert checked >= 5


def test_minutes_between_two_clocks_are_a_difference_that_is_right() -> None:
    for seed in range(60):
        sheet = render_sheet("time_elapsed", seed)
        assert "Difference" in sheet.labels
        sums = re.search(r"(\d+) \+ (\d+) = (\d+) minutes", sheet.text.replace("\n", " "))
        if sums:
            assert int(sums[1]) + int(sums[2]) == int(sums[3])
