import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from chalklens.errors import MediaError
from chalklens.media.decoder_documents import decode_pages
from chalklens.media.limits import Limits

from .pdf_samples import encrypted_pdf, pdf, scripted_pdf

LIMITS = Limits()
JOB: dict[str, Any] = {
    "pages": [1],
    "region": None,
    "max_pixels": LIMITS.max_pixels,
    "budget_pixels": LIMITS.request_pixels,
    "request_pixels": LIMITS.request_pixels,
    "picture_pixels": LIMITS.picture_pixels,
    "side_px": LIMITS.side_px,
    "aspect_ratio": LIMITS.aspect_ratio,
    "page_pixels": LIMITS.page_pixels,
    "page_dpi": LIMITS.page_dpi,
}
RED, WHITE = (255, 0, 0), (255, 255, 255)


def decode(data: bytes, **job: Any) -> list[tuple[dict[str, Any], Image.Image]]:
    return [
        (
            fields,
            Image.frombytes("RGB", (fields["pixels_width_px"], fields["pixels_height_px"]), pixels),
        )
        for fields, (pixels,) in decode_pages(data, {**JOB, **job})
    ]


def test_a_page_is_drawn_at_200_dpi_on_white() -> None:
    ((fields, image),) = decode(pdf())
    assert fields == {
        "width_px": 400,
        "height_px": 200,
        "pixels_width_px": 400,
        "pixels_height_px": 200,
        "page": 1,
        "page_count": 1,
    }
    assert image.getpixel((50, 150)) == RED
    assert image.getpixel((350, 50)) == WHITE


def test_pages_come_in_the_order_they_were_asked_for() -> None:
    contents = [b"%d 0 0 rg 0 0 144 72 re f" % (number == 2) for number in (1, 2, 3)]
    pages = decode(pdf(contents=contents), pages=[3, 2])
    assert [(fields["page"], fields["page_count"]) for fields, _ in pages] == [(3, 3), (2, 3)]
    assert [image.getpixel((9, 9)) for _, image in pages] == [(0, 0, 0), RED]


def test_a_region_of_a_page_is_cut_out() -> None:
    ((fields, image),) = decode(pdf(), region=[100, 50, 300, 150])
    assert (fields["width_px"], fields["height_px"]) == (200, 100) == image.size
    assert (fields["whole_width_px"], fields["whole_height_px"]) == (400, 200)
    assert image.getpixel((50, 75)) == RED
    assert image.getpixel((150, 25)) == WHITE
    with pytest.raises(MediaError, match="400 x 200"):
        decode(pdf(), region=[400, 0, 500, 100])


def test_a_rotated_page_is_upright() -> None:
    ((fields, image),) = decode(pdf(page_extra="/Rotate 90"))
    assert (fields["width_px"], fields["height_px"]) == (200, 400)
    assert image.getpixel((50, 50)) == RED


@settings(max_examples=40, deadline=None)
@example(1.0, 103.0, 100, 100)
@example(2.0, 300.0, 100, 100)
@given(
    st.floats(1, 14_400),
    st.floats(1, 14_400),
    st.integers(100, LIMITS.max_pixels),
    st.integers(100, LIMITS.page_pixels),
)
def test_a_page_never_has_more_pixels_than_allowed(
    width_pt: float, height_pt: float, max_pixels: int, page_pixels: int
) -> None:
    data = pdf(media_box=f"0 0 {width_pt:.2f} {height_pt:.2f}", contents=[b""])
    max_pixels = min(max_pixels, 200_000)  # keeps the test fast
    job = {"max_pixels": max_pixels, "page_pixels": page_pixels}
    if max(width_pt, height_pt) > 190 * min(width_pt, height_pt):
        return  # too narrow, which is tested below
    ((fields, image),) = decode(data, **job)
    assert image.width * image.height <= max_pixels
    assert fields["width_px"] * fields["height_px"] <= page_pixels


@pytest.mark.parametrize("media_box", ["0 0 1000000 1000000", "0 0 14400 14400", "0 0 1e30 1e30"])
def test_a_huge_page_is_drawn_small(media_box: str) -> None:
    ((fields, _),) = decode(pdf(media_box=media_box, contents=[b""]), max_pixels=10_000)
    assert fields["width_px"] * fields["height_px"] <= LIMITS.page_pixels


def test_a_page_number_outside_the_document_says_how_many_there_are() -> None:
    with pytest.raises(MediaError, match="no page 3") as caught:
        decode(pdf(contents=[b"", b""]), pages=[1, 3])
    assert "1 to 2" in caught.value.hint


def test_the_pages_of_a_request_share_its_budget() -> None:
    data = pdf(contents=[b""] * 3)
    assert len(decode(data, pages=[1, 2], budget_pixels=160_000)) == 2
    with pytest.raises(MediaError, match="together"):
        decode(data, pages=[1, 2, 3], budget_pixels=239_999)


def test_an_encrypted_document_needs_a_password() -> None:
    with pytest.raises(MediaError, match="needs a password"):
        decode(encrypted_pdf())


def test_scripts_and_actions_do_nothing() -> None:
    ((_, image),) = decode(scripted_pdf())
    assert image.getpixel((50, 150)) == RED


def test_filled_form_fields_are_shown() -> None:
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[72 36 144 72]/F 4/AP<</N 6 0 R>>>>"
    look = b"1 0 0 rg 0 0 72 36 re f"
    appearance = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 72 36]/Length %d>>stream\n%s\nendstream"
        % (len(look), look)
    )
    data = pdf(
        contents=[b""],
        page_extra="/Annots[5 0 R]",
        catalog_extra="/AcroForm<</Fields[5 0 R]>>",
        objects=[field, appearance],
    )
    ((_, image),) = decode(data)
    assert image.getpixel((300, 50)) == RED


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", pdf(contents=[]), b"%PDF-1.7\n" + bytes(1000), pdf()[:60]]
)
def test_a_damaged_document_is_a_clear_error(data: bytes) -> None:
    with pytest.raises(MediaError) as caught:
        decode(data)
    assert caught.value.hint


def test_a_page_without_size_is_drawn_at_a_usual_one_or_refused() -> None:
    for media_box in ("0 0 0 0", "0 0 -5 5", "nonsense"):
        try:
            ((fields, _),) = decode(pdf(media_box=media_box))
        except MediaError:
            continue
        assert math.prod((fields["width_px"], fields["height_px"])) <= LIMITS.page_pixels
