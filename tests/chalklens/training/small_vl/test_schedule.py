"""Stages and learning rates."""

from itertools import pairwise

import pytest

from chalklens.errors import InputError
from chalklens.training.small_vl.learner import Optimization
from chalklens.training.small_vl.schedule import Schedule, Stage

STAGES = (Stage("tower", 0.3), Stage("labels", 0.7))


def test_a_run_needs_an_end_and_only_one() -> None:
    for steps, minutes in ((None, None), (10, 1.0)):
        with pytest.raises(InputError, match="steps or of minutes"):
            Schedule(STAGES, steps, minutes)


def test_shares_must_add_up() -> None:
    with pytest.raises(InputError, match="add up"):
        Schedule((Stage("labels", 0.5),), 10, None)


def test_steps_and_minutes_both_lead_to_the_end() -> None:
    assert Schedule(STAGES, 10, None).position(5, 1e9) == 0.5
    assert Schedule(STAGES, None, 2.0).position(10**9, 60.0) == 0.5


def test_the_stages_follow_each_other() -> None:
    schedule = Schedule(STAGES, 10, None)
    names = [schedule.stage(step / 10)[0].name for step in range(11)]
    assert names == ["tower"] * 3 + ["labels"] * 8


def test_the_rate_rises_at_the_start_of_each_stage_and_falls_to_the_floor() -> None:
    schedule, settings = Schedule(STAGES, 1000, None), Optimization(rate=1.0, warmup=0.1)
    rates = [schedule.rate(step / 1000, settings) for step in range(1001)]
    assert rates[0] < 0.02
    assert rates[299] > 0.5 > rates[301]
    assert rates[450] > 0.5
    assert rates[1000] == pytest.approx(settings.floor)
    assert all(a > b for a, b in pairwise(rates[400:]))
