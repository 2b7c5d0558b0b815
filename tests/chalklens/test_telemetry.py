"""Nothing is sent home: libraries that would note how they are used are told not to."""

import os
import subprocess
import sys
from pathlib import Path

READ_A_BLANK_PAGE = """
from chalklens.reading.recognizer import TextRecognizer
from chalklens.types import Picture

pixels = bytes([255]) * (64 * 64 * 3)
TextRecognizer(1).read(Picture("blank", "", "image/png", 64, 64, pixels, 64, 64))
"""


def test_reading_libraries_leave_nothing_in_the_users_folders(tmp_path: Path) -> None:
    folders = {name: str(tmp_path / name) for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    for folder in folders.values():
        Path(folder).mkdir()
    environment = {**os.environ, **folders}
    environment.pop("ORT_DISABLE_TELEMETRY", None)  # this process has set it
    subprocess.run(
        [sys.executable, "-c", READ_A_BLANK_PAGE],
        check=True,
        env=environment,
        capture_output=True,
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
