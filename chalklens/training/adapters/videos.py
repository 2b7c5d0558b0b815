# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Frames of a training video: a folder of pictures, an animation, or a film that OpenCV decodes.

How it is used: `read_frames(path, per_second, most)`. A folder's pictures, by name, are taken as one
every `1 / per_second` seconds; of the others frames are taken at that rate, or as they come where there
are fewer. However long a film is, at most `most` + 1 frames are held. What it leaves out: sound.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageSequence

from chalklens.errors import MediaError
from chalklens.media.own_pictures import open_own_picture
from chalklens.training.data.videos import ANIMATIONS, list_frames

USUAL_FRAME_MS = 100
"""What browsers show a frame for that names no time."""
MARGIN = 1e-6

Frame = TypeVar("Frame")


@dataclass(frozen=True, slots=True)
class Frames:
    """RGB pictures, and when each of them is shown, in milliseconds from the start."""

    pictures: list[Image.Image]
    milliseconds: list[int]


def read_frames(path: Path, per_second: float, most: int) -> Frames:
    """Take frames at a rate, halved again and again until at most `most` are left.

    Raises:
        OSError: A picture of a folder cannot be opened.
        MediaError: Nothing there can be decoded.
    """
    if path.is_dir():
        named = ((number / per_second, file) for number, file in enumerate(list_frames(path)))
        taken = [
            (second, open_own_picture(file)) for second, file in thin_out(named, per_second, most)
        ]
    elif path.suffix.lower() in ANIMATIONS:
        taken = thin_out(_animation(path), per_second, most)
    else:
        taken = thin_out(_film(path), per_second, most)
    if not taken:
        raise MediaError(
            f"{path.name} holds no frames that can be read.",
            "Give a folder of pictures, a GIF, or a film that OpenCV decodes.",
        )
    return Frames([picture for _, picture in taken], [round(1000 * second) for second, _ in taken])


def thin_out(
    frames: Iterable[tuple[float, Frame]], per_second: float, most: int
) -> list[tuple[float, Frame]]:
    """Take the first frame of every `1 / per_second` seconds, of twice as many when there are too many.

    Args:
        frames: Seconds from the start, rising, and a frame.
        per_second: Frames to take a second.
        most: Frames to return.
    """
    taken: list[tuple[float, Frame]] = []
    step, due = 1 / per_second, 0.0
    for second, frame in frames:
        if second < due - MARGIN:
            continue
        taken.append((second, frame))
        while len(taken) > most:
            taken, step = taken[::2], 2 * step
        due = step * (math.floor(second / step + MARGIN) + 1)
    return taken


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
