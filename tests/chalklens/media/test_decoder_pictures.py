# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw

from chalklens.errors import MediaError
from chalklens.media.decoder_pictures import decode_picture, decode_tiff, prepare, reduced_size
from chalklens.media.limits import Limits

LIMITS = Limits()
JOB: dict[str, Any] = {
    "mime_type": "image/png",
    "region": None,
    "max_pixels": LIMITS.max_pixels,
    "budget_pixels": LIMITS.request_pixels,
    "request_pixels": LIMITS.request_pixels,
    "picture_pixels": LIMITS.picture_pixels,
    "side_px": LIMITS.side_px,
    "aspect_ratio": LIMITS.aspect_ratio,
}
WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)
FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"]


@pytest.fixture(autouse=True)
def pillow_as_in_the_worker() -> Iterator[None]:
    """`prepare` is made for a process of its own: put its switches back."""
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        prepare()
        yield
    Image.MAX_IMAGE_PIXELS = limit


def encode(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def decode(data: bytes, format: str = "PNG", **job: Any) -> tuple[dict[str, Any], Image.Image]:
    fields, (pixels,) = decode_picture(data, {**JOB, "mime_type": f"image/{format.lower()}", **job})
    size = fields["pixels_width_px"], fields["pixels_height_px"]
    return fields, Image.frombytes("RGB", size, pixels)


def corner(width: int = 40, height: int = 20) -> Image.Image:
    """White with a red quarter at the top left."""
    image = Image.new("RGB", (width, height), WHITE)
    ImageDraw.Draw(image).rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=RED)
    return image


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...], by: int = 40) -> bool:
    found = image.getpixel(at)
    assert isinstance(found, tuple)
    return all(abs(a - b) <= by for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_gives_its_size_and_its_colours(format: str) -> None:
    fields, image = decode(encode(corner(), format), format)
    assert fields == {
        "width_px": 40,
        "height_px": 20,
        "pixels_width_px": 40,
        "pixels_height_px": 20,
        "page": None,
        "page_count": 1,
    }
    assert near(image, (5, 4), RED)
    assert near(image, (35, 15), WHITE)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_large_picture_is_reduced_and_keeps_its_original_size(format: str) -> None:
    fields, image = decode(encode(corner(1000, 500), format), format, max_pixels=5000)
    assert (fields["width_px"], fields["height_px"]) == (1000, 500)
    assert image.size == (100, 50)
    assert near(image, (20, 10), RED)
    assert near(image, (80, 40), WHITE)


@settings(max_examples=100)
@given(st.integers(1, 16_384), st.integers(1, 16_384), st.integers(1, 4_194_304))
def test_a_reduced_size_has_the_shape_and_never_too_many_pixels(
    width: int, height: int, max_pixels: int
) -> None:
    reduced = reduced_size((width, height), max_pixels)
    if width * height <= max_pixels:
        assert reduced == (width, height)
    assert reduced[0] * reduced[1] <= max(max_pixels, *reduced)
    if min(reduced) > 20:
        assert abs(reduced[0] / reduced[1] / (width / height) - 1) < 0.1


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [
        (1, (5, 4)),
        (2, (35, 4)),
        (3, (35, 15)),
        (4, (5, 15)),
        (5, (4, 5)),
        (6, (15, 5)),
        (7, (15, 35)),
        (8, (4, 35)),
    ],
)
def test_pictures_are_turned_upright(
    format: str, orientation: int, red_at: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    options: dict[str, Any] = {"exif": exif, **({"quality": 95} if format == "JPEG" else {})}
    fields, image = decode(encode(corner(), format, **options), format)
    size = (40, 20) if orientation < 5 else (20, 40)
    assert (fields["width_px"], fields["height_px"]) == size == image.size
    assert near(image, red_at, RED, by=80)
    assert near(image, (size[0] - 1 - red_at[0], size[1] - 1 - red_at[1]), WHITE, by=80)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_region_is_cut_from_the_upright_picture(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = encode(corner(), "PNG", exif=exif)
    _, whole = decode(data)
    fields, part = decode(data, region=[3, 2, 16, 14])
    assert (fields["width_px"], fields["height_px"]) == (13, 12) == part.size
    assert (fields["whole_width_px"], fields["whole_height_px"]) == whole.size
    assert part.tobytes() == whole.crop((3, 2, 16, 14)).tobytes()


def test_a_region_keeps_the_original_pixels_of_a_picture_that_would_be_reduced() -> None:
    image = Image.effect_noise((400, 300), 80).convert("RGB")
    for format in ("PNG", "JPEG"):
        data = encode(image, format)
        _, whole = decode(data, format)
        _, part = decode(data, format, region=[100, 100, 130, 120], max_pixels=600)
        assert part.tobytes() == whole.crop((100, 100, 130, 120)).tobytes()


def test_a_region_is_cut_off_at_the_edge_and_refused_outside() -> None:
    fields, _ = decode(encode(corner()), region=[30, 10, 1000, 1000])
    assert (fields["width_px"], fields["height_px"]) == (10, 10)
    with pytest.raises(MediaError, match="outside the picture, which is 40 x 20"):
        decode(encode(corner()), region=[40, 0, 50, 10])


def test_a_reduced_picture_is_turned_too() -> None:
    exif = Image.Exif()
    exif[274] = 6
    fields, image = decode(encode(corner(400, 200), "JPEG", exif=exif), "JPEG", max_pixels=800)
    assert (fields["width_px"], fields["height_px"]) == (200, 400)
    assert image.size == (20, 40)
    assert near(image, (15, 5), RED)


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\xff\xff\xff\xff", b""])
def test_damaged_metadata_never_breaks_a_good_picture(exif: bytes) -> None:
    _, image = decode(encode(corner(), "JPEG", exif=exif, icc_profile=b"garbage"), "JPEG")
    assert near(image, (5, 4), RED)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_out_of_range_is_ignored(orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    fields, _ = decode(encode(corner(), "JPEG", exif=exif), "JPEG")
    assert (fields["width_px"], fields["height_px"]) == (40, 20)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_becomes_white(mode: str) -> None:
    image = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 5, 10))
    _, decoded = decode(encode(image.convert(mode)))
    assert decoded.getpixel((2, 5)) == BLACK
    assert decoded.getpixel((7, 5)) == WHITE


def test_transparent_palette_and_colour_key_become_white() -> None:
    palette = Image.new("P", (10, 10), 1)
    palette.putpalette([255, 0, 0, 0, 0, 0])
    palette.paste(0, (5, 0, 10, 10))
    _, decoded = decode(encode(palette, transparency=0))
    assert (decoded.getpixel((2, 5)), decoded.getpixel((7, 5))) == (BLACK, WHITE)
    keyed = corner(10, 10)
    _, decoded = decode(encode(keyed, transparency=RED))
    assert decoded.getpixel((1, 1)) == WHITE


def test_half_transparent_edges_keep_no_colour_of_what_is_hidden() -> None:
    image = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 100, 200))
    _, decoded = decode(encode(image), max_pixels=400)
    red, green, _ = decoded.split()
    assert ImageChops.difference(red, green).getextrema() == (0, 0)


@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_sixteen_bit_grey_is_scaled_and_not_cut_off(mode: str) -> None:
    dark, light = 20 * 257, 200 * 257
    grey = Image.new("I;16", (20, 10), dark)
    grey.paste(light, (10, 0, 20, 10))
    format = "TIFF" if mode == "I;16B" else "PNG"
    data = encode(grey.convert("I").convert(mode) if mode == "I;16B" else grey, format)
    _, decoded = decode(data, format)
    assert (decoded.getpixel((2, 2)), decoded.getpixel((15, 2))) == ((20,) * 3, (200,) * 3)


@pytest.mark.parametrize(
    ("mode", "low", "high", "shown"),
    [
        ("F", 0.0, 1.0, (0, 255)),
        ("F", 0.0, 200.0, (0, 200)),
        ("F", -5.0, 5.0, (0, 255)),
        ("I", 0, 65535, (0, 255)),
        ("I", 10, 200, (10, 200)),
        ("I", -100_000, 100_000, (0, 255)),
        ("F", float("nan"), float("nan"), None),
    ],
)
def test_wide_grey_is_shown_by_the_range_it_uses(
    mode: str, low: float, high: float, shown: tuple[int, int] | None
) -> None:
    image = Image.new(mode, (20, 10), low)
    image.paste(high, (10, 0, 20, 10))
    _, decoded = decode(encode(image, "TIFF"), "TIFF")
    if shown:
        assert decoded.getpixel((2, 2)) == (shown[0],) * 3
        assert decoded.getpixel((15, 2)) == (shown[1],) * 3


@pytest.mark.parametrize(
    ("mode", "format"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("P", "PNG"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("LAB", "TIFF"),
        ("YCbCr", "TIFF"),
    ],
)
def test_other_colour_modes_become_rgb(mode: str, format: str) -> None:
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(
            Image.new("RGB", (16, 16), WHITE), *profiles, outputMode="LAB"
        )
        assert image is not None
    else:
        image = Image.new("RGB", (16, 16), WHITE).convert(mode)
    _, decoded = decode(encode(image, format), format)
    assert near(decoded, (8, 8), WHITE, by=8)


def test_a_colour_profile_is_applied() -> None:
    swapped = linear_profile()
    plain = Image.new("RGB", (8, 8), (128, 128, 128))
    _, without = decode(encode(plain))
    _, with_profile = decode(encode(plain, icc_profile=swapped))
    assert without.getpixel((4, 4)) == (128, 128, 128)
    assert near(with_profile, (4, 4), (188, 188, 188), by=3)


def linear_profile() -> bytes:
    """An sRGB profile whose tone curves are made linear, so that mid grey becomes lighter."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    for index in range(count):
        tag, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            profile[offset : offset + size] = (b"curv" + bytes(8)).ljust(size, b"\0")
        elif tag == b"desc":
            profile[offset : offset + size] = bytes(profile[offset : offset + size]).replace(
                "sRGB".encode("utf-16-be"), "flat".encode("utf-16-be")
            )
    return bytes(profile)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_of_an_animation_the_first_frame_is_taken_and_the_frames_are_counted(format: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, WHITE, BLACK)]
    data = encode(frames[0], format, save_all=True, append_images=frames[1:])
    fields, image = decode(data, format)
    assert fields["page_count"] == 3
    assert near(image, (8, 8), RED)


def tiff_pages(*sizes: tuple[int, int]) -> bytes:
    colours = (RED, WHITE, BLACK)
    pages = [Image.new("RGB", size, colour) for size, colour in zip(sizes, colours, strict=False)]
    return encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])


def decode_pages(data: bytes, **job: Any) -> list[tuple[dict[str, Any], Image.Image]]:
    found = decode_tiff(data, {**JOB, "mime_type": "image/tiff", "pages": [1], **job})
    return [
        (fields, Image.frombytes("RGB", (fields["width_px"], fields["height_px"]), pixels))
        for fields, (pixels,) in found
    ]


def test_the_wanted_pages_of_a_tiff_come_in_order() -> None:
    data = tiff_pages((16, 16), (20, 10), (30, 30))
    found = decode_pages(data, pages=[3, 2])
    shown = [(f["page"], f["page_count"], f["width_px"], f["height_px"]) for f, _ in found]
    assert shown == [(3, 3, 30, 30), (2, 3, 20, 10)]
    assert near(found[0][1], (8, 8), BLACK)
    assert near(found[1][1], (8, 8), WHITE)


def test_a_tiff_of_one_page_is_a_picture_whatever_page_is_wanted() -> None:
    [(fields, image)] = decode_pages(tiff_pages((16, 16)), pages=[7])
    assert (fields["page"], fields["page_count"]) == (None, 1)
    assert near(image, (8, 8), RED)


def test_a_page_that_a_tiff_does_not_have_is_named() -> None:
    with pytest.raises(MediaError, match=r"TIFF has no page 3\. Pages are counted from 1 to 2"):
        decode_pages(tiff_pages((16, 16), (16, 16)), pages=[1, 3])


def test_pages_of_a_tiff_are_limited_one_by_one_and_together() -> None:
    data = tiff_pages((16, 16), (16, 16))
    assert len(decode_pages(data, pages=[1, 2], budget_pixels=512)) == 2
    with pytest.raises(MediaError, match="together"):
        decode_pages(data, pages=[1, 2], budget_pixels=511)
    with pytest.raises(MediaError, match="too large"):
        decode_pages(tiff_pages((16, 16), (16, 99)), pages=[2], side_px=90)


def png(width: int, height: int, *, depth: int = 1, colour: int = 0) -> bytes:
    """A PNG that announces this size and holds nearly nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((7100, 7100), "50 megapixels"),
        ((20_000, 20_000), "50 megapixels"),
        ((16_385, 100), "a side may have 16384"),
        ((100, 16_385), "a side may have 16384"),
        ((2000, 10), "below 200"),
        ((10, 2000), "below 200"),
    ],
)
def test_a_picture_is_judged_by_its_header_before_a_pixel_is_decoded(
    size: tuple[int, int], message: str
) -> None:
    with pytest.raises(MediaError, match=message):
        decode(png(*size))


def test_just_inside_the_limits_is_fine() -> None:
    for size in ((1999, 10), (10, 1999)):
        assert decode(encode(Image.new("1", size)))[0]["width_px"] == size[0]
    assert decode(encode(Image.new("1", (16_384, 100))))[1].size == (16_384, 100)


def test_a_picture_over_what_is_left_of_the_request_is_refused() -> None:
    data = encode(corner())
    assert decode(data, budget_pixels=800)[1].size == (40, 20)
    with pytest.raises(MediaError, match="together"):
        decode(data, budget_pixels=799)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("part", [0.05, 0.5, 0.8])
def test_a_truncated_picture_is_an_error_and_never_half_grey(format: str, part: float) -> None:
    noise = Image.effect_noise((64, 64), 80).convert("RGB")
    data = encode(noise, format)
    with pytest.raises(MediaError, match=r"cannot be decoded: .+") as caught:
        decode(data[: int(len(data) * part)], format)
    assert "BytesIO" not in str(caught.value)


@pytest.mark.parametrize("format", FORMATS)
def test_content_is_read_as_the_named_format_and_no_other(format: str) -> None:
    other = "PNG" if format != "PNG" else "GIF"
    with pytest.raises(MediaError):
        decode(encode(corner(), other), format)


SAMPLES = {format: encode(corner(), format) for format in FORMATS}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_give_a_picture_or_a_media_error(format: str, at: int, patch: bytes) -> None:
    data = bytearray(SAMPLES[format])
    at %= len(data)
    data[at : at + len(patch)] = patch
    with suppress(MediaError):
        _, image = decode(bytes(data), format)
        assert min(image.size) >= 1
