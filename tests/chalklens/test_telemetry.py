"""Nothing is sent home: libraries that would note how they are used are told not to."""

import os
import subprocess
import sys
from pathlib import Path


def test_reading_libraries_leave_nothing_in_the_users_folders(tmp_path: Path) -> None:
    folders = {name: str(tmp_path / name) for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    for folder in folders.values():
        Path(folder).mkdir()
    environment = {**os.environ, **folders}
    environment.pop("ORT_DISABLE_TELEMETRY", None)  # this process has set it
    subprocess.run(
        [sys.executable, "-c", "import chalklens.reading.recognizer"],
        check=True,
        env=environment,
        capture_output=True,
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
