"""Labelling speed: from a file to its labels, warm, through the server, and for many files at once.

How it is used: `python benchmarks/labelling.py [-n 20] [IMAGE ...]`; without images, the two example
sheets. First calls one at a time, each for a copy that is a picture of its own (`sheets.py`): a sheet
is read, labelled after that, labelled again, and another is labelled that was not read before. Then
all images by one `chalklens label` (the two examples in 20 copies each). The load of the machine is
written too: on shared cores the processor time per sheet says more than the clock. What it leaves
out: quality (`chalklens eval labels`).
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from sheets import draw_copies
from stdio_client import EXAMPLES, OURS, StdioServer, show, time_request, write

LABEL = [sys.executable, "-P", "-m", "chalklens", "label", "--json", "--model", "none"]
EXAMPLE_ROUNDS = 20
WARM_UP = 2
MIB = 1 << 20


def time_calls(images: Sequence[Path], count: int, folder: Path) -> None:
    """Measure calls one at a time."""
    chosen = random.Random(0).choices(images, k=count)
    copies = draw_copies(chosen, 2 * count + WARM_UP, folder)
    seen, unseen, warm = copies[:count], copies[count : 2 * count], copies[2 * count :]
    calls = {
        "read_text": ("read_text", seen),
        "label_worksheet, just read": ("label_worksheet", seen),
        "label_worksheet, just labelled": ("label_worksheet", seen),
        "label_worksheet": ("label_worksheet", unseen),
    }
    times_s: dict[str, list[float]] = {title: [] for title in calls}
    with StdioServer([*OURS, "--root", str(folder)]) as server:
        server.initialize()
        for image in warm:
            server.call("label_worksheet", image=str(image))
        for number in range(count):
            for title, (tool, files) in calls.items():
                arguments = {"image": str(files[number])}
                took_s = time_request(server, "tools/call", name=tool, arguments=arguments)
                times_s[title].append(took_s)
    for title, took in times_s.items():
        show(title, took)


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        time_calls(images, options.n, folder)
        copies = len(images) * EXAMPLE_ROUNDS
        time_batch(images if options.images else draw_copies(images, copies, folder / "batch"))
    write(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
