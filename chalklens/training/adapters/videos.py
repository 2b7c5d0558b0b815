# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Frames of a training video: a folder of pictures, an animation, or a film that OpenCV decodes.

How it is used: `read_frames(path, per_second, most)`. A folder's pictures, by name, are taken as one
every `1 / per_second` seconds; of the others frames are taken at that rate. What it leaves out: sound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageSequence

from chalklens.errors import MediaError

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp"))
ANIMATIONS = frozenset((".gif", ".apng", ".webp"))
USUAL_FRAME_MS = 100
"""What browsers show a frame for that names no time."""


@dataclass(frozen=True, slots=True)
class Frames:
    """RGB pictures and how many of them are shown a second."""

    pictures: list[Image.Image]
    per_second: float


def read_frames(path: Path, per_second: float, most: int) -> Frames:
    """Take frames at a rate, every second one of them again and again until at most `most` are left.

    Raises:
        MediaError: Nothing there can be decoded.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURES)
        pictures = [Image.open(file).convert("RGB") for file in files]
    elif path.suffix.lower() in ANIMATIONS:
        pictures = list(_pick(_animation(path), per_second))
    else:
        pictures = list(_pick(_film(path), per_second))
    if not pictures:
        raise MediaError(
            f"{path.name} holds no frames that can be read.",
            "Give a folder of pictures, a GIF, or a film that OpenCV decodes.",
        )
    while len(pictures) > most:
        pictures, per_second = pictures[::2], per_second / 2
    return Frames(pictures, per_second)


def _pick(frames: Iterator[tuple[float, Image.Image]], per_second: float) -> Iterator[Image.Image]:
    taken = 0
    for second, picture in frames:
        if second * per_second >= taken:
            taken += 1
            yield picture


def _animation(path: Path) -> Iterator[tuple[float, Image.Image]]:
    second = 0.0
    with Image.open(path) as animation:
        for frame in ImageSequence.Iterator(animation):
            yield second, frame.convert("RGB")
            second += (frame.info.get("duration") or USUAL_FRAME_MS) / 1000


def _film(path: Path) -> Iterator[tuple[float, Image.Image]]:
    import cv2

    film = cv2.VideoCapture(str(path))
    rate = film.get(cv2.CAP_PROP_FPS) or 1.0
    number = 0
    try:
        while True:
            there, frame = film.read()
            if not there:
                return
            yield number / rate, Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
            number += 1
    finally:
        film.release()
