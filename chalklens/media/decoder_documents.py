# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Pages of a PDF to RGB, with PDFium. Runs in the decode worker.

How it is used: `for part in decode_pages(data, job)` with the fields of `decoding`. A page is drawn
at `page_dpi`, or less where that would be more than `page_pixels`; these are the original pixels of
its `Picture`. `max_pixels` reduces further what is drawn. Form fields and annotations are shown.

What it leaves out: scripts, actions and anything outside the file (this PDFium is built without a
script engine), passwords, text extraction.
"""

import contextlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

from chalklens.errors import MediaError
from chalklens.media.decoder_pictures import (
    Part,
    bound_sides,
    check_budget,
    check_dimensions,
    check_pages,
    clamp_region,
    reduced_size,
)
from chalklens.media.pdf_opening import open_pdf

Job = Mapping[str, Any]

_POINTS_PER_INCH = 72
_SAVE_AGAIN = "Print it to a new PDF, or export the page as a picture."


def decode_pages(data: bytes, job: Job) -> Iterator[Part]:
    """Yield sizes and RGB pixels of the requested pages, in order.

    Raises:
        MediaError: Damaged, needs a password, has no such page, or is over a limit.
        MemoryError: Over the limit of the process.
    """
    import pypdfium2

    document = _open(data)
    try:
        count = len(document)
        numbers = _check_pages(job["pages"], count)
        budget = job["budget_pixels"]
        for number in numbers:
            try:
                fields, blobs = _decode_page(document, number, {**job, "budget_pixels": budget})
            except pypdfium2.PdfiumError:
                raise MediaError(
                    f"Page {number} of the PDF cannot be drawn: it is damaged.", _SAVE_AGAIN
                ) from None
            budget -= fields["pixels_width_px"] * fields["pixels_height_px"]
            yield {**fields, "page": number, "page_count": count}, blobs
    finally:
        document.close()


def _open(data: bytes) -> Any:
    import pypdfium2

    document = open_pdf(data, _SAVE_AGAIN)
    with contextlib.suppress(pypdfium2.PdfiumError):  # then drawn without its form fields' contents
        document.init_forms()
    return document


def _check_pages(wanted: list[int], count: int) -> list[int]:
    if count < 1:
        raise MediaError("The PDF has no pages.", _SAVE_AGAIN)
    return check_pages(wanted, count, "PDF")


def _decode_page(document: Any, number: int, job: Job) -> Part:
    page = document[number - 1]
    size_pt: tuple[float, float] = page.get_size()
    scale = _page_scale(size_pt, job)
    original = _raster(size_pt, scale)
    check_dimensions(original, {**job, "budget_pixels": math.inf})
    region = clamp_region(job["region"], original)
    target = original if region else reduced_size(original, job["max_pixels"])
    if target != original:
        scale = _scale_to_fit(size_pt, target)
    check_budget(target[0] * target[1], job)
    picture = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    whole = {"whole_width_px": original[0], "whole_height_px": original[1]} if region else {}
    if region:
        original = region[2] - region[0], region[3] - region[1]
        picture = picture.crop(region).resize(reduced_size(original, job["max_pixels"]))
    fields = {
        "width_px": original[0],
        "height_px": original[1],
        "pixels_width_px": picture.width,
        "pixels_height_px": picture.height,
        **whole,
    }
    return fields, (picture.tobytes(),)


def _page_scale(size_pt: tuple[float, float], job: Job) -> float:
    """Pixels per point at `page_dpi`, or fewer so that the page has at most `page_pixels`."""
    if not all(0 < side < math.inf for side in size_pt):
        raise MediaError("This page of the PDF has no size.", _SAVE_AGAIN)
    scale = job["page_dpi"] / _POINTS_PER_INCH
    scale *= min(1.0, math.sqrt(job["page_pixels"] / (size_pt[0] * size_pt[1])) / scale)
    width_pt, height_pt = size_pt
    size_px = bound_sides((width_pt * scale, height_pt * scale), job["page_pixels"])
    return _scale_to_fit(size_pt, size_px)


def _scale_to_fit(size_pt: tuple[float, float], size_px: tuple[int, int]) -> float:
    """The scale at which PDFium, which rounds up, draws at most this many pixels each way."""
    return min((pixels - 0.01) / side for pixels, side in zip(size_px, size_pt, strict=True))


def _raster(size_pt: tuple[float, float], scale: float) -> tuple[int, int]:
    return math.ceil(size_pt[0] * scale), math.ceil(size_pt[1] * scale)
