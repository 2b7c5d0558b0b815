"""Runs that end too early, in every way a disk can tell."""

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors import SafetensorError
from transformers import TrainerState

from chalklens.errors import InputError, StorageError
from chalklens.training.adapters.checks import Progress, check_disk
from chalklens.training.adapters.recipe import AdapterRecipe
from chalklens.training.adapters.run import AdapterRun, train_adapter
from chalklens.training.adapters.run_folder import (
    check_place,
    explain_full_disk,
    last_whole,
    mark_whole,
    publish,
)
from chalklens.training.adapters.tracking import RunLog, read_curves
from tests.chalklens.training.adapters.test_run import QUICK, make_run


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


def kill_at(step: int) -> Progress:
    def tell(done: int, total: int, what: str) -> None:
        if done == step and what.startswith("training"):
            raise Killed

    return tell


def curve(run: AdapterRun) -> list[tuple[float, float]]:
    return read_curves(run.work / "1-adapter" / "metrics.jsonl")["loss"]


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(replace(QUICK, dropout=0.1), id="adamw"),
        pytest.param(
            # Smaller matrices than 4,096 keep 32 bits.
            replace(QUICK, dropout=0.1, quantize="nf4", optimizer="adamw-8bit", rank=64),
            id="nf4 and adamw-8bit",
            marks=pytest.mark.integration,
        ),
    ],
)
def test_a_killed_run_continues_on_the_same_curve(
    tiny_model: Path, rows_file: Path, tmp_path: Path, recipe: AdapterRecipe
) -> None:
    whole = make_run(tiny_model, rows_file, tmp_path / "whole", recipe)
    train_adapter(whole, lambda done, total, what: None)
    broken = make_run(tiny_model, rows_file, tmp_path / "broken", recipe)
    with pytest.raises(Killed):
        train_adapter(broken, kill_at(3))
    assert not broken.out.exists()
    half = broken.work / "1-adapter" / "checkpoint-9"
    shutil.copytree(broken.work / "1-adapter" / "checkpoint-2", half)
    (half / "complete").unlink()
    (half / "adapter_model.safetensors").write_bytes(b"cut")
    train_adapter(broken, lambda done, total, what: None)
    assert not half.exists()
    assert [step for step, _ in curve(broken)] == [1, 2, 3, 4]
    losses = [[loss for _, loss in curve(run)] for run in (broken, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (broken.out / name).read_bytes() == (whole.out / name).read_bytes()


def test_a_run_that_was_moved_finds_its_best_checkpoint(tmp_path: Path) -> None:
    state = TrainerState(best_model_checkpoint="/elsewhere/work/1-adapter/checkpoint-30")
    RunLog(tmp_path, "adapter", None, lambda done, total, what: None).on_train_begin(
        None, state, None
    )
    assert state.best_model_checkpoint == str(tmp_path / "checkpoint-30")


def test_the_newest_whole_checkpoint_is_taken_by_number(tmp_path: Path) -> None:
    for step in (9, 10, 200):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (9, 10):
        mark_whole(tmp_path / f"checkpoint-{step}")
    found = last_whole(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-10"
    assert not (tmp_path / "checkpoint-200").exists()


def test_a_folder_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def write(folder: Path) -> None:
        (folder / "a").write_text("first")

    publish(out, write)

    def fail(folder: Path) -> None:
        (folder / "a").write_text("half")
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - any
        publish(out, fail, "a")
    assert (out / "a").read_text() == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
    publish(out, lambda folder: (folder / "b").mkdir(), "a")
    assert [file.name for file in out.iterdir()] == ["b"]


def test_a_folder_with_something_else_in_it_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    for mark in ("", "adapter_origin.json"):
        with pytest.raises(InputError, match="would be replaced"):
            publish(tmp_path, lambda folder: None, mark)
    with pytest.raises(InputError, match="would be replaced"):
        check_place(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years"
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty")
    check_place(tmp_path / "new")


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    check_disk(tmp_path / "not" / "there", 1000, 2)
    with pytest.raises(StorageError, match="are free"):
        check_disk(tmp_path, 10**15, 2)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 704 vs 598"),
        SafetensorError(
            "Error while serializing: I/O error: No space left on device (os error 28)"
        ),
    ],
    ids=["python", "torch", "safetensors"],
)
def test_a_disk_that_gets_full_is_told_with_the_checkpoint_that_stays(
    tmp_path: Path, error: Exception
) -> None:
    (tmp_path / "checkpoint-7").mkdir()
    mark_whole(tmp_path / "checkpoint-7")
    told = explain_full_disk(error, tmp_path)
    assert told is not None
    assert "checkpoint-7" in told.hint
    assert explain_full_disk(RuntimeError("something else"), tmp_path) is None
