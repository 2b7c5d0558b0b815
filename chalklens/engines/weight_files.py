"""What safetensors files say about themselves: names, shapes and sizes, without reading weights.

How it is used: `read_tensors(path)` while a model folder is inspected in the server process. What
it leaves out: the weights. The safetensors package would import numpy for this, which the server
process must not; the format is eight bytes of length and a JSON header (safetensors README).
"""

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from chalklens.errors import ModelError

MAX_HEADER_BYTES = 100_000_000
"""The limit of the format itself."""
SAMPLE_BYTES = 64 << 10
SAMPLES = 16


@dataclass(frozen=True, slots=True)
class TensorFact:
    """One tensor in a file; `dtype` as in the format: `BF16`, `F32` ..."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int

    @property
    def parameters(self) -> int:
        """Number of values."""
        count = 1
        for side in self.shape:
            count *= side
        return count


def read_tensors(path: Path) -> list[TensorFact]:
    """List the tensors of one file and check that the file holds all of them.

    Raises:
        ModelError: Not a safetensors file, or cut short.
    """
    try:
        with path.open("rb") as stream:
            [length] = struct.unpack("<Q", stream.read(8))
            if length > MAX_HEADER_BYTES:
                raise ValueError("header over the limit")
            header = cast("dict[str, Any]", json.loads(stream.read(length)))
        header.pop("__metadata__", None)
        tensors = [_tensor(name, entry) for name, entry in header.items()]
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        complete = path.stat().st_size == 8 + length + end
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise _broken(path, "it is not a safetensors file") from error
    if not complete:
        raise _broken(path, "its length does not match its table of contents")
    return tensors


def fingerprint(paths: Iterable[Path]) -> str:
    """Name the content of weight files by 12 hex digits.

    Sizes and sixteen samples of 64 KiB a file are hashed: enough to tell two trainings of one
    model apart, in milliseconds. It is no proof against tampering.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size};".encode())
        with path.open("rb") as stream:
            for start in sorted({size * n // SAMPLES for n in range(SAMPLES)}):
                stream.seek(start)
                digest.update(stream.read(SAMPLE_BYTES))
    return digest.hexdigest()[:12]


def _tensor(name: str, entry: dict[str, Any]) -> TensorFact:
    start, end = entry["data_offsets"]
    shape = tuple(int(side) for side in entry["shape"])
    if min(shape, default=0) < 0:
        raise ValueError("negative side")
    return TensorFact(name, str(entry["dtype"]), shape, end - start)


def _broken(path: Path, why: str) -> ModelError:
    return ModelError(
        f"The weights file {path.name} cannot be used: {why}.",
        "Download the model again: `chalklens models pull NAME` replaces damaged files.",
        code="broken_weights",
    )
