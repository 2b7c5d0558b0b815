"""Pictures on the wire to a worker: the fields as JSON, the pixels as one blob.

How it is used: `fields, blob = pack_picture(picture)` beside a worker call, `unpack_picture` in the
worker. What it leaves out: compression; pipes on one machine are faster without.
"""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import Any

from chalklens.types import Picture

_FIELDS = tuple(f.name for f in dataclass_fields(Picture) if f.name != "pixels")


def pack_picture(picture: Picture) -> tuple[dict[str, Any], bytes]:
    """Split a picture into JSON fields and its RGB bytes."""
    return {name: getattr(picture, name) for name in _FIELDS}, picture.pixels


def unpack_picture(fields: Mapping[str, Any], blob: bytes) -> Picture:
    """Put a picture together again."""
    return Picture(pixels=blob, **fields)
