"""Conversions in tests: small pictures, decoded in this process, and what was written read again."""

import asyncio
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from chalklens.media.decoder_pictures import decode_picture
from chalklens.media.decoding import DecodedPicture, DecodeJob
from chalklens.media.limits import Limits
from chalklens.training.data.candidates import Candidate, Fault, Found, Source
from chalklens.training.data.conversion import Conversion, convert
from chalklens.training.data.report import Report
from chalklens.training.data.rows import TrainingRow, read_rows


def draw_png(seed: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """Blocks whose brightness follows from the seed: no two seeds look alike."""
    width, height = size
    blocks = Image.new("L", (16, 12))
    blocks.putdata([(seed * 7919 + i * i * (seed + 31) * 104729) % 256 for i in range(192)])
    file = io.BytesIO()
    blocks.resize((width, height), Image.Resampling.NEAREST).convert("RGB").save(file, "PNG")
    return file.getvalue()


def write_pictures(folder: Path, *names: str) -> None:
    """Write a picture of its own for every name."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw_png(number + len(name)))


async def decode(job: DecodeJob) -> list[DecodedPicture]:
    """Decode as the worker does, without one."""
    limits = Limits()
    fields = {
        "mime_type": job.mime_type,
        "region": None,
        "max_pixels": job.max_pixels,
        "budget_pixels": limits.request_pixels,
        "request_pixels": limits.request_pixels,
        "picture_pixels": limits.picture_pixels,
        "side_px": limits.side_px,
        "aspect_ratio": limits.aspect_ratio,
    }
    found, (pixels,) = decode_picture(job.data, fields)
    return [DecodedPicture(**found, pixels=pixels)]


def run(source: Source, out: Path, **options: Any) -> Report:
    """Convert a source."""
    return asyncio.run(convert(source, Conversion(out=out, format="test", **options), decode))


def run_found(found: Iterable[Found], folder: Path, **options: Any) -> Report:
    """Convert candidates; pictures lie in the folder, rows go to its `out`."""
    return run(Source("test", iter(found), folder), folder / "out", **options)


def read_out(folder: Path) -> list[TrainingRow]:
    """Return the rows that `run_found` wrote."""
    return list(read_rows(folder / "out" / "rows.jsonl"))


def faults(found: Iterable[Found]) -> list[tuple[str, str]]:
    """Return place and reason of every fault."""
    return [(item.place, item.reason) for item in found if isinstance(item, Fault)]


def candidates(found: Iterable[Found]) -> list[Candidate]:
    """Return the others."""
    return [item for item in found if isinstance(item, Candidate)]


def told(candidate: Candidate) -> list[tuple[str, str]]:
    """Return speakers and what they say, with `[image]` where a picture is."""
    return [
        (m.role, "".join(p.text if p.type == "text" else f"[{p.type}]" for p in m.content))
        for m in candidate.messages
    ]


def write_lines(file: Path, rows: Sequence[Any]) -> Path:
    """Write JSON values, one per line; bytes as they are."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file
