import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalklens.__main__ import OUR_FOLDER, import_path, is_serving


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["serve"], True),
        (["serve", "--transport", "http"], True),
        (["--verbose", "serve"], True),
        (["serve", "--help"], False),
        (["read", "serve"], False),
        (["label", "sheet.png", "--json"], False),
        ([], False),
    ],
)
def test_stdout_is_taken_away_for_serving_only(arguments: list[str], expected: bool) -> None:
    assert is_serving(arguments) is expected


def test_our_folder_comes_first_and_the_workspace_is_left_out(tmp_path: Path) -> None:
    ours = str(OUR_FOLDER)
    entries = ["", str(tmp_path), "/usr/lib/python3", ours]
    assert import_path(entries, tmp_path) == [ours, "", "/usr/lib/python3"]
    assert import_path(["", "."], Path.cwd()) == [ours]
    assert import_path([ours], OUR_FOLDER) == [ours]


def test_a_workspace_with_packages_of_the_same_names_does_not_stand_in_for_ours(
    tmp_path: Path,
) -> None:
    for name in ("server", "tools", "retrieval", "typer", "anyio"):
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text("raise SystemExit('shadowed')", encoding="utf-8")
    command = [sys.executable, "-m", "chalklens", "serve", "--help"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f".{os.pathsep}{OUR_FOLDER}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--transport" in done.stdout


def test_on_windows_it_says_where_it_runs_and_shows_no_stack() -> None:
    code = (
        "import sys; sys.platform = 'win32'; sys.argv = ['chalklens', 'serve'];"
        "from chalklens.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=OUR_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("chalklens runs on Linux and macOS")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
@pytest.mark.parametrize("command", [["serve"], ["models", "list", "--json"]])
def test_closed_standard_streams_are_no_failure(
    command: list[str], closed: tuple[int, ...], tmp_path: Path
) -> None:
    code = (
        f"import os; [os.close(d) for d in {closed}];"
        f"os.execv({sys.executable!r}, {[sys.executable, '-m', 'chalklens', *command]!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=OUR_FOLDER,
        env={**os.environ, "CHALKLENS_DATA_DIR": str(tmp_path), "CHALKLENS_MODEL": "none"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(done.stdout) == (command[0] == "models" and 1 not in closed)
