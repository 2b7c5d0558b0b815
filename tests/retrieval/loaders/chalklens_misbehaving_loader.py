"""A loading worker that does what the file tells it to; started by name, see test_isolated.py."""

import os
import time

from chalklens.errors import MediaError
from chalklens.media.decoder import memory
from chalklens.workers.host import Call, Port, Reply, serve_operations

_kept: list[bytearray] = []


def load(call: Call) -> Reply:
    (data,) = call.blobs
    misbehave(data)
    fields: dict[str, object] = {
        "mime_type": str(os.getpid()),
        "title": "t",
        "tags": (),
        "scanned_pages": (),
    }
    lies = {
        b"lie about sections": [b"words", b"[[4, null], [2, null]]"],
        b"lie about text": [b"\xff", b"[]"],
        b"send too much": [b"x" * 2000, b"[]"],
        b"hide a control": [b"a\0b", b"[]"],
        b"leave out a blob": [b"words"],
    }
    return fields, lies.get(data, [b"words", b"[[0, null]]"])


def misbehave(data: bytes) -> None:
    match data:
        case b"die":
            os._exit(3)
        case b"hang":
            time.sleep(3600)
        case b"refuse":
            raise MediaError("It is broken.", "Mend it.")
        case b"fail":
            raise ZeroDivisionError
        case b"hoard":
            _kept.append(bytearray(os.urandom(1 << 20) * 280))
        case _:
            pass


def serve(port: Port) -> None:
    serve_operations(port, {"load": load, "memory": memory})
