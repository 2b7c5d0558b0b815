# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Whole runs on the tiny model: from rows to a folder that the engine's loader takes."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from chalklens.engines.inspection import inspect_adapter, inspect_model
from chalklens.errors import InputError, UnavailableError
from chalklens.training.adapters.folders import describe_adapter
from chalklens.training.adapters.frozen_model import check_hardware
from chalklens.training.adapters.recipe import METHODS, AdapterRecipe, Method
from chalklens.training.adapters.run import AdapterRun, TrainedAdapter, train_adapter
from tests.chalklens.engines.in_process import load
from tests.chalklens.training.adapters.small_rows import make_row, write_file, write_rows

QUICK = AdapterRecipe(
    epochs=2,
    accumulation=2,
    learning_rate=5e-3,
    dropout=0.0,
    min_pixels=4096,
    max_pixels=16_384,
    save_every_steps=2,
    log_every_steps=1,
)


def ignore(done: int, total: int, what: str) -> None:
    """Nobody looks."""


def make_run(model: Path, data: Path, folder: Path, *stages: AdapterRecipe) -> AdapterRun:
    return AdapterRun(model, (data,), folder / "mine", folder / "work", stages, "cpu")


def train(model: Path, data: Path, folder: Path, *stages: AdapterRecipe) -> TrainedAdapter:
    return train_adapter(make_run(model, data, folder, *stages), ignore)


def read_log(work: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (work / "metrics.jsonl").read_text().splitlines()]


@dataclass(frozen=True)
class Finished:
    """A run that tests look at and do not change."""

    folder: Path
    rows: Path
    trained: TrainedAdapter


@pytest.fixture(scope="module")
def finish(
    tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Method], Finished]:
    """One run of each method, made when a test wants it."""

    @functools.cache
    def run(method: Method) -> Finished:
        folder = tmp_path_factory.mktemp(method)
        rows = write_rows(folder / "data", train=4, val=1)
        return Finished(
            folder, rows, train(tiny_model, rows, folder, replace(QUICK, method=method))
        )

    return run


@pytest.mark.parametrize(
    "method",
    [
        pytest.param(method, marks=pytest.mark.integration if method == "dora" else ())
        for method in METHODS  # DoRA is LoRA with one vector more, and takes the longest
    ],
)
def test_every_method_learns_and_is_loaded_by_the_engine(
    tiny_model: Path, finish: Callable[[Method], Finished], method: Method
) -> None:
    run = finish(method)
    trained = run.trained
    facts = describe_adapter(trained.folder)
    assert facts.method == method
    assert facts.parameters == trained.parameters
    assert trained.steps == 4
    work = run.folder / "work" / "1-adapter"
    losses = [row["loss"] for row in read_log(work) if "loss" in row]
    assert losses[-1] < losses[0]
    assert {"training.svg", "losses.png"} <= {file.name for file in work.iterdir()}
    suffixes = {file.suffix for file in trained.folder.iterdir()}
    assert suffixes == {".json", ".safetensors", ".md"}
    inspect_adapter(trained.folder, inspect_model(tiny_model))
    loaded = load(tiny_model, trained.folder, min_pixels=4096, max_pixels=16_384)
    ids = torch.tensor([[60, 70, 80]])
    with torch.no_grad():
        adapted = loaded.model(input_ids=ids).logits
        with loaded.model.disable_adapter():
            assert not torch.equal(loaded.model(input_ids=ids).logits, adapted)


def test_a_mixture_says_which_experts_it_used(finish: Callable[[Method], Finished]) -> None:
    run = finish("moe-lora")
    rows = [row for row in read_log(run.folder / "work" / "1-adapter") if "loss" in row]
    for row in rows:
        shares: list[float] = row["expert_shares"]  # pyright: ignore[reportAssignmentType]
        assert len(shares) == 4
        assert sum(shares) == pytest.approx(1, abs=1e-3)


def test_a_mixture_learns_on_a_base_in_four_bits(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("bitsandbytes")
    recipe = replace(QUICK, method="moe-lora", quantize="nf4", epochs=1)
    trained = train(tiny_model, rows_file, tmp_path, recipe)
    assert trained.steps == 2
    losses = [row["loss"] for row in read_log(tmp_path / "work" / "1-adapter") if "loss" in row]
    assert losses[-1] < losses[0]


def test_an_optimizer_in_eight_bits_keeps_its_state_in_bytes_and_learns_the_same(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    losses: dict[str, list[float]] = {}
    for optimizer in ("adamw", "adamw-8bit"):
        folder = tmp_path / optimizer
        train(tiny_model, rows_file, folder, replace(QUICK, rank=64, optimizer=optimizer))
        work = folder / "work" / "1-adapter"
        losses[optimizer] = [row["loss"] for row in read_log(work) if "loss" in row]
    assert losses["adamw-8bit"] == pytest.approx(losses["adamw"], rel=1e-2)
    saved = torch.load(work / "checkpoint-4" / "optimizer.pt", weights_only=True)["state"]
    kept = [state["__bnb_optimizer_quant_state__"]["state1"].dtype for state in saved.values()]
    assert kept.count(torch.uint8) > len(kept) / 2


def test_an_optimizer_that_needs_a_gpu_is_refused_without_one(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnavailableError, match="CUDA GPU"):
        train(tiny_model, rows_file, tmp_path, replace(QUICK, optimizer="paged-adamw-8bit"))


@pytest.mark.parametrize(
    ("version", "quantize", "reason"),
    [("1", "none", "first version"), ("2", "nf4", "quantised")],
)
def test_ways_to_share_out_a_model_that_cannot_train_are_refused(
    monkeypatch: pytest.MonkeyPatch, version: str, quantize: str, reason: str
) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    monkeypatch.setenv("FSDP_VERSION", version)
    with pytest.raises(UnavailableError, match=reason):
        check_hardware(AdapterRecipe(quantize=quantize), torch.device("cpu"))


def test_stages_learn_their_own_rows_one_after_the_other(tiny_model: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "data", train=2)
    text = make_row(7, images=[])
    text["messages"][0]["content"] = [{"type": "text", "text": "What is counting?"}]
    pictured = [json.loads(line) for line in file.read_text().splitlines()]
    write_file(tmp_path / "data", [*pictured, text])
    stages = (
        replace(QUICK, stage="knowledge", rows="text", epochs=1),
        replace(QUICK, stage="worksheets", rows="pictures", epochs=1),
    )
    trained = train(tiny_model, file, tmp_path, *stages)
    assert trained.steps == 2
    origin = json.loads((trained.folder / "adapter_origin.json").read_text())
    assert [stage["stage"] for stage in origin["stages"]] == ["knowledge", "worksheets"]
    assert "Rows: 3 to learn from" in (trained.folder / "README.md").read_text("utf-8")
    assert (tmp_path / "work" / "1-knowledge" / "adapter" / "stage.json").exists()


def test_stages_take_their_rows_from_several_files(tiny_model: Path, tmp_path: Path) -> None:
    pictured = write_rows(tmp_path / "sheets", train=2)
    text = make_row(7, images=[])
    text["messages"][0]["content"] = [{"type": "text", "text": "What is counting?"}]
    plain = write_file(tmp_path / "words", [text])
    stages = (
        replace(QUICK, stage="knowledge", rows="text", epochs=1),
        replace(QUICK, stage="worksheets", rows="pictures", epochs=1),
    )
    run = replace(make_run(tiny_model, plain, tmp_path, *stages), data=(plain, pictured))
    assert train_adapter(run, ignore).steps == 2
    (tmp_path / "sheets" / "1.png").unlink()
    with pytest.raises(InputError, match=r"sheets/rows\.jsonl, line 2: there is no file"):
        train_adapter(run, ignore)


def test_a_folder_of_another_run_is_not_continued(
    tiny_model: Path, finish: Callable[[Method], Finished]
) -> None:
    run = finish("lora")
    with pytest.raises(InputError, match="stages differs"):
        train(tiny_model, run.rows, run.folder, replace(QUICK, rank=2))


def test_bad_rows_are_told_by_line_before_anything_is_trained(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    rows = [make_row(n) for n in range(4)]
    rows[0]["labels"] = ["NumbersSmaller10", "Additon", "IntegerAddition"]
    write_file(rows_file.parent, rows)
    (rows_file.parent / "1.png").unlink()
    (rows_file.parent / "2.png").write_bytes(b"no picture")
    with pytest.raises(InputError) as caught:
        train(tiny_model, rows_file, tmp_path, replace(QUICK, max_tokens=33))
    message = caught.value.message
    assert "line 1: EduGraph has no concept Additon (near are Addition, " in message
    assert "line 2: there is no file 1.png" in message
    assert "line 3: The picture 2.png cannot be read" in message
    assert "line 4:" in message
    assert "over the 33 of max_tokens" in message
    assert not (tmp_path / "mine").exists()
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("every", [1, 3], ids=["logged at once", "seen at the end"])
def test_a_run_that_diverges_ends_without_an_adapter(
    tiny_model: Path, rows_file: Path, tmp_path: Path, every: int
) -> None:
    wild = replace(QUICK, learning_rate=1e12, schedule="constant", log_every_steps=every)
    with pytest.raises(InputError, match="The run diverged") as caught:
        train(tiny_model, rows_file, tmp_path, wild)
    assert "learning_rate" in caught.value.hint
    assert not (tmp_path / "mine").exists()


def test_a_place_with_something_in_it_is_refused_before_anything_is_trained(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(InputError, match="would be replaced"):
        train(tiny_model, rows_file, tmp_path, QUICK)
    assert not (tmp_path / "work").exists()


def test_a_target_that_is_not_there_is_told_with_near_names(
    tiny_model: Path, rows_file: Path, tmp_path: Path
) -> None:
    wrong = replace(QUICK, targets=("q_proj", "visual_q_proj"))
    with pytest.raises(InputError, match="visual_q_proj") as caught:
        train(tiny_model, rows_file, tmp_path, wrong)
    assert "q_proj" in caught.value.hint
