import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "ms"))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "hf" / "hub"


def put_incomplete_model(hub: Path) -> None:
    folder = hub / "models--Qwen--Qwen3-VL-2B-Instruct" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3_vl"}), "utf-8")


def test_without_models_the_list_says_so_and_what_could_be_pulled(shell: Any):
    result = shell.run("models", "list")
    assert result.exit_code == 0
    assert "No Qwen3-VL is on this machine." in result.stdout
    assert "qwen3-vl-4b" in result.stdout


def test_in_a_narrow_terminal_names_and_sizes_stay_whole(
    shell: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "60")
    printed = shell.run("models", "list").stdout
    assert "qwen3-vl-4b-instruct" in printed
    assert "9 GB" in printed
    assert "…" not in printed


def test_the_list_as_json_tells_sizes_and_licences(shell: Any):
    rows = shell.rows(shell.run("models", "list", "--json"))
    [edugraph] = [row for row in rows if row["name"] == "edugraph"]
    assert edugraph["present"] is False
    assert edugraph["download_bytes"] > 8e9
    assert edugraph["licence"] == "Apache-2.0"


def test_a_model_that_is_incomplete_is_listed_with_its_problem(shell: Any, own_caches: Path):
    put_incomplete_model(own_caches)
    [row] = [row for row in shell.rows(shell.run("models", "list", "--json")) if row["present"]]
    assert row["name"] == "Qwen/Qwen3-VL-2B-Instruct"
    assert row["usable"] is False
    assert row["problem"]
    assert "Qwen3-VL-2B-Instruct" in shell.run("models", "list").stdout


def test_show_tells_folder_and_revision(shell: Any, own_caches: Path):
    put_incomplete_model(own_caches)
    [row] = shell.rows(shell.run("models", "show", "qwen3-vl-2b", "--json"))
    assert row["revision"] == "abc"
    assert "folder" in shell.run("models", "show", "qwen3-vl-2b").stdout


def test_a_model_that_is_not_here_comes_with_the_command_that_gets_it(shell: Any):
    result = shell.run("models", "show", "qwen3-vl-4b")
    assert result.exit_code == 1
    assert "chalklens models pull qwen3-vl-4b" in result.stderr


def test_a_name_that_cannot_be_pulled_is_not_said_to_be(shell: Any):
    result = shell.run("models", "show", "nosuch")
    assert result.exit_code == 1
    assert "models pull" not in result.stderr
    assert "chalklens models list" in result.stderr


def test_a_name_too_long_for_any_file_is_no_bug(shell: Any):
    result = shell.run("models", "show", "a" * 5000)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: A name is too long")
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("name", ["not a name", "nosuch", "../etc", "a b/c", "modelscope:x", "/a/"])
def test_pulling_something_that_is_no_name_is_refused(shell: Any, name: str):
    result = shell.run("models", "pull", name)
    assert result.exit_code == 1
    assert "is not the name of a model" in result.stderr
