"""Some rows of a file as one HTML page, pictures in it: to see what a model would learn from.

How it is used: `render_preview(file, decode, count=60)` -> the page as text. The rows are taken at
equal distances, so that every part of the file is seen. Pictures are decoded in another process and
embedded as small JPEGs; all text is escaped and cut, nothing is loaded and nothing runs (the page
says so to the browser). What it leaves out: browsing all rows.
"""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chalklens.errors import ChalklensError, InputError
from chalklens.media.decoding import DecodedPicture, DecodeJob
from chalklens.media.limits import Limits
from chalklens.media.sniffing import PDF, check_size, sniff
from chalklens.training.data.pictures import Decode
from chalklens.training.data.rows import Message, TrainingRow, read_rows
from chalklens.training.data.statistics import Statistics

MAX_SHOWN: Final = 500
MAX_CHARS: Final = 1500
MAX_PICTURES: Final = 4
MAX_MESSAGES: Final = 8
THUMBNAIL_PIXELS: Final = 320 * 240
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_ROW_STYLE: Final = """
article { display: grid; grid-template-columns: minmax(120px, 330px) 1fr; gap: 16px;
  border-top: 1px solid var(--line); padding: 16px 0 }
article img { max-width: 100%; display: block; border: 1px solid var(--line); margin-bottom: 6px }
article p { white-space: pre-wrap; overflow-wrap: anywhere; color: var(--ink); margin: 0 0 10px }
article b { display: block; color: var(--soft); font-size: 12px; font-weight: 600 }
@media (max-width: 600px) { article { grid-template-columns: 1fr } }
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """A page, and how many rows it shows of how many."""

    page: str
    shown: int
    rows: int


async def render_preview(file: Path, decode: Decode, count: int = 60, style: str = "") -> Preview:
    """Render rows of a file.

    Args:
        file: Of rows.
        decode: Decodes pictures, usually in another process.
        count: Rows at most, 1 to `MAX_SHOWN`.
        style: CSS of reports (`evaluation.report_style`, which this package does not know).

    Raises:
        InputError: The file cannot be read, or holds no row.
    """
    statistics = Statistics()
    for row in read_rows(file):
        statistics.add(row)
    total = statistics.splits.total()
    if not total:
        raise InputError(f"{file.name} holds no row.", "chalklens data convert writes rows.")
    shown = min(count, MAX_SHOWN, total)
    wanted = {index * total // shown for index in range(shown)}
    chosen = (row for index, row in enumerate(read_rows(file)) if index in wanted)
    articles = [await _render_row(row, decode) for row in chosen]
    return Preview(_render_page(file.name, statistics, articles, style), shown, total)


def _render_page(name: str, statistics: Statistics, articles: Sequence[str], style: str) -> str:
    title = f"Training rows of {html.escape(name)}"
    splits = ", ".join(f"{count} {split}" for split, count in sorted(statistics.splits.items()))
    facts = (
        f"{len(articles)} of {statistics.splits.total()} rows ({splits}), taken at equal "
        f"distances; {len(statistics.files)} pictures, {len(statistics.labels)} labels."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{style}{_ROW_STYLE}</style><header><h1>{title}</h1><p>{facts}</p></header>\n"
        + "\n".join(articles)
        + "</html>\n"
    )


async def _render_row(row: TrainingRow, decode: Decode) -> str:
    pictures = [await _render_picture(path, decode) for path in row.images[:MAX_PICTURES]]
    if len(row.images) > MAX_PICTURES:
        pictures.append(f"<small>and {len(row.images) - MAX_PICTURES} more</small>")
    about = " · ".join(map(html.escape, (row.id, row.split, row.source[:200])))
    turns = "".join(map(_render_message, row.messages[:MAX_MESSAGES]))
    if len(row.messages) > MAX_MESSAGES:
        turns += f"<small>and {len(row.messages) - MAX_MESSAGES} more messages</small>"
    return (
        f"<article><div>{''.join(pictures)}</div><div><small>{about}</small>{turns}</div></article>"
    )


def _render_message(message: Message) -> str:
    parts = (p.text if p.type == "text" else f"[{p.type}]" for p in message.content)
    text = "".join(parts)
    cut = f"{text[:MAX_CHARS]} … ({len(text)} characters)" if len(text) > MAX_CHARS else text
    return f"<b>{message.role}</b><p>{html.escape(cut)}</p>"


async def _render_picture(path: str, decode: Decode) -> str:
    try:
        data = _read(Path(path))
        mime_type = sniff(data)
        if mime_type == PDF:
            raise InputError("This is a PDF.")
        (decoded,) = await decode(DecodeJob(data, mime_type, max_pixels=THUMBNAIL_PIXELS))
    except ChalklensError as error:
        return f"<p>{html.escape(Path(path).name)}: {html.escape(error.message)}</p>"
    encoded = base64.b64encode(_to_jpeg(decoded)).decode()
    size = f"{decoded.width_px} x {decoded.height_px}"
    return f'<img src="data:image/jpeg;base64,{encoded}" alt="{size}" title="{size}">'


def _read(path: Path) -> bytes:
    limit = Limits().file_bytes
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise InputError(f"It cannot be read: {error.strerror}.") from None
    check_size(len(data), limit)
    return data


def _to_jpeg(picture: DecodedPicture) -> bytes:
    from PIL import Image

    size = picture.pixels_width_px, picture.pixels_height_px
    file = io.BytesIO()
    Image.frombytes("RGB", size, picture.pixels).save(file, "JPEG", quality=80)
    return file.getvalue()
