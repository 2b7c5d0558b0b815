import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

ROOT = Path(__file__).resolve().parents[2]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "examples" / "draw_worksheets.py"))
SHEETS: dict[str, Callable[[], Image.Image]] = SCRIPT["SHEETS"]


@pytest.mark.parametrize("name", SHEETS)
def test_the_shipped_picture_is_what_the_script_draws(name: str):
    shipped = Image.open(ROOT / "knowledge_base" / "examples" / name).convert("RGB")
    drawn = SHEETS[name]()
    assert shipped.size == drawn.size
    # Not zero: the shipped file has a palette, and versions of FreeType smooth letters differently.
    difference = ImageStat.Stat(ImageChops.difference(shipped, drawn))
    assert max(difference.mean) < 1.5


def test_nothing_else_lies_beside_the_sheets():
    folder = ROOT / "knowledge_base" / "examples"
    assert {path.name for path in folder.iterdir()} == set(SHEETS)
