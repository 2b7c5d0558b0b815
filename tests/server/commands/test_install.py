import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import ChalklensError, InputError
from server.commands.hosts import (
    HOSTS,
    Host,
    InstallPlan,
    Json,
    Place,
    claude_mcp_add,
    config_path,
    default_roots,
    make_entry,
    plan_install,
    write_config,
)


@pytest.fixture(params=list(HOSTS))
def host(request: pytest.FixtureRequest) -> Host:
    return HOSTS[request.param]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folders = [tmp_path / "home", tmp_path / "project"]
    for folder in folders:
        folder.mkdir()
    return Place(folders[0], folders[1], "linux", {})


def plan(host: Host, place: Place, *, model: str = "") -> InstallPlan:
    return plan_install(host, place, make_entry(host, default_roots(host, place), model))


def put(host: Host, place: Place, text: str) -> Path:
    path = config_path(host, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_entry_starts_this_interpreter_by_its_absolute_path(host: Host, place: Place):
    write_config(plan(host, place))
    config = json.loads(config_path(host, place).read_text("utf-8"))
    entry = config[host.servers_key]["chalklens"]
    assert entry["command"] == sys.executable
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][:4] == ["-P", "-m", "chalklens", "serve"]


def test_other_servers_and_unknown_keys_stay(host: Host, place: Place):
    before = {"theme": "dark", host.servers_key: {"other": {"command": "x", "env": {"A": "1"}}}}
    path = put(host, place, json.dumps(before))
    made = plan(host, place)
    write_config(made)
    after = json.loads(path.read_text("utf-8"))
    assert after["theme"] == "dark"
    assert after[host.servers_key]["other"] == {"command": "x", "env": {"A": "1"}}
    assert made.kept == ("other",)


def test_a_users_own_keys_in_our_entry_stay(host: Host, place: Place):
    ours: Json = {"command": "old", "args": [], "env": {"CHALKLENS_THREADS": "4"}}
    path = put(host, place, json.dumps({host.servers_key: {"chalklens": ours}}))
    write_config(plan(host, place))
    entry = json.loads(path.read_text("utf-8"))[host.servers_key]["chalklens"]
    assert entry["env"] == {"CHALKLENS_THREADS": "4"}
    assert entry["command"] == sys.executable


def test_the_old_file_is_kept_beside_the_new_one_and_never_overwritten(host: Host, place: Place):
    path = put(host, place, '{"first": 1}')
    first = write_config(plan(host, place))
    second = write_config(plan(host, place, model="qwen3-vl-4b"))
    assert first is not None
    assert first.read_text("utf-8") == '{"first": 1}'
    assert second not in (None, first)
    assert not list(path.parent.glob(".*.tmp"))


def test_installing_twice_changes_nothing(host: Host, place: Place):
    write_config(plan(host, place))
    assert not plan(host, place).changed


def test_a_file_with_restricted_permissions_keeps_them(host: Host, place: Place):
    path = put(host, place, "{}")
    path.chmod(0o600)
    write_config(plan(host, place))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(place: Place, tmp_path: Path):
    host = HOSTS["cursor"]
    target = tmp_path / "dotfiles.json"
    target.write_text("{}", "utf-8")
    path = config_path(host, place)
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    write_config(plan(host, place))
    assert path.is_symlink()
    assert "chalklens" in target.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"mcpServers": {', "not plain JSON"),
        ('{\n  // mine\n  "mcpServers": {}}', "line 2"),
        ("[1]", "no JSON object"),
        ('{"mcpServers": []}', "not an object"),
        ('{"a": 1, "a": 2}', "twice"),
        ("[" * 100_000, "cannot be merged"),
    ],
)
def test_a_file_that_cannot_be_merged_is_left_alone(place: Place, text: str, reason: str):
    path = put(HOSTS["cursor"], place, text)
    with pytest.raises(InputError, match=reason) as caught:
        plan(HOSTS["cursor"], place)
    assert "--print" in caught.value.hint
    assert path.read_text("utf-8") == text


@settings(max_examples=60)
@given(st.binary(max_size=60))
def test_any_bytes_are_merged_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
):
    folder = tmp_path_factory.mktemp("project")
    place = Place(folder, folder, "linux", {})
    path = put(HOSTS["claude-code"], place, "")
    path.write_bytes(raw)
    try:
        write_config(plan(HOSTS["claude-code"], place))
    except ChalklensError:
        assert path.read_bytes() == raw
    else:
        assert "chalklens" in json.loads(path.read_text("utf-8"))["mcpServers"]


def test_an_empty_file_or_one_with_a_byte_order_mark_is_fine(host: Host, place: Place):
    for text in ("", "  \n", "\ufeff{}"):
        put(host, place, text)
        assert plan(host, place).changed


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "home/.config/Claude/claude_desktop_config.json"),
        ("linux", {"XDG_CONFIG_HOME": "/etc/xdg"}, "/etc/xdg/Claude/claude_desktop_config.json"),
        (
            "darwin",
            {},
            "home/Library/Application Support/Claude/claude_desktop_config.json",
        ),
        ("win32", {"APPDATA": "/appdata"}, "/appdata/Claude/claude_desktop_config.json"),
    ],
)
def test_claude_desktop_is_found_on_each_system(
    tmp_path: Path, platform: str, environment: dict[str, str], expected: str
):
    place = Place(tmp_path / "home", tmp_path, platform, environment)
    assert config_path(HOSTS["claude-desktop"], place) == tmp_path / expected


def test_claude_desktop_gets_the_usual_folders_that_exist(place: Place):
    (place.home / "Downloads").mkdir()
    assert default_roots(HOSTS["claude-desktop"], place) == [str(place.home / "Downloads")]


def test_an_unwritable_place_is_explained(place: Place):
    (place.folder / ".cursor").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(ChalklensError, match=r"cannot be (written|read)"):
        write_config(plan(HOSTS["cursor"], place))


def test_the_claude_command_quotes_what_needs_it():
    entry = make_entry(HOSTS["claude-code"], ["/a b"])
    assert claude_mcp_add(entry).startswith("claude mcp add chalklens -- ")
    assert "'/a b'" in claude_mcp_add(entry)


def test_what_is_no_file_is_not_read(place: Place):
    path = place.folder / ".mcp.json"
    os.mkfifo(path)  # reading it would wait for a writer
    with pytest.raises(InputError, match="is no file"):
        plan(HOSTS["claude-code"], place)


def test_a_folder_that_is_not_there_is_told_of(shell: Any, tmp_path: Path):
    typo = tmp_path / "typo"
    result = shell.run("install", "cursor", "--print", "--root", str(typo), "--root", str(tmp_path))
    assert result.exit_code == 0
    assert f"There is no folder {typo}" in result.stderr
    assert result.stderr.count("There is no folder") == 1


@pytest.mark.parametrize("command", [["install", "cursor", "--print"], ["serve"]])
def test_an_empty_root_is_not_the_current_folder(shell: Any, command: list[str]):
    result = shell.run(*command, "--root", "")
    assert result.exit_code == 2
    assert "The name of a folder is empty." in result.stderr
