"""What counts as a video in a row: a film, an animation, or a folder whose pictures are its frames.

How it is used: `is_video(path)` when rows are made or checked, `list_frames(folder)` when they are
learnt. What it leaves out: decoding (`training/adapters/videos.py`).
"""

from pathlib import Path
from typing import Final

FRAMES: Final = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp"))
ANIMATIONS: Final = frozenset((".gif", ".apng", ".webp"))


def is_video(path: Path) -> bool:
    """Say whether there is a file, or a folder with at least one frame; nothing is decoded."""
    return path.is_file() or (path.is_dir() and bool(list_frames(path)))


def list_frames(folder: Path) -> list[Path]:
    """Return the pictures of a folder, by name."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in FRAMES)
