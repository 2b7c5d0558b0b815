"""Rows for tests: one small picture, one question, one answer each."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

ANSWERS = ("Counting", "NumbersSmaller10", "ProcedureExecution", "Add three and four.", "Ten")


def make_row(number: int, split: str = "train", **changes: Any) -> dict[str, Any]:
    content = [{"type": "image"}, {"type": "text", "text": "What is shown?"}]
    answer = [{"type": "text", "text": ANSWERS[number % len(ANSWERS)]}]
    row: dict[str, Any] = {
        "id": f"row-{number}",
        "images": [f"{number}.png"],
        "videos": [],
        "messages": [
            {"role": "user", "content": content},
            {"role": "assistant", "content": answer},
        ],
        "split": split,
        "source": "test",
    }
    return {**row, **changes}


def write_file(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def write_rows(folder: Path, train: int, val: int = 0) -> Path:
    rows = [make_row(n, "train" if n < train else "val") for n in range(train + val)]
    file = write_file(folder, rows)
    for number in range(len(rows)):
        colour = (40 * number % 256, 90 * number % 256, 200 - 30 * number % 200)
        picture = Image.new("RGB", (96, 64), colour)
        picture.putpixel((number, 3), (255, 255, 255))
        picture.save(folder / f"{number}.png")
    return file
