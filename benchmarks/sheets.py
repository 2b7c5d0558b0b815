"""Sheets for measuring: each is a picture of its own, so that its text is recognised, not remembered.

How it is used: `draw_copies(images, 20, folder)` -> 20 files that look like the images in turn and
differ from them, and from each other, in their first pixel. The sheet worker keeps the readings of
the last pictures by their pixels (`chalklens/reading/recent.py`), so the same file twice would
measure that memory. What it leaves out: pictures that are reduced when decoded, over 4 megapixels,
where a pixel may be lost.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image


def draw_copies(images: Sequence[Path], count: int, folder: Path) -> list[Path]:
    """Write `count` PNG files (up to 65,536) into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:05}.png" for number in range(count)]
    for number, file in enumerate(files):
        sheet = Image.open(images[number % len(images)]).convert("RGB")
        sheet.putpixel((0, 0), (255 - number // 256, 255 - number % 256, 254))
        sheet.save(file)
    return files
