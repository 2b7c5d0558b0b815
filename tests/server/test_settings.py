import os
from pathlib import Path

import pytest

from chalklens.errors import InputError
from server.commands.options import make_settings
from server.settings import Settings, user_data_folder
from server.transports import warn_of_missing_roots


def test_data_lie_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("CHALKLENS_DATA_DIR", raising=False)
    assert Settings().data_folder == tmp_path / "chalklens"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert user_data_folder() == Path.home() / ".local" / "share"


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("darwin", "~/Library/Application Support"), ("win32", "~/AppData/Local")],
)
def test_other_systems_have_folders_of_their_own(
    monkeypatch: pytest.MonkeyPatch, platform: str, expected: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert user_data_folder() == Path(expected).expanduser()


def test_the_data_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHALKLENS_DATA_DIR", "~/notes")
    assert Settings().data_folder == Path.home() / "notes"
    assert Settings(data_dir=tmp_path).data_folder == tmp_path


def test_roots_are_absolute_and_may_begin_with_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHALKLENS_ROOTS", os.pathsep.join(["~/sheets", "week3"]))
    assert Settings().folders == (Path.home() / "sheets", tmp_path / "week3")


@pytest.mark.parametrize(("given", "count"), [("", 0), (os.pathsep, 0), (f"/a{os.pathsep}", 1)])
def test_a_separator_too_many_does_not_open_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, given: str, count: int
) -> None:
    monkeypatch.setenv("CHALKLENS_ROOTS", given)
    assert len(Settings(transport="http").folders) == count


def test_roots_that_are_not_there_are_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warn_of_missing_roots(Settings(roots=(tmp_path, tmp_path / "typo", Path("${workspaceFolder}"))))
    told = " ".join(record.message for record in caplog.records)
    assert str(tmp_path / "typo") in told
    assert "${workspaceFolder}" in told
    assert len(caplog.records) == 2


@pytest.mark.parametrize("store", ["nonsense", "milvus", "http://u:secret@h:1", "milvus:///x.db"])
def test_a_store_that_cannot_be_read_is_refused_with_the_forms_there_are(store: str) -> None:
    with pytest.raises(InputError, match="postgresql://host:5432") as raised:
        make_settings(store=store)
    assert raised.value.message.startswith("store (option or CHALKLENS_STORE)")
    assert "secret" not in str(raised.value)
