import base64
import hashlib
import io
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from chalklens.errors import (
    ChalklensError,
    InputError,
    MediaError,
    MediaReferenceError,
    TimeLimitError,
    UnavailableError,
)
from chalklens.media.access import AccessPolicy
from chalklens.media.artifacts import ArtifactStore
from chalklens.media.decoding import Decoder
from chalklens.media.limits import Limits
from chalklens.media.loader import MediaLoader
from chalklens.types import Box

from .pdf_samples import pdf

pytestmark = pytest.mark.anyio

LIMITS = Limits(decode_s=60, request_s=60)


def png(width: int = 40, height: int = 20, colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(data: bytes) -> str:
    return "data:;base64," + base64.b64encode(data).decode()


@asynccontextmanager
async def loader(*roots: Path, limits: Limits = LIMITS) -> AsyncGenerator[MediaLoader]:
    made = MediaLoader(AccessPolicy(roots), limits, Decoder(limits), ArtifactStore())
    try:
        yield made
    finally:
        await made.close()


async def test_a_thumbnail_is_a_small_jpeg_made_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(png(3_000, 600, "blue"))
    (tmp_path / "two.pdf").write_bytes(pdf(contents=(b"", b"1 0 0 rg 0 0 72 36 re f")))
    async with loader(tmp_path) as it:
        [one, two] = await it.load(["wide.png", "two.pdf"])
        wide = Image.open(io.BytesIO(await it.thumbnail("wide.png", one.sha256)))
        page = Image.open(io.BytesIO(await it.thumbnail("two.pdf", two.sha256, page=2)))
        with pytest.raises(MediaReferenceError):
            await it.thumbnail("../wide.png", one.sha256)
        with pytest.raises(MediaReferenceError, match="changed since"):
            await it.thumbnail("wide.png", two.sha256)
    assert (wide.format, wide.size) == ("JPEG", (256, 51))
    assert page.format == "JPEG"
    assert max(page.size) <= 256


async def test_a_picture_from_every_kind_of_reference(tmp_path: Path) -> None:
    data = png()
    (tmp_path / "a b.png").write_bytes(data)
    async with loader(tmp_path) as it:
        references = [
            "a b.png",
            str(tmp_path / "a b.png"),
            f'@"{tmp_path}/a b.png"',
            (tmp_path / "a b.png").as_uri(),
            data_uri(data),
            base64.b64encode(data).decode(),
            it.artifacts.put(data, "image/png", "crop.png", "local"),
        ]
        pictures = await it.load(references)
    assert [picture.name for picture in pictures] == ["a b.png"] * 4 + ["inline data"] * 2 + [
        "crop.png"
    ]
    for picture in pictures:
        assert picture.sha256 == hashlib.sha256(data).hexdigest()
        assert picture.mime_type == "image/png"
        assert (picture.width_px, picture.height_px) == (40, 20)
        assert picture.pixels == b"\xff\0\0" * 800


async def test_the_content_decides_the_type_and_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(png())
    (tmp_path / "a.png").write_bytes(pdf())
    (tmp_path / "b.png").write_bytes(b"<html></html>")
    async with loader(tmp_path) as it:
        pictures = await it.load(["a.jpg", "a.png"])
        with pytest.raises(MediaError, match="HTML"):
            await it.load(["b.png"])
    assert [picture.mime_type for picture in pictures] == ["image/png", "application/pdf"]


async def test_pages_of_a_document_and_a_picture_come_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(contents=[b""] * 3))
    (tmp_path / "b.png").write_bytes(png())
    async with loader(tmp_path) as it:
        pictures = await it.load(["a.pdf", "b.png"], pages=[3, 1])
        (first,) = await it.load(["a.pdf"])
    assert [(picture.name, picture.page, picture.page_count) for picture in pictures] == [
        ("a.pdf", 3, 3),
        ("a.pdf", 1, 3),
        ("b.png", None, 1),
    ]
    assert first.page == 1


async def test_pages_of_a_tiff_are_chosen_like_those_of_a_pdf(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (40, 20), colour) for colour in ("red", "blue")]
    pages[0].save(tmp_path / "fax.tif", save_all=True, append_images=pages[1:])
    limits = Limits(decode_s=60, request_s=60, pages=2)
    async with loader(tmp_path, limits=limits) as it:
        (second,) = await it.load(["fax.tif"], pages=[2])
        (first,) = await it.load(["fax.tif"])
        with pytest.raises(InputError, match="2 pages"):
            await it.load(["fax.tif", "fax.tif"], pages=[1, 2])
    assert (second.page, second.page_count, second.pixels[:3]) == (2, 2, b"\0\0\xff")
    assert (first.page, first.page_count) == (1, 2)


async def test_the_first_page_of_a_picture_is_the_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    async with loader(tmp_path) as it:
        (picture,) = await it.load(["a.png"], pages=[1])
        with pytest.raises(InputError, match="further pages"):
            await it.load(["a.png"], pages=[2])
    assert picture.page is None


async def test_pictures_are_reduced_to_what_the_caller_asks_for() -> None:
    async with loader() as it:
        (picture,) = await it.load([data_uri(png(400, 200))], max_pixels=200)
    assert (picture.width_px, picture.height_px) == (400, 200)
    assert (picture.pixels_width_px, picture.pixels_height_px) == (20, 10)
    assert len(picture.pixels) == 600


async def test_a_region_becomes_a_picture_of_its_own() -> None:
    async with loader() as it:
        (picture,) = await it.load([data_uri(png(400, 200))], region=Box(10, 20, 40, 30))
        for empty in (Box(5, 5, 5, 9), Box(9, 5, 5, 9), Box(-1, 0, 5, 5)):
            with pytest.raises(InputError, match="region"):
                await it.load([data_uri(png())], region=empty)
    assert (picture.width_px, picture.height_px) == (30, 10)


@pytest.mark.parametrize(
    ("references", "pages", "message"),
    [
        ([], None, "No picture"),
        (["a"] * 9, None, "one request takes 8"),
        (["a"], [], "counted from 1"),
        (["a"], [0], "counted from 1"),
        (["a"], [1, 1], "named twice"),
        (["a"], list(range(1, 52)), "50 pages"),
    ],
)
async def test_arguments_are_counted_before_anything_is_opened(
    references: list[str], pages: list[int] | None, message: str
) -> None:
    async with loader() as it:
        with pytest.raises(InputError, match=message):
            await it.load(references, pages=pages)
        assert it.decoder.worker_pids() == []


async def test_pages_are_counted_over_all_documents(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(contents=[b""] * 3))
    async with loader(tmp_path, limits=LIMITS.lowered(pages=5)) as it:
        assert len(await it.load(["a.pdf"], pages=[1, 2, 3])) == 3
        with pytest.raises(InputError, match="5 pages"):
            await it.load(["a.pdf", "a.pdf"], pages=[1, 2, 3])


async def test_pages_of_something_that_has_none_are_refused() -> None:
    async with loader() as it:
        with pytest.raises(InputError, match="Only PDF documents and TIFF"):
            await it.load([data_uri(png())], pages=[2])


async def test_the_pixels_of_a_request_are_counted_together() -> None:
    async with loader(limits=LIMITS.lowered(request_pixels=1599)) as it:
        assert await it.load([data_uri(png())])
        with pytest.raises(MediaError, match="together"):
            await it.load([data_uri(png())] * 2)


async def test_among_several_references_the_error_says_which() -> None:
    async with loader() as it:
        with pytest.raises(MediaError, match=r"^Picture 2 of 3: .*plain text"):
            await it.load([data_uri(png()), data_uri(b"text"), data_uri(png())])
        with pytest.raises(MediaError, match=r"^This is plain text"):
            await it.load([data_uri(b"text")])


async def test_a_request_as_a_whole_has_a_time_limit(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    async with loader(tmp_path, limits=LIMITS.lowered(request_s=0.001)) as it:
        with pytest.raises(TimeLimitError, match=r"0\.001 s"):
            await it.load(["a.png"])


async def test_somebody_elses_artifact_does_not_open() -> None:
    async with loader() as it:
        uri = it.artifacts.put(png(), "image/png", "crop.png", "me")
        assert await it.load([uri], principal="me")
        with pytest.raises(MediaReferenceError, match="no such artifact"):
            await it.load([uri], principal="you")


async def test_addresses_and_files_are_off_by_default() -> None:
    async with loader() as it:
        with pytest.raises(UnavailableError, match="switched off"):
            await it.load(["https://example.org/a.png"])
        with pytest.raises(MediaReferenceError, match="switched off"):
            await it.load(["/etc/hostname"])


@pytest.mark.parametrize(
    "reference",
    ["", "http://[", "\udcff", "data:,", "blob:x", "a\0b", "chalklens://artifacts/" + "0" * 32],
)
async def test_every_bad_reference_is_an_error_with_a_hint(tmp_path: Path, reference: str) -> None:
    access = AccessPolicy((tmp_path,), allow_urls=True)
    it = MediaLoader(access, LIMITS, Decoder(LIMITS), ArtifactStore())
    with pytest.raises(ChalklensError) as caught:
        await it.load([reference])
    assert caught.value.hint
    await it.close()


async def test_the_name_of_a_file_is_shown_without_tricks(tmp_path: Path) -> None:
    (tmp_path / "rtl-\u202egnp.exe").write_bytes(png())
    async with loader(tmp_path) as it:
        (picture,) = await it.load(["rtl-\u202egnp.exe"])
    assert picture.name == "rtl-\\u202egnp.exe"


async def test_a_large_file_reached_by_an_artifact_is_refused_like_any_other() -> None:
    async with loader(limits=LIMITS.lowered(file_bytes=60)) as it:
        uri = it.artifacts.put(png(), "image/png", "crop.png", "local")
        with pytest.raises(MediaError, match="larger than the limit"):
            await it.load([uri])


def test_the_server_process_imports_no_decoder() -> None:
    code = (
        "import sys, chalklens.media.loader, chalklens.media.wire\n"
        "heavy = {'PIL', 'numpy', 'pypdfium2', 'httpcore2', 'httpx2'} & sys.modules.keys()\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
