import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.fake import FakeEngine
from chalklens.errors import ChalklensError, InputError, ModelError, UnavailableError
from retrieval.fake import FakeKnowledge
from server.commands.checks import (
    Check,
    check_folders,
    check_hosts,
    check_package,
    module_of,
    probe,
    requirements,
)
from server.commands.hosts import HOSTS, Place, config_path, make_entry, plan_install, write_config
from server.commands.probe import order

GOOD_TEXT = {"bar_graph.png": ["Bar graph"]}


def states(shell: Any, *arguments: str) -> dict[str, str]:
    rows = shell.rows(shell.run("doctor", "--json", "--quick", *arguments))
    return {row["name"]: row["state"] for row in rows}


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "HOME",
        "XDG_DATA_HOME",
        "HF_HOME",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "MODELSCOPE_CACHE",
    ):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)


def test_a_sound_machine_gives_exit_code_0_and_one_object_per_check(shell: Any):
    shell.benches.texts = GOOD_TEXT
    result = shell.run("doctor", "--json", "--quick")
    assert result.exit_code == 0, result.output
    assert all(set(row) == {"name", "state", "detail", "hint"} for row in shell.rows(result))
    assert {row["state"] for row in shell.rows(result)} <= {"ok", "absent"}


def test_a_reader_that_reads_nonsense_is_broken_and_gives_exit_code_1(shell: Any):
    shell.benches.texts = {"bar_graph.png": ["8ar 9raph"]}
    assert shell.run("doctor", "--json", "--quick").exit_code == 1
    assert states(shell)["reader"] == "broken"


def test_a_missing_model_is_no_failure_but_comes_with_the_command_that_helps(shell: Any):
    shell.benches.texts, shell.benches.engine = GOOD_TEXT, AbsentEngine()
    result = shell.run("doctor", "--json", "--quick")
    [row] = [row for row in shell.rows(result) if row["name"] == "model"]
    assert result.exit_code == 0
    assert row["state"] == "absent"
    assert "chalklens models pull" in row["hint"]


def test_a_model_that_runs_elsewhere_is_shown_a_picture(shell: Any):
    engine = FakeEngine(["A bar graph."], kind="remote")
    shell.benches.engine = engine
    row = find_check(shell, "model")
    assert row["state"] == "ok"
    assert row["detail"].startswith("fake at none sees pictures")
    assert [len(request.pictures) for request in engine.requests] == [1]


@pytest.mark.parametrize(
    "error", [ModelError("gpu-box cannot be reached.", "Start it."), InputError("No pictures.")]
)
def test_a_model_elsewhere_that_cannot_answer_is_broken(shell: Any, error: ChalklensError):
    shell.benches.engine = FakeEngine([error], kind="remote")
    assert find_check(shell, "model")["state"] == "broken"


def test_people_get_a_table_with_every_check(shell: Any):
    shell.benches.texts = GOOD_TEXT
    printed = shell.run("doctor", "--quick").stdout
    for name in ("python", "memory", "cache", "model", "reader", "labeller", "Cursor", "knowledge"):
        assert name in printed


def test_in_a_narrow_terminal_paths_go_on_in_the_next_line(
    shell: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "60")
    shell.benches.texts = GOOD_TEXT
    printed = shell.run("doctor", "--quick").stdout
    assert "claude_desktop" in printed.replace(" ", "").replace("│", "").replace("\n", "")
    assert "…" not in printed


def find_check(shell: Any, name: str, *arguments: str) -> dict[str, str]:
    shell.benches.texts = GOOD_TEXT
    rows = shell.rows(shell.run("doctor", "--json", "--quick", *arguments))
    [row] = [row for row in rows if row["name"] == name]
    return row


def test_the_knowledge_base_is_opened_and_counted(shell: Any):
    row = find_check(shell, "knowledge base")
    assert (row["state"], row["detail"]) == ("ok", "1 documents, 1 passages, 0 failed (fake)")
    assert shell.knowledge.warmed
    assert shell.knowledge.closed


def test_an_empty_knowledge_base_is_no_failure_and_says_how_to_fill_it(shell: Any):
    shell.knowledge = FakeKnowledge()
    row = find_check(shell, "knowledge base")
    assert row["state"] == "absent"
    assert "chalklens knowledge add" in row["hint"]


def test_an_index_that_cannot_be_opened_is_broken(shell: Any):
    shell.knowledge = FakeKnowledge(error=UnavailableError("The index is damaged.", "Sync."))
    row = find_check(shell, "knowledge base")
    assert (row["state"], row["detail"], row["hint"]) == (
        "broken",
        "The index is damaged.",
        "Sync.",
    )


def test_an_embedder_that_is_not_there_is_broken_and_comes_with_the_command_that_helps(shell: Any):
    shell.knowledge = FakeKnowledge(error=ModelError("It is not here.", "hf download it"))
    row = find_check(shell, "embedder")
    assert (row["state"], row["hint"]) == ("broken", "hf download it")
    assert shell.run("doctor", "--json", "--quick").exit_code == 1


def test_searching_by_words_only_is_a_choice_and_no_failure(shell: Any):
    assert find_check(shell, "embedder", "--embedder", "none")["state"] == "absent"


def test_a_knowledge_folder_that_cannot_be_written_is_broken(shell: Any, tmp_path: Path):
    (tmp_path / "data").write_text("", "utf-8")
    row = find_check(shell, "knowledge folder", "--data-dir", str(tmp_path / "data"))
    assert row["state"] == "broken"
    assert "--data-dir" in row["hint"]


def test_a_cache_that_cannot_be_written_is_broken(tmp_path: Path):
    (tmp_path / "HF_HOME").write_text("", "utf-8")
    [hub, *_] = check_folders()
    assert hub.state == "broken"
    assert "HF_HOME" in hub.hint


def host_check(place: Place) -> Check:
    return next(check for check in check_hosts(place) if check.name == "Cursor")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tmp_path, "linux", {})


def test_a_host_without_our_entry_is_told_how_to_get_it(place: Place):
    assert host_check(place).state == "absent"
    assert "chalklens install cursor" in host_check(place).hint


def test_a_host_with_our_entry_is_fine(place: Place):
    host = HOSTS["cursor"]
    write_config(plan_install(host, place, make_entry(host, [])))
    assert host_check(place).state == "ok"


@pytest.mark.parametrize(
    "text", ["{", "[]", json.dumps({"mcpServers": {"chalklens": {"command": "/no/python"}}})]
)
def test_a_host_that_could_not_start_us_is_broken(place: Place, text: str):
    path = config_path(HOSTS["cursor"], place)
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    assert host_check(place).state == "broken"


def test_a_package_that_cannot_be_imported_is_named_and_the_others_are_still_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "noisy_module.py").write_text("print('{not json')\n", "utf-8")
    (tmp_path / "broken_module.py").write_text("raise OSError('no such library')\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found, _ = probe(["noisy_module", "broken_module", "no_such_module", "json"])
    assert found["noisy_module"] == found["json"] == ""
    assert "no such library" in found["broken_module"]
    assert "ModuleNotFoundError" in found["no_such_module"]


def test_a_package_that_ends_the_process_does_not_hide_what_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "deadly_module.py").write_text("import os\nos.abort()\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found, _ = probe(["json", "deadly_module", "decimal"])
    assert found == {"json": ""}


def test_an_interrupt_ends_the_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "interrupted_module.py").write_text(text, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found, _ = probe(["json", "interrupted_module", "decimal"])
    assert found == {"json": ""}


def test_a_version_out_of_range_is_broken_and_says_what_to_install():
    check = check_package("typer", Requirement("typer>=999"), "")
    assert (check.state, check.hint) == ("broken", "pip install 'typer>=999'")
    assert check_package("typer", Requirement("typer>=0.1"), "").state == "ok"
    assert check_package("no-such-package", Requirement("no-such-package"), "").state == "broken"


def test_a_package_that_cannot_be_imported_is_to_be_installed_again_in_the_same_version_alone():
    """With what it needs, pip could bring another build of torch along."""
    check = check_package("typer", Requirement("typer"), "ImportError: no such symbol")
    assert check.state == "broken"
    assert check.hint == f"pip install --force-reinstall --no-deps 'typer=={version('typer')}'"


def test_every_dependency_is_known_by_its_import_name():
    names = requirements()
    assert "torch" in names
    assert "pytest" not in names
    assert [name for name in names if find_spec(module_of(name)) is None] == []


def test_what_others_build_on_is_imported_first():
    assert order(["peft", "torchvision", "anyio", "torch"]) == [
        "torch", "torchvision", "peft", "anyio",
    ]  # fmt: skip


@pytest.mark.integration
def test_packages_that_build_on_torchvision_are_imported_as_the_workers_do():
    errors, device = probe(["peft", "torchvision", "torch"])
    assert errors == {"peft": "", "torchvision": "", "torch": ""}
    assert device["kind"] in ("cpu", "cuda", "mps")
