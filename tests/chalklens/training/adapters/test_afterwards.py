# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Planned, listed, merged and exported, through the command line."""

import json
import shutil
import warnings
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from chalklens.engines.inspection import inspect_model
from chalklens.errors import InputError, ModelError, UnavailableError
from chalklens.training.adapters.folders import describe_adapter, find_adapters
from chalklens.training.adapters.merging import (
    check_converter,
    export_gguf,
    find_converter,
    merge_adapter,
)
from chalklens.training.adapters.planner import plan_memory, read_config
from chalklens.training.adapters.recipe import METHODS, AdapterRecipe
from chalklens.training.adapters.targets import resolve_targets
from server.cli import app
from tests.chalklens.engines.tiny_qwen3vl import build_adapter

CONVERTER = """\
import sys
from pathlib import Path

arguments = sys.argv[1:]
if "q9" in arguments and "--mmproj" in arguments:
    sys.exit("no such type")
if "needy" in arguments[0]:
    import a_package_that_is_not_there
if "foreign" in arguments[0]:
    sys.exit("NotImplementedError: BPE pre-tokenizer was not recognized")
Path(arguments[arguments.index("--outfile") + 1]).write_text(" ".join(arguments))
"""


@pytest.fixture(scope="module")
def tiny_adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_adapter(tiny_model, tmp_path_factory.mktemp("adapters") / "tiny")


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


def answer(folder: Path, adapter: Path | None = None) -> torch.Tensor:
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(folder)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)
        model = PeftModel.from_pretrained(model, str(adapter)) if adapter else model
        return model.eval()(input_ids=torch.tensor([[60, 70, 80, 90]])).logits


def test_adapters_are_listed_and_shown(tiny_adapter: Path) -> None:
    root = tiny_adapter.parent
    assert list(find_adapters(root)) == [tiny_adapter]
    [row] = [json.loads(line) for line in run("adapters", "list", str(root), "--json").splitlines()]
    assert row["method"] == "lora"
    assert row["base"] == "tiny"
    shown = run("adapters", "show", str(tiny_adapter))
    assert f"{describe_adapter(tiny_adapter).parameters:,}" in shown
    assert "attn.qkv, q_proj, v_proj" in shown


def test_a_damaged_adapter_does_not_hide_the_others(tiny_adapter: Path, tmp_path: Path) -> None:
    for name in ("bad", "good", "null"):
        shutil.copytree(tiny_adapter, tmp_path / name)
    (tmp_path / "bad" / "adapter_model.safetensors").write_bytes(b"cut")
    (tmp_path / "null" / "adapter_config.json").write_text("null")
    done = CliRunner().invoke(app, ["adapters", "list", str(tmp_path)])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [str(tmp_path / "good")]
    assert str(tmp_path / "bad") in done.stderr
    assert str(tmp_path / "null") in done.stderr


def test_a_place_that_is_not_there_holds_no_adapters(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        list(find_adapters(tmp_path / "nowhere"))


def test_a_folder_that_is_no_adapter_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no adapter"):
        describe_adapter(tmp_path)


def test_a_merged_model_answers_like_model_and_adapter(
    tiny_model: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    out = tmp_path / "merged"
    run("adapters", "merge", str(tiny_adapter), "--model", str(tiny_model), "--out", str(out))
    inspect_model(out)
    expected = answer(tiny_model, tiny_adapter)
    assert torch.allclose(answer(out), expected, atol=1e-3)
    assert not torch.allclose(answer(tiny_model), expected, atol=1e-3)


def test_a_mixture_is_not_merged(tiny_model: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixture"
    folder.mkdir()
    config = json.loads((tiny_adapter / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "peft_type": "MOELORA"}))
    weights = "adapter_model.safetensors"
    (folder / weights).write_bytes((tiny_adapter / weights).read_bytes())
    with pytest.raises(ModelError, match="each token chooses its own"):
        merge_adapter(tiny_model, folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_gguf_files_are_written_by_the_converter_that_is_named(tmp_path: Path) -> None:
    script = tmp_path / "convert.py"
    script.write_text(CONVERTER)
    text, vision = export_gguf(tmp_path / "model", tmp_path / "out", script, "f16")
    assert "--mmproj" not in text.read_text()
    assert vision.name.startswith("mmproj-")
    assert "--mmproj" in vision.read_text()
    with pytest.raises(UnavailableError, match="no such type"):
        export_gguf(tmp_path / "model", tmp_path / "out", script, "q9")
    assert set((tmp_path / "out").iterdir()) == {text, vision}


@pytest.mark.parametrize(
    ("model", "advice"),
    [("needy", "pip install a_package_that_is_not_there"), ("foreign", "published tokenizer")],
)
def test_what_a_converter_lacks_is_told_before_anything_is_merged(
    model: str, advice: str, tmp_path: Path
) -> None:
    script = tmp_path / "convert.py"
    script.write_text(CONVERTER)
    with pytest.raises(UnavailableError) as caught:
        check_converter(tmp_path / model, script)
    assert advice in caught.value.hint


def test_a_missing_converter_is_told_with_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHALKLENS_GGUF_CONVERTER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError) as caught:
        find_converter(tmp_path / "convert.py")
    assert "ggml-org/llama.cpp" in caught.value.hint


def test_the_plan_counts_everything_without_loading(tiny_model: Path) -> None:
    facts, config = inspect_model(tiny_model), read_config(tiny_model)
    plain = plan_memory(facts, config, AdapterRecipe(checkpointing=False))
    lean = plan_memory(facts, config, AdapterRecipe())
    small = plan_memory(facts, config, AdapterRecipe(quantize="nf4", optimizer="paged-adamw-8bit"))
    wide = plan_memory(facts, config, AdapterRecipe(batch=4))
    assert plain.weights == 2 * facts.parameters
    assert lean.activations < plain.activations
    assert small.weights < lean.weights
    assert small.adapter < lean.adapter
    assert wide.passing == 4 * lean.passing
    assert plain.total > lean.total > small.total


def test_the_plan_is_printed(tiny_model: Path) -> None:
    said = run("train", "adapter", "--model", str(tiny_model), "--plan", "--method", "moe-lora")
    assert "expected peak" in said
    assert "moe-lora, stage adapter, batch 1" in said


def test_default_targets_match_in_every_method(tiny_model: Path) -> None:
    shapes = inspect_model(tiny_model).shapes
    for method in METHODS:
        assert resolve_targets(AdapterRecipe(method=method).wanted_targets, shapes)


def test_a_training_without_rows_is_told(tiny_model: Path) -> None:
    done = CliRunner().invoke(app, ["train", "adapter", "--model", str(tiny_model)])
    assert done.exit_code == 1
    assert "--data and --out" in done.output
