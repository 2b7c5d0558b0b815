"""Labelling speed: from a file to its labels, warm, through the server, one call at a time.

How it is used: `python benchmarks/labelling.py [-n 20] [IMAGE ...]`; without images, the two example
sheets. What it leaves out: quality (`chalklens eval labels`), and several calls at a time, which
`chalklens label` makes.
"""

import argparse
import random
from pathlib import Path

from stdio_client import EXAMPLES, OURS, StdioServer, show, time_request


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="calls of each tool")
    parser.add_argument("images", nargs="*", type=Path, default=sorted(EXAMPLES.glob("*.png")))
    options = parser.parse_args()
    images = [image.resolve() for image in options.images]
    roots = [part for folder in {i.parent for i in images} for part in ("--root", str(folder))]
    chosen = random.Random(0).choices(images, k=options.n)
    with StdioServer([*OURS, *roots]) as server:
        server.initialize()
        for image in images[:2]:
            server.call("label_worksheet", image=str(image))
        for tool in ("read_text", "label_worksheet"):
            arguments = [{"name": tool, "arguments": {"image": str(image)}} for image in chosen]
            show(tool, [time_request(server, "tools/call", **one) for one in arguments])


if __name__ == "__main__":
    main()
