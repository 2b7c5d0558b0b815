"""Memory: resident size of the server process and of each worker.

How it is used: `python benchmarks/memory.py`. Sizes are taken right after the first response, after
sheets have been labelled, each a picture of its own, and after large pages; the peak is the kernel's
(Linux only). Resident size counts shared libraries once per process. What it leaves out: the engine
worker, whose size is the model's.
"""

import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image
from sheets import draw_copies
from stdio_client import EXAMPLES, OURS, StdioServer, write

SHEETS = ("addition_within_20.png", "bar_graph.png")
ROUNDS = 10
SETTLE_S = 2.0
MIB = 1 << 20
LARGE_PAGES_PX = ((2000, 2000), (1240, 1754), (1920, 1080))


def show_sizes(title: str, server: StdioServer) -> None:
    """Write the size of the server and of each of its children."""
    process = psutil.Process(server.process.pid)
    write(f"{title:28} server {process.memory_info().rss / MIB:7.0f} MiB")
    for child in process.children(recursive=True):
        target = child.cmdline()[-1]
        size = f"{child.memory_info().rss / MIB:7.0f} MiB"
        write(f"{'':28} {target} {size}, peak {read_peak(child.pid):.0f} MiB")


def read_peak(pid: int) -> float:
    """Return the largest resident size a process has had, in MiB."""
    rows = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM:")) / 1024


def draw_large_pages(folder: Path) -> list[Path]:
    """Enlarge an example sheet to the sizes of scans and screens."""
    sheet = Image.open(EXAMPLES / SHEETS[1]).convert("RGB")
    files = [folder / f"{width}x{height}.png" for width, height in LARGE_PAGES_PX]
    for size, file in zip(LARGE_PAGES_PX, files, strict=True):
        sheet.resize(size).save(file)
    return files


def main() -> None:
    """Measure and report."""
    with (
        tempfile.TemporaryDirectory() as folder,
        StdioServer([*OURS, "--root", folder]) as server,
    ):
        server.initialize()
        show_sizes("after the first response", server)
        examples = [EXAMPLES / sheet for sheet in SHEETS]
        for sheet in draw_copies(examples, ROUNDS * len(SHEETS), Path(folder) / "sheets"):
            server.call("label_worksheet", image=str(sheet))
        time.sleep(SETTLE_S)
        show_sizes(f"after {ROUNDS * len(SHEETS)} labelled sheets", server)
        for page in draw_large_pages(Path(folder)):
            server.call("label_worksheet", image=str(page))
        time.sleep(SETTLE_S)
        show_sizes("after large pages", server)


if __name__ == "__main__":
    main()
