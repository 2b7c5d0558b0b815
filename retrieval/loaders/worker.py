"""The loading worker: the only place where a parser touches the bytes of a document from outside.

How it is used: `isolated.IsolatedLoader` starts it and talks to it. `load` takes a file as blob and
answers with a packed draft; `memory` says what the process holds. Memory, processor time and core
dumps are limited for the whole process; wall time is the parent's job, which kills it.

What it leaves out: drawing pages and reading pictures, which other workers do.
"""

from chalklens.errors import MediaError
from chalklens.media.decoder import limit_process, memory
from chalklens.workers.host import Call, Port, Reply, serve_operations
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import create_draft
from retrieval.loaders.wire import pack_draft


def serve(port: Port) -> None:
    """Answer calls until the parent goes away."""
    serve_operations(port, {"load": load, "memory": memory})


def load(call: Call) -> Reply:
    """Load one file.

    Raises:
        MediaError: It cannot be loaded, or is over a limit.
    """
    limits = LoadLimits(**call.fields["limits"])
    limit_process(limits.memory_bytes, limits.cpu_s)
    (data,) = call.blobs
    call.blobs = []
    try:
        name, content_type = call.fields["name"], call.fields["content_type"]
        return pack_draft(create_draft(data, name, content_type, limits))
    except MemoryError:
        raise MediaError(
            "Loading this file needs more memory than allowed.", "Split it into smaller ones."
        ) from None
