"""A loading worker for tests that dies, hangs or answers, as the file says; started by name."""

import os
import time

from chalklens.workers.host import Call, Port, Reply, serve_operations
from retrieval.loaders.worker import load, memory


def load_or_not(call: Call) -> Reply:
    if call.blobs[0].startswith(b"die"):
        os._exit(9)
    while call.blobs[0].startswith(b"hang"):
        time.sleep(60)
    return load(call)


def serve(port: Port) -> None:
    serve_operations(port, {"load": load_or_not, "memory": memory})
