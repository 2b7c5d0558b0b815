"""When what is learnt, and how fast: stages of a run, by steps or by minutes.

How it is used: a `Schedule` tells for any step and second how far the run is (0 to 1), which stage it
is in, and the learning rate. With `steps` two runs are alike to the last bit; with `minutes` the
same machine gets as far as it can. What it leaves out: the steps themselves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chalklens.errors import InputError
from chalklens.training.small_vl.learner import Optimization

EDGE = 1e-9  # shares of stages do not add up exactly in floating point
StageName = Literal["tower", "reading", "labels"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run: `share` is how much of it."""

    name: StageName
    share: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """Stages over a number of steps or minutes.

    Attributes:
        stages: Shares add up to 1.
        steps: Steps of the whole run, or None.
        minutes: Minutes of the whole run, or None.
    """

    stages: Sequence[Stage]
    steps: int | None
    minutes: float | None

    def __post_init__(self) -> None:
        """Refuse a schedule without an end, or with two.

        Raises:
            InputError: Both or neither of steps and minutes, or shares that do not add up to 1.
        """
        if (self.steps is None) == (self.minutes is None):
            raise InputError(
                "A run ends after a number of steps or of minutes.", "Give --steps or --minutes."
            )
        if not math.isclose(sum(stage.share for stage in self.stages), 1):
            raise InputError("The shares of the stages do not add up to 1.")

    def position(self, step: int, seconds: float) -> float:
        """How far the run is after so many steps and seconds; 1 and more is the end."""
        if self.steps is not None:
            return step / self.steps
        return seconds / 60 / (self.minutes or math.inf)

    def stage(self, position: float) -> tuple[Stage, float]:
        """The stage at a position, and the position where it began."""
        start = 0.0
        for stage in self.stages:
            if position < start + stage.share - EDGE:
                return stage, start
            start += stage.share
        last = self.stages[-1]
        return last, 1 - last.share

    def rate(self, position: float, settings: Optimization) -> float:
        """The learning rate: up at the start of each stage, down by a cosine over the whole run."""
        _, start = self.stage(position)
        rise = min(1.0, (position - start + 1e-3) / max(1e-9, settings.warmup))
        fall = 0.5 * (1 + math.cos(math.pi * min(1.0, position)))
        return settings.rate * rise * (settings.floor + (1 - settings.floor) * fall)
