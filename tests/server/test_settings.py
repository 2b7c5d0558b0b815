from pathlib import Path

import pytest

from server.settings import Settings, user_data_folder


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
