# pyright: reportMissingTypeStubs=false
"""The decode worker: the only place where a parser touches bytes from outside.

How it is used: `WorkerSpec("decode", "chalklens.media.decoder:serve")` starts it, `decoding.Decoder`
talks to it. One operation, `decode`: the file as a blob, and fields as `decoding` sends them; it
emits one part per picture or page (sizes as fields, RGB pixels as blob). `shrink` makes a small
JPEG of such pixels, `encode` a file for an engine that runs elsewhere; `memory` says what the process
holds. Memory, processor time and core dumps are limited for the whole process; wall time is the
parent's job, which kills it.

What it leaves out: finding out what the bytes are (`sniffing`); the two decoders are in
`decoder_pictures` and `decoder_documents`.
"""

import math
import sys
import time
from typing import Any

from chalklens.errors import ChalklensError, MediaError
from chalklens.media import decoder_documents, decoder_pictures
from chalklens.media.sniffing import PDF, TIFF
from chalklens.workers.host import Call, Port, Reply, serve_operations

_MEMORY_HINT = "Pass a smaller copy of it."


def serve(port: Port) -> None:
    """Answer decode calls until the parent goes away."""
    decoder_pictures.prepare()
    operations = {"decode": decode, "encode": encode, "memory": memory, "shrink": shrink}
    serve_operations(port, operations)


def decode(call: Call) -> Reply:
    """Decode one file.

    Raises:
        MediaError: It cannot be decoded, or is over a limit.
    """
    fields = call.fields
    limit_process(fields["memory_bytes"], fields["cpu_s"])
    try:
        _decode(call, fields)
    except ChalklensError:
        raise
    except MemoryError:
        raise MediaError("Decoding needs more memory than allowed.", _MEMORY_HINT) from None
    return {}, ()


def memory(call: Call) -> Reply:
    """Say how much memory this process holds."""
    return {"resident_bytes": resident_bytes()}, ()


def shrink(call: Call) -> Reply:
    """Make a small JPEG of decoded pixels."""
    (pixels,) = call.blobs
    return {}, (decoder_pictures.encode_small(pixels, call.fields),)


def encode(call: Call) -> Reply:
    """Make a PNG of decoded pixels, or a JPEG where that would be large."""
    (pixels,) = call.blobs
    return {}, (decoder_pictures.encode_whole(pixels, call.fields),)


def _decode(call: Call, fields: dict[str, Any]) -> None:
    (data,) = call.blobs
    call.blobs = []
    decode_pages = {PDF: decoder_documents.decode_pages, TIFF: decoder_pictures.decode_tiff}
    if fields["mime_type"] not in decode_pages:
        call.emit(*decoder_pictures.decode_picture(data, fields))
        return
    for page in decode_pages[fields["mime_type"]](data, fields):
        call.emit(*page)
        limit_process(fields["memory_bytes"], fields["cpu_s"])


def limit_process(memory_bytes: int, cpu_s: int) -> None:
    """Cap address space and core dumps, and allow `cpu_s` more seconds of processor time.

    Windows has no such limits (the parent's clock is what remains); macOS does not enforce the one
    on memory.
    """
    if sys.platform == "win32":
        return
    import resource

    wishes = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: math.ceil(time.process_time()) + cpu_s}
    if sys.platform == "linux":
        wishes[resource.RLIMIT_AS] = memory_bytes
    for kind, wish in wishes.items():
        _, hard = resource.getrlimit(kind)
        soft = wish if hard == resource.RLIM_INFINITY else min(wish, hard)
        resource.setrlimit(kind, (soft, hard))


def resident_bytes() -> int:
    """Return the memory this process holds now, or held at most where only that is known."""
    if sys.platform == "win32":
        return 0
    import resource

    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
            return int(statm.read().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
