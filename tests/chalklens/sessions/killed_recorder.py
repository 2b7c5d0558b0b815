"""Records calls until it is killed; writes each id to stdout once it is acknowledged.

How it is used: `python killed_recorder.py FOLDER`, by `test_recorder.py`.
"""

import asyncio
import itertools
import sys
import time
from pathlib import Path

from chalklens.sessions.recorder import Recorder
from chalklens.sessions.records import CallRecord, SessionKey

TOGETHER = 6
KEY = SessionKey("a" * 32, "local", "killed")


async def record_for_ever(recorder: Recorder, numbers: "itertools.count[int]") -> None:
    while True:
        id_ = f"call-{next(numbers)}"
        call = CallRecord(id_, "read_text", "done", time.time(), 0.1, answer="x" * 3_000)
        if await recorder.record(KEY, call):
            sys.stdout.write(f"{id_}\n")
            sys.stdout.flush()


async def main(folder: Path) -> None:
    recorder, numbers = Recorder(folder, ack_limit_s=60), itertools.count(1)
    await asyncio.gather(*(record_for_ever(recorder, numbers) for _ in range(TOGETHER)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
