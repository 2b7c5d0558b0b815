"""What recording costs a call, and how long 100,000 recorded calls take to list and to summarise.

How it is used: `python benchmarks/sessions.py [--calls 2000] [--records 100000] [--folder DIR]`; one JSON
object on stdout. A call is an answer of an assistant with eight passages of 1,200 characters, the
largest kind. `on_the_loop_ms` is the time the server's event loop is held up by it; processor time is
given beside wall time everywhere, because other work on the machine lengthens the latter.
`acknowledged_ms` is the time until it is on the disk, in which the loop serves others.

What it leaves out: the model that could write the summary, and making thumbnails.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chalklens.engines.absent import AbsentEngine
from chalklens.errors import MediaReferenceError
from chalklens.sessions.archive import SaveRequest, SessionArchive
from chalklens.sessions.extraction import Event, make_call
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.recorder import Recorder
from chalklens.sessions.records import SessionKey
from chalklens.sessions.shelf import Places
from chalklens.sessions.store import SessionStore
from server.jobs import JobTable
from server.recording import Recording
from tools.cleaning import clean_text

SESSIONS = 10
PASSAGE = "A fraction names a part of a whole; the denominator says how many parts there are. " * 15
ARGUMENTS = {"question": "What is a denominator?", "images": ["a.png", "b.png"]}


class OneCaller:
    """The context of a call over stdio."""

    request = meta = client_params = None

    def __init__(self) -> None:
        self.request_context = self.session = self


def make_result(passages: int, chars: int = len(PASSAGE)) -> dict[str, Any]:
    """Return an answer with evidence, labels and pictures."""
    return {
        "answer": PASSAGE[:chars],
        "plan": [{"step": f"step {n}", "purpose": "to find out"} for n in range(4)],
        "evidence": [
            {
                "number": n,
                "id": f"c{n}",
                "source": "fractions.pdf",
                "page": n,
                "text": PASSAGE[:chars],
            }
            for n in range(1, passages + 1)
        ],
        "labels": [{"area": ["Fractions"], "scope": ["NumbersSmaller20"], "ability": []}] * 2,
        "pictures": [{"name": "a.png", "sha256": "0" * 64, "width_px": 720, "height_px": 900}] * 2,
        "review": {"verdict": "PASS", "issues": [], "revisions": 0},
        "model": "Qwen3-VL-4B",
    }


def make_archive(folder: Path, ack_limit_s: float) -> SessionArchive:
    """Return an archive without a model and without pictures."""

    async def no_thumbnail(_reference: str, _sha: str, _page: int | None, _principal: str) -> str:
        raise MediaReferenceError("There are no pictures here.")

    recorder = Recorder(folder / "sessions", ack_limit_s=ack_limit_s)
    places = Places(folder / "summaries")
    return SessionArchive(recorder, places, AbsentEngine(), clean_text, no_thumbnail)


async def measure_recording(folder: Path, calls: int) -> dict[str, Any]:
    """Record calls one after the other."""
    archive = make_archive(folder, ack_limit_s=60)
    recording, ctx = Recording(archive, JobTable(), enabled=True), OneCaller()
    event = Event("ask_assistant", time.time(), 1.0, ARGUMENTS, make_result(8))
    wall, processor, waited = list[float](), list[float](), list[float]()
    for _ in range(calls):
        start, start_cpu = time.perf_counter(), time.thread_time()
        recording.note_cancelled(ctx, event)  # pyright: ignore[reportArgumentType]
        processor.append(time.thread_time() - start_cpu)
        wall.append(time.perf_counter() - start)
        await archive.recorder.write(lambda _store: None)  # commits what was ordered
        waited.append(time.perf_counter() - start)
    await recording.close()
    return {
        "calls": calls,
        "on_the_loop_ms": describe(wall),
        "on_the_loop_processor_ms": describe(processor),
        "acknowledged_ms": describe(waited),
    }


def describe(times_s: Sequence[float]) -> dict[str, float]:
    """Return median, 99th percentile and maximum in milliseconds."""
    cuts = statistics.quantiles(times_s, n=100)
    found = {"p50": statistics.median(times_s), "p99": cuts[98], "max": max(times_s)}
    return {name: round(1000 * value, 3) for name, value in found.items()}


def fill(folder: Path, records: int) -> str:
    """Write records and return the handle of the last session."""
    limits, now = SessionLimits(), time.time()
    store = SessionStore.open(folder / "sessions", limits)
    call = make_call("", Event("ask_assistant", now, 1, ARGUMENTS, make_result(2, 300)), limits)
    keys = [SessionKey(f"{number:032x}", "local", "benchmark") for number in range(SESSIONS)]
    for key in keys:
        with store.transaction():
            for number in range(records // SESSIONS):
                store.add_call(key, replace(call, id=f"{key.id}-{number}", started=now + number))
    store.close()
    return keys[-1].id


async def measure_reading(folder: Path, records: int) -> dict[str, Any]:
    """List and summarise what `fill` wrote."""
    start = time.perf_counter()
    handle = await asyncio.to_thread(fill, folder, records)
    filled_s = time.perf_counter() - start
    archive = make_archive(folder, ack_limit_s=1)
    start, start_cpu = time.perf_counter(), time.process_time()
    sessions = await archive.list_sessions("local")
    listed_s, listed_cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    start, start_cpu = time.perf_counter(), time.process_time()
    saved = await archive.save(SaveRequest(title="Benchmark", session=handle), "local")
    saved_s, saved_cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    await archive.recorder.close()
    return {
        "records": sum(info.calls for info in sessions),
        "sessions": len(sessions),
        "stored_mb": round(sum(info.bytes for info in sessions) / 1e6),
        "filled_s": round(filled_s, 1),
        "list_s": round(listed_s, 3),
        "list_processor_s": round(listed_cpu_s, 3),
        "summary_s": round(saved_s, 3),
        "summary_processor_s": round(saved_cpu_s, 3),
        "summary_bytes": saved.summary.bytes,
    }


def main() -> None:
    """Measure both and write one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument(
        "--folder", type=Path, help="Where to write. Default: the temporary folder."
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        found = asyncio.run(measure_recording(Path(name) / "one", options.calls))
        found |= asyncio.run(measure_reading(Path(name) / "many", options.records))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
