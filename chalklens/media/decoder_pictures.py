# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""PNG, JPEG, WebP, GIF, BMP, TIFF and AVIF to upright RGB, with Pillow. Runs in the decode worker.

How it is used: `decode_picture(data, job)` with the fields of `decoding`. Size, aspect and pixel
count are checked on the header, before a pixel is decoded; the file is read as the sniffed format
and no other. Then: first frame (of a TIFF the wanted pages, by `decode_tiff`), cut to the `region` if
there is one, reduced to `max_pixels`, orientation, colour profile to sRGB, transparency on white.
Metadata never breaks a good picture; a truncated one is an error.

What it leaves out: XMP, further frames, HDR tone mapping (16 bits become 8 by scale).
"""

import contextlib
import io
import math
import re
import warnings
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from chalklens.errors import MediaError
from chalklens.media.sniffing import TIFF

Job = Mapping[str, Any]
Part = tuple[dict[str, Any], tuple[bytes]]
Region = tuple[int, int, int, int]

# MPO is left out on purpose: naming it makes Pillow 13 raise KeyError on unknown files, and JPEG
# opens such files anyway.
_FORMATS = {
    "image/png": PngImagePlugin.PngImageFile.format,
    "image/jpeg": JpegImagePlugin.JpegImageFile.format,
    "image/webp": WebPImagePlugin.WebPImageFile.format,
    "image/gif": GifImagePlugin.GifImageFile.format,
    "image/bmp": BmpImagePlugin.BmpImageFile.format,
    TIFF: TiffImagePlugin.TiffImageFile.format,
    "image/avif": AvifImagePlugin.AvifImageFile.format,
}
_ORIENTATION_TAG = 274
MAX_PNG_BYTES = 4 << 20
"""Of a file for an engine that runs elsewhere; eight pictures stay below 50 MB as base64."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset(_TURNS[orientation] for orientation in (5, 6, 7, 8))
# Where a stored axis runs against the upright one.
_FROM_THE_RIGHT = frozenset(_TURNS[orientation] for orientation in (2, 3, 7, 8))
_FROM_BELOW = frozenset(_TURNS[orientation] for orientation in (3, 4, 6, 7))
_MAX_PROFILE_BYTES = 4 << 20
_REASON_CHARS = 120
_SAVE_AGAIN = "Open it in a viewer and save it again as PNG or JPEG."


def prepare() -> None:
    """Set Pillow's switches for this process: strict, quiet, one thread."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def decode_picture(data: bytes, job: Job) -> Part:
    """Return sizes and RGB pixels of one picture.

    Raises:
        MediaError: Damaged, or over a limit.
        MemoryError: Over the limit of the process.
    """
    with _opened(data, job) as image:
        check_dimensions(image.size, job)
        return _convert(image, job)


def decode_tiff(data: bytes, job: Job) -> Iterator[Part]:
    """Yield the wanted pages of a TIFF, in order; one that has a single page is a picture.

    Raises:
        MediaError: It has no such page; otherwise as `decode_picture`.
        MemoryError: Over the limit of the process.
    """
    with _opened(data, job) as image:
        count = _count_frames(image)
        budget = job["budget_pixels"]
        for number in check_pages(job["pages"], count, "TIFF") if count > 1 else [1]:
            image.seek(number - 1)
            check_dimensions(image.size, {**job, "budget_pixels": budget})
            budget -= image.size[0] * image.size[1]
            fields, blobs = _convert(image, job)
            yield {**fields, "page": number if count > 1 else None, "page_count": count}, blobs


def check_pages(wanted: list[int], count: int, kind: str) -> list[int]:
    """Return the wanted pages of a file that has `count`.

    Raises:
        MediaError: One of them is not there.
    """
    if missing := [number for number in wanted if not 1 <= number <= count]:
        raise MediaError(
            f"The {kind} has no page {missing[0]}.", f"Pages are counted from 1 to {count}."
        )
    return wanted


@contextlib.contextmanager
def _opened(data: bytes, job: Job) -> Generator[Image.Image]:
    """Open a picture as what it was sniffed to be; whatever goes wrong becomes a `MediaError`."""
    Image.MAX_IMAGE_PIXELS = job["picture_pixels"]
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[job["mime_type"]] or ""]) as image:
            yield image
    except (MediaError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_many_pixels("The picture", job) from None
    except (
        Exception
    ) as error:  # decoders raise nearly anything: struct.error, KeyError, SyntaxError
        raise _damaged(error, job["mime_type"]) from None


def check_dimensions(size: tuple[int, int], job: Job) -> None:
    """Refuse a picture by its announced size.

    Raises:
        MediaError: A side, the aspect ratio or the number of pixels is over the limit.
    """
    width, height = size
    shown = f"The picture of {width} x {height} pixels"
    if min(size) < 1:
        raise MediaError(f"{shown} is empty.", _SAVE_AGAIN)
    if max(size) > job["side_px"]:
        raise MediaError(
            f"{shown} is too large: a side may have {job['side_px']}.", "Crop it or scale it down."
        )
    if max(size) >= job["aspect_ratio"] * min(size):
        raise MediaError(
            f"{shown} is too narrow: its long side must stay below {job['aspect_ratio']} short ones.",
            "Cut it into pieces.",
        )
    if width * height > job["picture_pixels"]:
        raise _too_many_pixels(shown, job)
    check_budget(width * height, job)


def _too_many_pixels(shown: str, job: Job) -> MediaError:
    limit = job["picture_pixels"] / 1e6
    return MediaError(
        f"{shown} is too large: at most {limit:g} megapixels are read.", "Crop it or scale it down."
    )


def check_budget(pixels: int, job: Job) -> None:
    """Refuse what no longer fits into the request.

    Raises:
        MediaError: It does not.
    """
    if pixels > job["budget_pixels"]:
        raise MediaError(
            f"All pictures of one request together may have {job['request_pixels'] / 1e6:g} megapixels.",
            "Ask about fewer pictures or pages at a time.",
        )


def reduced_size(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """Return the largest size of the same shape with at most `max_pixels` pixels."""
    width, height = size
    if width * height <= max_pixels:
        return size
    scale = math.sqrt(max_pixels / (width * height))
    return bound_sides((width * scale, height * scale), max_pixels)


def bound_sides(size: tuple[float, float], max_pixels: int) -> tuple[int, int]:
    """Round down; where a side is less than a pixel and becomes one, the other gives way."""
    width, height = (max(1, math.floor(side)) for side in size)
    return max(1, min(width, max_pixels // height)), max(1, min(height, max_pixels // width))


def clamp_region(region: list[int] | None, size: tuple[int, int]) -> Region | None:
    """Return the part of a region that lies in the picture.

    Raises:
        MediaError: None of it does.
    """
    if region is None:
        return None
    x0, y0, x1, y1 = region
    x1, y1 = min(x1, size[0]), min(y1, size[1])
    if x0 >= x1 or y0 >= y1:
        raise MediaError(
            f"The region lies outside the picture, which is {size[0]} x {size[1]} pixels.",
            "Give it as [x0, y0, x1, y1] in pixels of the picture, from the top left.",
        )
    return x0, y0, x1, y1


def _convert(image: Image.Image, job: Job) -> Part:
    target = reduced_size(image.size, job["max_pixels"])
    shown = image.size
    if target != shown and image.format == "JPEG" and not job["region"]:
        image.draft(None, target)  # decodes at 1/2, 1/4 or 1/8: never below the target
    image.load()
    turn = _TURNS.get(_orientation(image))
    part, whole = image, {}
    if job["region"]:
        upright = shown[::-1] if turn in _SIDEWAYS else shown
        whole = {"whole_width_px": upright[0], "whole_height_px": upright[1]}
        part = _crop(image, turn, job["region"])
        shown, target = part.size, reduced_size(part.size, job["max_pixels"])
    small = _plain_mode(part).resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small = _to_srgb(_on_white(small), image.info.get("icc_profile"))
    if turn is not None:
        small = small.transpose(turn)
    if turn in _SIDEWAYS:
        shown = shown[1], shown[0]
    fields = {
        "width_px": shown[0],
        "height_px": shown[1],
        "pixels_width_px": small.width,
        "pixels_height_px": small.height,
        "page": None,
        "page_count": _count_frames(image),
        **whole,
    }
    return fields, (small.tobytes(),)


def _crop(image: Image.Image, turn: Image.Transpose | None, region: list[int]) -> Image.Image:
    """Cut out a region given on the upright picture, before the picture is turned."""
    width, height = image.size
    upright = (height, width) if turn in _SIDEWAYS else (width, height)
    found = clamp_region(region, upright)
    x0, y0, x1, y1 = found or (0, 0, *upright)
    if turn in _SIDEWAYS:
        x0, y0, x1, y1 = y0, x0, y1, x1
    if turn in _FROM_THE_RIGHT:
        x0, x1 = width - x1, width - x0
    if turn in _FROM_BELOW:
        y0, y1 = height - y1, height - y0
    return image.crop((x0, y0, x1, y1))


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 where there is none or it cannot be read."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:
        return 1


def _count_frames(image: Image.Image) -> int:
    """Frames of an animation, as far as they can be counted."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:
        return image.tell() + 1


def _plain_mode(image: Image.Image) -> Image.Image:
    """Return one of L, RGB, RGBA, CMYK: modes that can be resized and converted without surprise."""
    if image.mode[0] in "IF":
        return _to_8_bit(image)
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")  # `convert` would copy
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB") or image
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Scale grey of 16 bits by its full range; 32 bits and floats by what is in the picture."""
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
        image = image if image.mode == "I;16" else image.convert("I")
    else:
        low, high = _range(image)
    scale = 255 / (high - low)
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _range(image: Image.Image) -> tuple[float, float]:
    """The grey values that shall become black and white."""
    low, high = (float(v) for v in image.getextrema()[:2])  # pyright: ignore[reportArgumentType]
    if not (math.isfinite(low) and math.isfinite(high)) or low >= high:
        return 0.0, 255.0
    for usual in (1.0, 255.0, 65535.0):
        if low >= 0 and high <= usual and (usual != 1.0 or image.mode == "F"):
            return 0.0, usual
    return low, high


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=image.getchannel("A"))
    return page


def _to_srgb(image: Image.Image, profile_bytes: object) -> Image.Image:
    """Apply the colour profile when it is sound, fits the picture and is not sRGB already."""
    if isinstance(profile_bytes, bytes) and 0 < len(profile_bytes) <= _MAX_PROFILE_BYTES:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError):
            return _apply_profile(image, profile_bytes).convert("RGB")
    return image.convert("RGB")


def _apply_profile(image: Image.Image, profile_bytes: bytes) -> Image.Image:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(profile_bytes))
    named: Any = profile.profile
    space = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}[image.mode]
    if named.xcolor_space.strip() != space or "srgb" in (named.profile_description or "").lower():
        return image
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB") or image


def _damaged(error: Exception, mime_type: str) -> MediaError:
    """Say why without addresses, paths or a stack."""
    name = {"image/webp": "WebP"}.get(mime_type, mime_type.removeprefix("image/").upper())
    known = isinstance(error, OSError | SyntaxError | ValueError)
    text = re.sub(r"<.*?>", "it", str(error)[:_REASON_CHARS]).split("\n")[0] if known else ""
    if text.startswith(("cannot identify", "could not create decoder")):
        text = "its header is damaged or cut off"
    reason = text or "its data is damaged"
    return MediaError(f"This {name} picture cannot be decoded: {reason}.", _SAVE_AGAIN)


def encode_small(pixels: bytes, fields: Mapping[str, Any]) -> bytes:
    """Return RGB pixels as a JPEG that fits into a square.

    Args:
        pixels: 8 bit RGB, row by row.
        fields: `width_px` and `height_px` of the pixels, `side_px` of the square.
    """
    image = Image.frombytes("RGB", (fields["width_px"], fields["height_px"]), pixels)
    image.thumbnail((fields["side_px"], fields["side_px"]))
    small = io.BytesIO()
    image.save(small, "JPEG", quality=80)
    return small.getvalue()


def encode_whole(pixels: bytes, fields: Mapping[str, Any]) -> bytes:
    """Return RGB pixels as a PNG, or as a JPEG of quality 95 where the PNG is over MAX_PNG_BYTES.

    Args:
        pixels: 8 bit RGB, row by row.
        fields: `width_px` and `height_px` of the pixels; `max_pixels`, to which they are reduced.
    """
    size = (fields["width_px"], fields["height_px"])
    image = Image.frombytes("RGB", size, pixels)
    target = reduced_size(size, fields["max_pixels"])
    if target != size:
        image = image.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)
    whole = io.BytesIO()
    image.save(whole, "PNG", compress_level=1)
    if whole.tell() > MAX_PNG_BYTES:
        whole = io.BytesIO()
        image.save(whole, "JPEG", quality=95, subsampling=0)
    return whole.getvalue()
