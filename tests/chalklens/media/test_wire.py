import json

from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.media.wire import pack_picture, unpack_picture
from chalklens.types import Picture

pictures = st.builds(
    Picture,
    name=st.text(max_size=20),
    sha256=st.just("0" * 64),
    mime_type=st.sampled_from(["image/png", "application/pdf"]),
    width_px=st.integers(1, 20_000),
    height_px=st.integers(1, 20_000),
    pixels=st.binary(max_size=48),
    pixels_width_px=st.integers(1, 20_000),
    pixels_height_px=st.integers(1, 20_000),
    page=st.none() | st.integers(1, 50),
    page_count=st.integers(1, 5000),
)


@settings(max_examples=30)
@given(picture=pictures)
def test_a_picture_survives_the_way_to_a_worker(picture: Picture) -> None:
    fields, blob = pack_picture(picture)
    assert unpack_picture(json.loads(json.dumps(fields)), blob) == picture
