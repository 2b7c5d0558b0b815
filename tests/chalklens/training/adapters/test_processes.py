"""Two processes that learn together (torch's gloo), and one that is killed by the system."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from chalklens.training.adapters.finished import StageRecord, restore_stage
from chalklens.training.adapters.frozen_model import load_model
from chalklens.training.adapters.methods import adapt
from chalklens.training.adapters.recipe import AdapterRecipe
from tests.chalklens.training.adapters.small_rows import write_file, write_rows

SETTINGS = {
    "epochs": "2", "learning_rate": "5e-3", "dropout": "0.0", "min_pixels": "4096",
    "max_pixels": "16384", "log_every_steps": "1", "save_every_steps": "2",
}  # fmt: skip
TOGETHER = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
LIMIT_S, POLL_S = 300, 0.05


def write_command(folder: Path, model: Path, out: str, method: str, accumulation: int) -> list[str]:
    command = ["-m", "chalklens", "train", "adapter", "--device", "cpu", "--method", method]
    command += ["--model", str(model), "--data", str(folder / "data" / "rows.jsonl")]
    command += ["--out", str(folder / out)]
    for key, value in {**SETTINGS, "accumulation": str(accumulation)}.items():
        command += ["--set", f"{key}={value}"]
    return command


def run(arguments: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_losses(work: Path) -> list[float]:
    lines = (work / "1-adapter" / "metrics.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row.get("loss", row.get("eval_loss")) for row in rows[:-1]]


@pytest.mark.integration
@pytest.mark.parametrize("method", ["lora", "moe-lora"])
def test_two_processes_learn_what_one_learns_from_twice_as_many_rows(
    tiny_model: Path, tmp_path: Path, method: str
) -> None:
    write_rows(tmp_path / "data", train=8, val=2)
    alone = run(write_command(tmp_path, tiny_model, "alone", method, 2))
    together = run([*TOGETHER, *write_command(tmp_path, tiny_model, "two", method, 1)])
    assert read_losses(tmp_path / "two-work") == pytest.approx(
        read_losses(tmp_path / "alone-work"), rel=1e-4
    )
    assert together.count("parameters are in") == alone.count("parameters are in") == 1


@pytest.mark.integration
def test_two_processes_learn_rows_of_which_some_have_no_picture(
    tiny_model: Path, tmp_path: Path
) -> None:
    file = write_rows(tmp_path / "data", train=4)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for row in rows[:3]:
        row["images"] = []
        row["messages"][0]["content"] = [{"type": "text", "text": "What is counting?"}]
    write_file(tmp_path / "data", rows)
    run(write_command(tmp_path, tiny_model, "alone", "lora", 2))
    run([*TOGETHER, *write_command(tmp_path, tiny_model, "two", "lora", 1)])
    assert read_losses(tmp_path / "two-work") == pytest.approx(
        read_losses(tmp_path / "alone-work"), rel=1e-4
    )


@pytest.mark.integration
def test_a_run_that_the_system_kills_three_times_ends_with_the_same_bytes(
    tiny_model: Path, tmp_path: Path
) -> None:
    write_rows(tmp_path / "data", train=8, val=2)
    run(write_command(tmp_path, tiny_model, "whole", "moe-lora", 2))
    broken = write_command(tmp_path, tiny_model, "broken", "moe-lora", 2)
    for step in (1, 3, 6):
        with subprocess.Popen(
            [sys.executable, *broken], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            metrics = tmp_path / "broken-work" / "1-adapter" / "metrics.jsonl"
            while not has_reached(metrics, step):
                with suppress(subprocess.TimeoutExpired):
                    raise AssertionError(f"ended before step {step}: {process.wait(POLL_S)}")
            process.send_signal(signal.SIGKILL)
        assert not (tmp_path / "broken").exists()
    run(broken)
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def has_reached(metrics: Path, step: int) -> bool:
    return metrics.exists() and f'"step": {step},' in metrics.read_text("utf-8")


@pytest.mark.integration
def test_an_adapter_in_parts_is_kept_whole(tiny_model: Path, tmp_path: Path) -> None:
    program = str(Path(__file__).with_name("sharded_stage.py"))
    run([*TOGETHER, program, str(tiny_model), str(tmp_path)])
    recipe = AdapterRecipe(method="moe-lora", seed=1)
    adapted = adapt(load_model(tiny_model, recipe, torch.device("cpu")), recipe)
    assert restore_stage(adapted, tmp_path) == StageRecord(1, 0.5, None)
    same = adapt(load_model(tiny_model, recipe, torch.device("cpu")), replace(recipe, seed=0))
    kept, drawn = (dict(model.named_parameters()) for model in (adapted, same))
    assert all(torch.equal(kept[name], weights) for name, weights in drawn.items())
