"""Runs the real Milvus server of the registry package `milvus` until standard input ends.

How it is used: with the Python of an environment of its own (`pip install "milvus==2.3.5"
"setuptools<81"`), because that package wants other versions than we do:

    PYTHON tests/retrieval/stores/milvus_server.py FOLDER

It prints one line, the server's address, when it is ready; `start_milvus` does all of this. The
server ends with whoever started it: the pipe breaks. What it leaves out: TLS and passwords.
"""

import sys
from pathlib import Path


def main() -> None:
    """Start, say where, wait, stop."""
    from milvus import MilvusServer  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

    server = MilvusServer(wait_for_started=True)  # pyright: ignore[reportUnknownVariableType]
    server.set_base_dir(str(Path(sys.argv[1]).resolve()))  # pyright: ignore[reportUnknownMemberType]
    server.start()  # pyright: ignore[reportUnknownMemberType]
    try:
        sys.stdout.write(f"http://127.0.0.1:{server.listen_port}\n")  # pyright: ignore[reportUnknownMemberType]
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        server.stop()  # pyright: ignore[reportUnknownMemberType]


if __name__ == "__main__":
    main()
