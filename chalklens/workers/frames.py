"""The wire between the server and its workers: a JSON header and raw byte blobs, length first.

How it is used: `encode(header, blobs)` on one side of a pipe, `read_frame(stream)` (blocking, in a
worker) or `decode_header`/`split_blobs` (in the event loop) on the other. Layout, big endian:
`uint32 header bytes | uint64 blob bytes | header (UTF-8 JSON) | blobs`; the header's `"blobs"` key
holds the length of each blob. What it leaves out: meaning; see `host.py` and `process.py`.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

PREFIX = struct.Struct(">IQ")
MAX_HEADER_BYTES = 64 << 20
MAX_BLOB_BYTES = 256 << 20

Header = dict[str, Any]


class FrameError(Exception):
    """The peer wrote something that is not a frame, or one over the limits."""


def encode(header: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> list[bytes]:
    """Return the parts of one frame, ready for `writelines`.

    Raises:
        FrameError: The frame is over a limit.
    """
    text = json.dumps({**header, "blobs": [len(b) for b in blobs]}, ensure_ascii=False)
    head = text.encode("utf-8", "surrogatepass")
    size = sum(len(b) for b in blobs)
    check_sizes(len(head), size)
    return [PREFIX.pack(len(head), size), head, *blobs]


def check_sizes(header_bytes: int, blob_bytes: int) -> None:
    """Refuse frames over the limits before anything is read."""
    if header_bytes > MAX_HEADER_BYTES or blob_bytes > MAX_BLOB_BYTES:
        raise FrameError(f"frame of {header_bytes} + {blob_bytes} bytes is over the limit")


def decode(head: bytes, body: bytes) -> tuple[Header, list[bytes]]:
    """Split one frame's header and blobs."""
    try:
        header: Header = json.loads(head.decode("utf-8", "surrogatepass"))
        lengths: list[int] = header.pop("blobs")
        sound = all(type(length) is int and length >= 0 for length in lengths)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise FrameError("frame header is not valid") from error
    if not sound or sum(lengths) != len(body):
        raise FrameError("blob lengths do not add up")
    blobs: list[bytes] = []
    start = 0
    for length in lengths:
        blobs.append(body[start : start + length])
        start += length
    return header, blobs


def read_frame(stream: BinaryIO) -> tuple[Header, list[bytes]] | None:
    """Read one frame from a blocking stream; None at its end."""
    prefix = stream.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    header_bytes, blob_bytes = PREFIX.unpack(prefix)
    check_sizes(header_bytes, blob_bytes)
    head, body = stream.read(header_bytes), stream.read(blob_bytes)
    if len(head) < header_bytes or len(body) < blob_bytes:
        return None
    return decode(head, body)
