"""`kill -9` while documents are indexed, again and again: does the last good index answer?

How it is used: `python benchmarks/kill_indexing.py -n 200`. A folder of files is indexed and followed. Each
round writes all files anew (their text names the round), has the server sync them, and kills the server
and its workers, in random order, at a random moment between the call and a little after its usual end
(later after a round of which nothing was seen, sooner after one that was complete). A fresh server must
then find every file, each as one round wrote it: never a round before one that was seen already, never
passages of two rounds in one document. At the end a last sync must bring all up to date. A row tells how
many files of the new round were there; exit code 1 when something was wrong.

What it leaves out: power failures, where what was written may not be on the disk (see the faults in
`tests/retrieval/stores/local`), and full disks.
"""

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
from stdio_client import OURS, StdioServer, write

from retrieval.knowledge import INDEXING

FILES, PARAGRAPHS, WORDS = 20, 6, 120
COLLECTION, STILL = "rounds", "still"
QUESTION = "wombat"
VERSION = re.compile(r"wombat round(\d+)")
MARGIN = 1.3
LATER, SOONER = 1.2, 0.85
Versions = dict[str, int]


class WrongAnswer(Exception):
    """What a server answered after a kill was not the last good index."""


def write_files(folder: Path, number: int) -> None:
    """Write every file as this round has it: each paragraph becomes a passage."""
    chance = random.Random(number)
    for name in range(FILES):
        paragraphs = [
            f"The wombat round{number} of {name}. "
            + " ".join(f"term{chance.randrange(5000)}" for _ in range(WORDS))
            for _ in range(PARAGRAPHS)
        ]
        (folder / f"{name}.md").write_text("\n\n".join(paragraphs), "utf-8")


def start_server(data: Path, docs: Path, embedder: str) -> StdioServer:
    """Start one on the folder."""
    places = ["--root", str(docs), "--data-dir", str(data), "--toolsets", "knowledge"]
    server = StdioServer([*OURS, *places, "--embedder", embedder])
    server.initialize()
    return server


def read_versions(server: StdioServer) -> Versions:
    """Return the round of every document that is found.

    Raises:
        WrongAnswer: A document has passages of two rounds, or the index was of no use.
    """
    found: Versions = {}
    for name in range(FILES):
        where = {"sources": [f"{name}.md"], "collections": [COLLECTION]}
        answer = server.call("search_knowledge", query=QUESTION, filter=where, k=100)
        result = answer["structuredContent"]
        if INDEXING in result.get("notes", []):  # nobody asked: it was damaged, and is made anew
            raise WrongAnswer("the index is being made anew")
        texts = [hit["text"] for hit in result.get("hits", [])]
        rounds = {int(version) for text in texts for version in VERSION.findall(text)}
        if len(rounds) > 1:
            raise WrongAnswer(f"{name}.md has passages of rounds {sorted(rounds)}")
        found |= {f"{name}.md": version for version in rounds}
    return found


def check(found: Versions, before: Versions) -> None:
    """Compare what is found with what was found before.

    Raises:
        WrongAnswer: Something is missing or older.
    """
    missing = sorted(before.keys() - found.keys())
    older = sorted(name for name, version in before.items() if found.get(name, version) < version)
    if missing or older:
        raise WrongAnswer(f"missing: {missing}, older than before: {older}")


def kill_all(server: StdioServer, chance: random.Random) -> None:
    """Kill the server and its workers, in random order, and wait until they are gone."""
    root = psutil.Process(server.process.pid)
    processes = [root, *root.children(recursive=True)]
    chance.shuffle(processes)
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue  # it died with another
    psutil.wait_procs(processes, 10)
    server.process.wait()


class Rounds:
    """The folder, the server that follows it, and what was last seen."""

    def __init__(self, folder: Path, embedder: str, seed: int) -> None:
        self._docs, self._data, self._embedder = folder / "docs", folder / "data", embedder
        self._docs.mkdir()
        self._chance = random.Random(seed)
        self._seen: Versions = {}
        self._number = 0
        self.sync_s = self._window_s = 0.0
        self._server = self._start()

    def prepare(self) -> None:
        """Index the folder, and see how long a sync of all files takes."""
        still = self._docs / "still.txt"
        still.write_text("Nothing ever changes here.", "utf-8")
        self._call("add", STILL, sources=[str(still)])
        write_files(self._docs, 0)
        self._call("add", sources=[str(self._docs)])
        self._number = 1
        write_files(self._docs, 1)
        start_s = time.perf_counter()
        self._call("sync")
        self.sync_s = time.perf_counter() - start_s
        self._window_s = MARGIN * self.sync_s
        self._seen = read_versions(self._server)

    def play(self) -> int:
        """Kill a sync; return how many files of the new round a fresh server finds.

        Raises:
            WrongAnswer: It is not the last good index that answers.
        """
        self._number += 1
        self._call("sync", STILL)  # starts the indexing worker, so that the kill meets its work
        write_files(self._docs, self._number)
        arguments = {"action": "sync", "collection": COLLECTION}
        self._server.send("tools/call", name="manage_knowledge", arguments=arguments)
        time.sleep(self._chance.uniform(0, self._window_s))
        kill_all(self._server, self._chance)
        self._server = self._start()
        found = read_versions(self._server)
        check(found, self._seen)
        self._seen = found
        new = sum(version == self._number for version in found.values())
        self._window_s *= LATER if new < FILES else SOONER  # the load of the machine changes too
        return new

    def finish(self) -> None:
        """Sync once more, undisturbed, and end the server.

        Raises:
            WrongAnswer: A file is not up to date then.
        """
        with self._server as server:
            self._call("sync")
            found = read_versions(server)
        late = [name for name in found if found[name] != self._number]
        if late or len(found) != FILES:
            raise WrongAnswer(f"not up to date after the last sync: {late}, {len(found)} files")

    def _call(self, action: str, collection: str = COLLECTION, **arguments: object) -> None:
        given = {"action": action, "collection": collection, **arguments}
        answer = self._server.finish("manage_knowledge", **given)
        if answer["status"] != "done" or answer.get("failed"):
            raise WrongAnswer(f"{action} failed: {answer}")

    def _start(self) -> StdioServer:
        return start_server(self._data, self._docs, self._embedder)


def main() -> int:
    """Kill, look, report."""
    parser = argparse.ArgumentParser(description="Kill a server while it indexes.")
    parser.add_argument("-n", type=int, default=50, help="kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--embedder", default="fake", help="fake: fast, and the index the same")
    options = parser.parse_args()
    progress: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        rounds = Rounds(Path(scratch).resolve(), options.embedder, options.seed)
        rounds.prepare()
        write(f"{FILES} files; a sync of all takes {rounds.sync_s:.2f} s")
        for number in range(options.n):
            try:
                new = rounds.play()
                progress["none" if not new else "all" if new == FILES else "some"] += 1
                write(f"kill {number + 1}: {new} of {FILES} files as they were written last")
            except (WrongAnswer, SystemExit) as error:
                wrong.append(f"kill {number + 1}: {error}")
                write(wrong[-1])
        try:
            rounds.finish()
        except (WrongAnswer, SystemExit) as error:
            wrong.append(f"at the end: {error}")
            write(wrong[-1])
    parts = ", ".join(f"{count} with {what} of the new files" for what, count in progress.items())
    write(
        f"{options.n} kills: the last good index answered {options.n - len(wrong)} times ({parts})"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
