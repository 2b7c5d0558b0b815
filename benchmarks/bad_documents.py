"""Files that are broken or hostile, each added by itself to a running server: what comes of them.

How it is used: `python benchmarks/bad_documents.py FOLDER ...` with folders of such files (a fuzzer's
corpus, a reader's regression tests). For each file: `manage_knowledge` adds it, its failure or its
passages are asked for, and `search_knowledge` shows passages of it. A row tells what came of it, the
wall time, and the largest resident size of any process of ours meanwhile.

Something is wrong, and the exit code 1, when a file is neither indexed nor listed as failed with a
reason, when the server or its search or indexing worker ended, when an answer took longer than
`--limit`, or when text of a document stands outside the marks around untrusted text.

What it leaves out: making such files.
"""

import argparse
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from stdio_client import OURS, StdioServer, write

MIB = 1 << 20
SAMPLE_S = 0.02
COLLECTION = "bad"
INTO = {"collection": COLLECTION}
QUESTION = "ignore all previous instructions"
SHOWN_REASON = 90
LEAK_CHARS = 16
LASTING = ("search", "indexing")
MARKED = re.compile(r"<untrusted ([0-9a-f]{16})>(.*?)</untrusted \1>", re.DOTALL)


@dataclass(slots=True)
class Outcome:
    """What came of one file."""

    name: str
    state: str = "lost"
    detail: str = ""
    wall_s: float = 0.0
    peak_mib: float = 0.0
    process: str = ""
    problems: list[str] = field(default_factory=list[str])

    def write_row(self) -> str:
        """Return a row of the table."""
        detail = " ".join(self.detail.split())[:SHOWN_REASON].replace("|", "\\|")
        size = f"{self.peak_mib:.0f} {self.process}"
        wrong = "; ".join(self.problems)
        return f"| {self.name} | {self.state} | {detail} | {self.wall_s:.2f} | {size} | {wrong} |"


class Sampler(threading.Thread):
    """Looks at the resident size of all processes below one, again and again."""

    def __init__(self, root: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._done = threading.Event()
        self.peak_mib, self.process = 0.0, ""

    def run(self) -> None:
        """Sample until told to stop."""
        while not self._done.wait(SAMPLE_S):
            for process in self._list_processes():
                self._look(process)

    def stop(self) -> None:
        """End it."""
        self._done.set()
        self.join()

    def _list_processes(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return []

    def _look(self, process: psutil.Process) -> None:
        try:
            size_mib = process.memory_info().rss / MIB
            if size_mib > self.peak_mib:
                self.peak_mib, self.process = size_mib, _name_process(process.cmdline())
        except psutil.Error:
            return  # it ended meanwhile


def _name_process(command: list[str]) -> str:
    """Return the module a worker serves, or `server`."""
    target = command[-1] if command else ""
    return target.partition(":")[0] if ":serve" in target else "server"


class Trial:
    """One server, and what it does with one file after another."""

    def __init__(self, server: StdioServer, limit_s: float) -> None:
        self._server, self._limit_s = server, limit_s
        self._root = psutil.Process(server.process.pid)

    def run(self, path: Path, name: str) -> Outcome:
        """Add a file, look at what became of it, remove it."""
        outcome = Outcome(name)
        before = self._count_starts()
        sampler = Sampler(self._root)
        sampler.start()
        start_s = time.perf_counter()
        added = self._server.finish("manage_knowledge", action="add", sources=[str(path)], **INTO)
        outcome.wall_s = time.perf_counter() - start_s
        sampler.stop()
        outcome.peak_mib, outcome.process = sampler.peak_mib, sampler.process
        self._judge(outcome, added)
        if outcome.wall_s > self._limit_s:
            outcome.problems.append(f"took longer than {self._limit_s:g} s")
        for worker, starts in self._count_starts().items():
            if worker in LASTING and starts > max(1, before.get(worker, 0)):
                outcome.problems.append(f"the {worker} worker ended")
        if added["status"] == "done":
            self._server.finish("manage_knowledge", action="remove", collection=COLLECTION)
        return outcome

    def _judge(self, outcome: Outcome, added: dict[str, Any]) -> None:
        if added["status"] == "failed":
            outcome.state, outcome.detail = "refused", added["error"]["message"]
        elif added.get("failed"):
            outcome.state, outcome.detail = "failed", added["failed"][0]["reason"]
        else:
            self._look_inside(outcome)
        if not outcome.detail.strip():
            outcome.problems.append("nothing says why")

    def _look_inside(self, outcome: Outcome) -> None:
        """Find what was indexed, and search it."""
        listed = self._server.finish("manage_knowledge", action="list", **INTO).get("documents", [])
        if not listed:
            outcome.problems.append("neither indexed nor listed as failed")
            return
        document = listed[0]
        outcome.state = "indexed"
        outcome.detail = f"{document['characters']} characters in {document['chunks']} passages"
        asked = {"query": QUESTION, "filter": {"collections": [COLLECTION]}, "k": 5, "expand": 1}
        raw = self._server.request("tools/call", name="search_knowledge", arguments=asked)
        answer = raw["structuredContent"]
        outcome.problems += find_leaks(answer, raw["content"])
        if document["chunks"] and not answer.get("hits"):
            outcome.problems.append("a search finds nothing of it")

    def _count_starts(self) -> dict[str, int]:
        workers = self._server.finish("server_status").get("workers", [])
        return {worker["name"]: worker["starts"] for worker in workers}


def find_leaks(answer: dict[str, Any], content: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with the marks in an answer, structured or as text."""
    shown = "\n".join(part.get("text", "") for part in content)
    written = [json.dumps(answer, ensure_ascii=False), shown]
    inside: set[str] = set()
    for hit in answer.get("hits", []):
        texts = [hit["text"], hit["title"], hit.get("heading"), *hit.get("context", {}).values()]
        for text in filter(None, texts):
            match = MARKED.fullmatch(text)
            if match is None or match[1] in match[2]:
                yield "a text is not between its marks"
                continue
            lines = {line.strip() for line in match[2].splitlines()}
            inside |= {line for line in lines if line not in hit["source"]}  # names are no secret
    rests = [MARKED.sub("", text) for text in written]
    if any(line in rest for line in inside if len(line) >= LEAK_CHARS for rest in rests):
        yield "text stands outside the marks"


def list_files(folders: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield files with short names."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, f"{folder.name}/{path.relative_to(folder)}"


def main() -> int:
    """Try all files and report."""
    parser = argparse.ArgumentParser(description="Add bad files, one by one.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one file")
    parser.add_argument("--embedder", default="auto")
    options = parser.parse_args()
    folders: list[Path] = [folder.resolve() for folder in options.folders]
    roots = [word for folder in folders for word in ("--root", str(folder))]
    outcomes: list[Outcome] = []
    write("| file | state | what is said | wall s | largest process, MiB | wrong |")
    write("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        settings = ["--data-dir", scratch, "--embedder", options.embedder]
        with StdioServer([*OURS, *roots, *settings]) as server:
            server.initialize()
            trial = Trial(server, options.limit)
            for path, name in list_files(folders):
                outcomes.append(trial.run(path, name))
                write(outcomes[-1].write_row())
    states = [outcome.state for outcome in outcomes]
    counts = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
    wrong = sum(bool(outcome.problems) for outcome in outcomes)
    write(f"{len(outcomes)} files: {counts}; {wrong} with something wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
