"""Memory: resident size of the server process and of each worker.

How it is used: `python benchmarks/memory.py`. Sizes are taken right after the first response and
after sheets have been labelled. Resident size counts shared libraries once per process. What it
leaves out: the engine worker, whose size is the model's.
"""

import time

import psutil
from stdio_client import EXAMPLES, OURS, StdioServer, write

SHEETS = ("addition_within_20.png", "bar_graph.png")
ROUNDS = 10
SETTLE_S = 2.0
MIB = 1 << 20


def show_sizes(title: str, server: StdioServer) -> None:
    """Write the size of the server and of each of its children."""
    process = psutil.Process(server.process.pid)
    write(f"{title:28} server {process.memory_info().rss / MIB:7.0f} MiB")
    for child in process.children(recursive=True):
        target = child.cmdline()[-1]
        write(f"{'':28} {target} {child.memory_info().rss / MIB:7.0f} MiB")


def main() -> None:
    """Measure and report."""
    with StdioServer([*OURS, "--root", str(EXAMPLES)]) as server:
        server.initialize()
        show_sizes("after the first response", server)
        for _ in range(ROUNDS):
            for sheet in SHEETS:
                server.call("label_worksheet", image=sheet)
        time.sleep(SETTLE_S)
        show_sizes(f"after {ROUNDS * len(SHEETS)} labelled sheets", server)


if __name__ == "__main__":
    main()
