"""Labelling speed: from a file to its labels, warm, through the server, and for many files at once.

How it is used: `python benchmarks/labelling.py [-n 20] [IMAGE ...]`; without images, the two example
sheets. First calls one at a time, then all images by one `chalklens label` (the two examples 20
times over). The load of the machine is written too: on shared cores the processor time per sheet says
more than the clock. What it leaves out: quality (`chalklens eval labels`).
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from stdio_client import EXAMPLES, OURS, StdioServer, show, time_request, write

LABEL = [sys.executable, "-P", "-m", "chalklens", "label", "--json", "--model", "none"]
EXAMPLE_ROUNDS = 20
MIB = 1 << 20


def time_calls(images: Sequence[Path], count: int) -> None:
    """Measure calls one at a time."""
    roots = [part for folder in {i.parent for i in images} for part in ("--root", str(folder))]
    chosen = random.Random(0).choices(images, k=count)
    with StdioServer([*OURS, *roots]) as server:
        server.initialize()
        for image in images[:2]:
            server.call("label_worksheet", image=str(image))
        for tool in ("read_text", "label_worksheet"):
            arguments = [{"name": tool, "arguments": {"image": str(image)}} for image in chosen]
            show(tool, [time_request(server, "tools/call", **one) for one in arguments])


def time_batch(images: Sequence[Path]) -> None:
    """Measure one command for all images: clock, processor time, memory of the sheet workers."""
    start_s, used = time.perf_counter(), os.times()
    rows_s: list[float] = []
    sizes: dict[int, int] = {}
    with subprocess.Popen(
        [*LABEL, *map(str, images)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as command:
        assert command.stdout is not None
        for _ in command.stdout:
            rows_s.append(time.perf_counter() - start_s)
            for pid, size in read_sheet_workers(command.pid).items():
                sizes[pid] = max(size, sizes.get(pid, 0))
    took_s, now = time.perf_counter() - start_s, os.times()
    cpu_s = now.children_user + now.children_system - used.children_user - used.children_system
    steady = (len(rows_s) - 1) / max(1e-9, rows_s[-1] - rows_s[0])
    write(
        f"chalklens label, {len(rows_s)} sheets: {len(rows_s) / took_s:.2f} a second with the start "
        f"({took_s:.1f} s), {steady:.2f} from the first row on; {cpu_s / len(rows_s):.3f} s of processor "
        "time each"
    )
    write(
        f"sheet workers: {' + '.join(f'{size / MIB:.0f}' for size in sizes.values())} MiB at most"
    )


def read_sheet_workers(pid: int) -> dict[int, int]:
    """Resident bytes of the sheet workers below a process, by process id."""
    sizes: dict[int, int] = {}
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):  # the last row is out
        for child in psutil.Process(pid).children():
            if "labelling.worker" in " ".join(child.cmdline()):
                sizes[child.pid] = child.memory_info().rss
    return sizes


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="calls of each tool")
    parser.add_argument("images", nargs="*", type=Path)
    options = parser.parse_args()
    images = [image.resolve() for image in options.images or sorted(EXAMPLES.glob("*.png"))]
    write(f"load before: {os.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")
    time_calls(images, options.n)
    time_batch(images if options.images else images * EXAMPLE_ROUNDS)
    write(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
