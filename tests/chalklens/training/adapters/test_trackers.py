# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Trackers get a run of their own for every stage, on this machine when they are told to stay there."""

from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.chalklens.training.adapters.test_run import QUICK, make_run, train


def test_tensorboard_and_swanlab_get_the_losses(
    tiny_model: Path, rows_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWANLAB_MODE", "offline")
    recipe = replace(QUICK, epochs=1, trackers=("tensorboard", "swanlab"))
    train(tiny_model, rows_file, tmp_path, recipe)
    work = make_run(tiny_model, rows_file, tmp_path).work / "1-adapter"
    (events,) = (work / "runs").iterdir()
    accumulator = EventAccumulator(str(events))
    accumulator.Reload()
    assert [event.step for event in accumulator.Scalars("train/loss")] == [1, 2]
    (record,) = (work / "swanlab").glob("run-*/*.swanlab")
    assert b"train/loss" in record.read_bytes()
