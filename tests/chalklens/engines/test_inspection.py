import json
from pathlib import Path
from typing import Any

import pytest

from chalklens.engines.inspection import (
    ORIGIN_FILE,
    inspect_adapter,
    inspect_model,
    read_trained_pixels,
    unmatched_targets,
)
from chalklens.engines.weight_files import fingerprint
from chalklens.errors import ModelError
from tests.chalklens.engines.model_folders import (
    LAYER,
    TENSORS,
    write_adapter,
    write_model,
    write_weights,
)

LORA = {
    f"base_model.model.{LAYER}.q_proj.lora_A.weight": (4, 8),
    f"base_model.model.{LAYER}.q_proj.lora_B.weight": (16, 4),
}


def refusal(folder: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        inspect_model(folder)
    assert caught.value.message
    assert caught.value.hint
    assert str(folder.parent) not in str(caught.value)
    return caught.value


def test_a_complete_folder_is_described_from_its_headers(tmp_path: Path) -> None:
    facts = inspect_model(write_model(tmp_path / "model"))
    assert facts.parameters == 100 * 8 * 2 + 16 * 8 + 8 * 8 + 24 * 8
    assert facts.layer_parameters == 16 * 8 + 8 * 8
    assert facts.weight_bytes == facts.parameters * 4
    assert facts.cache_values_per_token == 2 * 2 * 1 * 4


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "nothing")
    assert error.code == "model_missing"
    assert "nothing" in error.message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"model_type": "qwen3_vl", "auto_map": {"AutoModel": "evil.Model"}}),
        ("config.json", {"model_type": "qwen3_vl", "text_config": {"auto_map": {"a": "b.c"}}}),
        ("config.json", {"model_type": "qwen3_vl", "trust_remote_code": True}),
        ("config.json", {"model_type": "qwen3_vl", "transformers_weights": "x.bin"}),
        ("processor_config.json", {"image_processor": [{"auto_map": {"a": "b"}}]}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.Tok", None]}}),
        ("generation_config.json", {"auto_map": {"x": "y"}}),
    ],
)
def test_remote_code_is_refused_wherever_it_is_named(
    tmp_path: Path, name: str, content: dict[str, Any]
) -> None:
    folder = write_model(tmp_path / "model")
    (folder / name).write_text(json.dumps(content))
    error = refusal(folder)
    assert error.code == "remote_code"
    assert name in error.message


def test_pickled_weights_are_refused_and_never_opened(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert refusal(folder).code == "pickled_weights"


def test_pickled_files_beside_safetensors_are_ignored(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "training_args.bin").write_bytes(b"whatever")
    assert inspect_model(folder).parameters


def test_another_architecture_is_refused_by_name(tmp_path: Path) -> None:
    error = refusal(write_model(tmp_path / "model", model_type="llava"))
    assert error.code == "unsupported_model"
    assert "llava" in error.message


@pytest.mark.parametrize(
    "name", ["config.json", "processor_config.json", "tokenizer.json", "model.safetensors"]
)
def test_a_missing_file_makes_the_model_incomplete_or_unsupported(
    tmp_path: Path, name: str
) -> None:
    folder = write_model(tmp_path / "model")
    (folder / name).unlink()
    assert refusal(folder).code in {"model_incomplete", "unsupported_model"}


def test_a_config_that_is_not_json_is_told(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "config.json").write_text("[" * 100_000)
    assert refusal(folder).code == "model_incomplete"


def test_weights_cut_short_are_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-5])
    error = refusal(folder)
    assert error.code == "broken_weights"
    assert "model.safetensors" in error.message


def test_every_shard_of_the_index_must_be_there(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    shards = {"a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    write_weights(folder / "model-00001-of-00002.safetensors", {"a.weight": (2, 2)})
    error = refusal(folder)
    assert error.code == "model_incomplete"
    assert "model-00002.safetensors" in error.message


def test_a_shard_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").rename(tmp_path / "elsewhere.safetensors")
    shards = {"weight_map": {"a": "../elsewhere.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(shards))
    assert refusal(folder).code == "model_incomplete"


def adapter_refusal(tmp_path: Path, folder: Path) -> ModelError:
    facts = inspect_model(write_model(tmp_path / "model"))
    with pytest.raises(ModelError) as caught:
        inspect_adapter(folder, facts)
    return caught.value


def test_an_adapter_that_fits_is_accepted(tmp_path: Path) -> None:
    facts = inspect_model(write_model(tmp_path / "model"))
    inspect_adapter(write_adapter(tmp_path / "adapter", LORA), facts)
    inspect_adapter(write_adapter(tmp_path / "all", LORA, target_modules="all-linear"), facts)


def test_each_target_of_an_adapter_must_match_a_module_on_its_own(tmp_path: Path) -> None:
    targets = ["q_proj", "visual_q_proj"]
    folder = write_adapter(tmp_path / "adapter", LORA, target_modules=targets)
    error = adapter_refusal(tmp_path, folder)
    assert error.code == "adapter_mismatch"
    assert "visual_q_proj" in error.message


def test_an_adapter_for_another_size_of_model_is_refused(tmp_path: Path) -> None:
    wide = {name: (4, 4096) if "lora_A" in name else (4096, 4) for name in LORA}
    error = adapter_refusal(tmp_path, write_adapter(tmp_path / "adapter", wide))
    assert error.code == "adapter_mismatch"
    assert "another size" in error.message


def test_adapter_weights_for_a_layer_that_does_not_exist_are_refused(tmp_path: Path) -> None:
    deeper = {name.replace("layers.0", "layers.7"): shape for name, shape in LORA.items()}
    error = adapter_refusal(tmp_path, write_adapter(tmp_path / "adapter", deeper))
    assert error.code == "adapter_mismatch"


def test_a_pickled_adapter_is_refused(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "adapter", LORA)
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    assert adapter_refusal(tmp_path, folder).code == "pickled_weights"


@pytest.mark.parametrize("kind", ["ADALORA", "XLORA", None])
def test_other_kinds_of_adapter_are_refused(tmp_path: Path, kind: str | None) -> None:
    folder = write_adapter(tmp_path / "adapter", LORA, peft_type=kind)
    assert adapter_refusal(tmp_path, folder).code == "adapter_unsupported"


def test_parts_of_other_methods_are_compared_with_the_weights_they_change(tmp_path: Path) -> None:
    facts = inspect_model(write_model(tmp_path / "model"))
    layer = f"base_model.model.{LAYER}.q_proj"
    mixture = {
        f"{layer}.moelora_A": (12, 8),
        f"{layer}.moelora_B": (16, 12),
        f"{layer}.moelora_router": (4, 8),
    }
    inspect_adapter(write_adapter(tmp_path / "moe", mixture, peft_type="MOELORA"), facts)
    inspect_adapter(
        write_adapter(tmp_path / "ia3", {f"{layer}.ia3_l": (16, 1)}, peft_type="IA3"), facts
    )
    for part, shape in (("moelora_router", (4, 9)), ("moelora_B", (8, 12)), ("ia3_l", (5, 1))):
        wrong = write_adapter(tmp_path / part, {f"{layer}.{part}": shape}, peft_type="MOELORA")
        assert "another size" in adapter_refusal(tmp_path, wrong).message


def test_an_adapter_of_other_weights_of_the_same_shape_is_refused(tmp_path: Path) -> None:
    facts = inspect_model(write_model(tmp_path / "model"))
    folder = write_adapter(tmp_path / "adapter", LORA)
    base = {"name": "mine", "fingerprint": fingerprint(facts.files)}
    (folder / ORIGIN_FILE).write_text(json.dumps({"base": base}))
    inspect_adapter(folder, facts)
    (folder / ORIGIN_FILE).write_text(json.dumps({"base": {**base, "fingerprint": "0" * 12}}))
    assert "other weights: mine" in adapter_refusal(tmp_path, folder).message


def test_an_adapter_says_how_large_the_pictures_were_it_has_learnt_from(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "adapter", LORA)
    assert read_trained_pixels(folder) is None
    stages = [{"min_pixels": 4096, "max_pixels": 524_288}]
    (folder / ORIGIN_FILE).write_text(json.dumps({"stages": stages}))
    assert read_trained_pixels(folder) == (4096, 524_288)


def test_an_adapter_folder_without_a_config_is_told(tmp_path: Path) -> None:
    assert adapter_refusal(tmp_path, tmp_path).code == "adapter_missing"


@pytest.mark.parametrize(
    ("targets", "missing"),
    [
        (["attn.qkv"], []),
        (["roj"], ["roj"]),
        ([], []),
        (r".*language_model.*\.(q|v)_proj", []),
        (r".*visual.*q_proj", [r".*visual.*q_proj"]),
    ],
)
def test_targets_are_matched_as_peft_matches_them(targets: object, missing: list[str]) -> None:
    modules = [name.removesuffix(".weight") for name in TENSORS]
    assert unmatched_targets(targets, modules) == missing
