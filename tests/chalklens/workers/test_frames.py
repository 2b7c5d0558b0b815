import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.workers.frames import (
    MAX_BLOB_BYTES,
    MAX_HEADER_BYTES,
    PREFIX,
    FrameError,
    check_sizes,
    decode,
    encode,
    read_frame,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(fields=json_values, blobs=st.lists(st.binary(max_size=64), max_size=4))
def test_what_is_encoded_is_read_back(fields: object, blobs: list[bytes]) -> None:
    stream = io.BytesIO(b"".join(encode({"fields": fields}, blobs)) * 2)
    assert read_frame(stream) == ({"fields": fields}, blobs)
    assert read_frame(stream) == ({"fields": fields}, blobs)
    assert read_frame(stream) is None


def test_lone_surrogates_survive_the_way() -> None:
    stream = io.BytesIO(b"".join(encode({"text": "\udcff"})))
    assert read_frame(stream) == ({"text": "\udcff"}, [])


@pytest.mark.parametrize("keep", [0, 5, PREFIX.size, PREFIX.size + 3, -1])
def test_a_frame_that_breaks_off_is_the_end_of_the_stream(keep: int) -> None:
    frame = b"".join(encode({"a": 1}, [b"blob"]))
    assert read_frame(io.BytesIO(frame[:keep])) is None


@pytest.mark.parametrize("sizes", [(MAX_HEADER_BYTES + 1, 0), (0, MAX_BLOB_BYTES + 1)])
def test_a_frame_over_a_limit_is_refused_before_it_is_read(sizes: tuple[int, int]) -> None:
    with pytest.raises(FrameError, match="over the limit"):
        read_frame(io.BytesIO(PREFIX.pack(*sizes)))
    with pytest.raises(FrameError):
        check_sizes(*sizes)


@pytest.mark.parametrize("head", [b"{", b"\xff", b"{}", b"[]", b'{"blobs": null}', b'{"blobs": 3}'])
def test_a_header_that_is_not_one_is_refused(head: bytes) -> None:
    with pytest.raises(FrameError):
        decode(head, b"")


@pytest.mark.parametrize("lengths", [b"[1]", b"[-1, 4]", b"[4, -1]", b'["a"]', b"[1.5, 1.5]"])
def test_blob_lengths_must_add_up(lengths: bytes) -> None:
    with pytest.raises(FrameError):
        decode(b'{"blobs": ' + lengths + b"}", b"abc")
