"""Runs that end too early, in every way a disk can tell."""

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors import SafetensorError

from chalklens.errors import StorageError
from chalklens.training.adapters.checks import Progress, check_disk
from chalklens.training.adapters.run import AdapterRun, train_adapter
from chalklens.training.adapters.run_folder import (
    explain_full_disk,
    last_whole,
    mark_whole,
    publish,
)
from chalklens.training.adapters.tracking import read_curves
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


def test_a_killed_run_continues_on_the_same_curve(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    recipe = replace(QUICK, dropout=0.1)
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
        publish(out, fail)
    assert (out / "a").read_text() == "first"
    publish(out, lambda folder: (folder / "b").mkdir())
    assert [file.name for file in out.iterdir()] == ["b"]


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
