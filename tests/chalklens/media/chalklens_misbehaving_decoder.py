"""A decode worker that does what the file tells it to; started by name, see test_decoding.py."""

import os
import time

from chalklens.errors import MediaError
from chalklens.media.decoder import resident_bytes
from chalklens.workers.host import Call, Port, Reply, serve_operations

_kept: list[bytearray] = []


def decode(call: Call) -> Reply:
    (data,) = call.blobs
    match data:
        case b"die":
            os._exit(3)
        case b"hang":
            time.sleep(3600)
        case b"refuse":
            raise MediaError("It is broken.", "Mend it.")
        case b"hoard":
            _kept.append(bytearray(os.urandom(1 << 20) * 220))
        case b"hoard and refuse":
            _kept.append(bytearray(os.urandom(1 << 20) * 220))
            raise MediaError("It is broken.", "Mend it.")
        case _:
            pass
    size = dict.fromkeys(("width_px", "height_px", "pixels_width_px", "pixels_height_px"), 1)
    if data == b"lie":
        size["pixels_width_px"] = 1000
    call.emit({**size, "page": None, "page_count": os.getpid()}, [b"rgb"])
    return {}, ()


def memory(call: Call) -> Reply:
    return {"resident_bytes": resident_bytes()}, ()


def serve(port: Port) -> None:
    serve_operations(port, {"decode": decode, "memory": memory})
