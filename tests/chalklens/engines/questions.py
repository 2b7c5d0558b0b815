"""What the tests ask the tiny model: nothing, one picture, three, a page, and without an end.

How it is used: constants, and `picture(width, height)` of noise that is the same every time. What it
leaves out: answers (`plain_generation.py`).
"""

import random
from typing import Any

from chalklens.types import GenerateRequest, Picture

TOKENS = 40
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "Area": {"type": "array", "items": {"enum": ["Counting", "Addition"]}, "maxItems": 3},
        "sure": {"type": "boolean"},
    },
    "required": ["Area", "sure"],
    "additionalProperties": False,
}


def picture(width: int, height: int, seed: int = 1, page: int | None = None) -> Picture:
    """Make a picture of noise, or a page of a PDF."""
    pixels = random.Random(seed).randbytes(width * height * 3)
    mime_type = "application/pdf" if page else "image/png"
    return Picture("p", "0" * 64, mime_type, width, height, pixels, width, height, page=page)


ONE = GenerateRequest("What is shown?", (picture(320, 256),), task="label", max_new_tokens=TOKENS)
THREE = GenerateRequest(
    "Compare the pictures.",
    (picture(320, 256), picture(200, 410, 2), picture(640, 300, 3)),
    task="label",
    max_new_tokens=TOKENS,
)
PAGE = GenerateRequest(
    "用中文回答", (picture(595, 842, 4, page=2),), task="json", max_new_tokens=TOKENS
)
TEXT = GenerateRequest("Count to ten.", task="label", max_new_tokens=TOKENS)
ENDLESS = GenerateRequest("Write.", (picture(320, 256),), task="code", max_new_tokens=16_384)
