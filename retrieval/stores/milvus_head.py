"""The head of a Milvus store: which generation readers may see.

How it is used: `heads.read()` before and after every search, `heads.write(head)` to commit, `heads.level`
for the consistency of reads. What it leaves out: everything but the head (`revisions.py`).

A read with the consistency level Strong waits for the server's next clock tick, 200 ms as it comes. So the
generation stands in the name of an alias of the collection of documents (`<name>_at_<index>_<generation>`):
making it is one step, and asking for aliases waits for nothing. The rest of the head is a row, read once
per generation. While a generation is new, everything is read Strong; a while later the default level,
Bounded, which lags by 5 s at most, sees all of it.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from chalklens.errors import UnavailableError
from retrieval.stores.milvus_expressions import quote
from retrieval.stores.revisions import Head
from retrieval.stores.rows import DOCUMENT_FIELDS
from retrieval.stores.store import IndexParameters

SETTLED_S = 10.0  # Milvus' common.gracefulTime is 5 s
READ_ATTEMPTS = 8


class MilvusHeads:
    """Reads and writes heads.

    Args:
        call: `MilvusConnection.call`.
        name: Of the index.
        collection: Of documents.
        clock: In seconds, for tests.
    """

    def __init__(
        self,
        call: Callable[..., Any],
        name: str,
        collection: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call = call
        self._name = name
        self._collection = collection
        self._clock = clock
        self._alias = re.compile(rf"{name}_at_([0-9a-f]+)_(\d+)")
        self._head: Head | None = None
        self._seen_at = 0.0
        self._state: dict[str, Any] = {}

    @property
    def level(self) -> str:
        """The consistency level that sees all of the head that was read last."""
        return "Strong" if self._clock() - self._seen_at < SETTLED_S else "Bounded"

    def read(self) -> Head:
        """Return the newest head.

        Raises:
            UnavailableError: There is none.
        """
        for _ in range(READ_ATTEMPTS):
            label = self._find_label()
            if self._head is not None and self._head.label == label:
                return self._head
            if found := self._fetch(label):  # None when the next one was committed meanwhile
                return self._take(found)
        raise self._missing()

    def read_facts(self) -> dict[str, Any] | None:
        """Return what was written with the newest head; None when there is no head."""
        if not self._list_labels():
            return None
        self.read()
        return self._state

    def write(self, head: Head, parameters: IndexParameters, sparse: bool) -> Head:
        """Replace the head."""
        committed = self._head is not None and self._head.label == head.label
        facts = {
            "index": head.index,
            "generation": head.generation,
            "superseded": list(head.superseded),
            "sparse": sparse,
            "parameters": asdict(parameters),
        }
        key = f"head.{head.label}.{'open' if head.superseded else 'clean'}"
        self._call("insert", self._collection, [_write_row(key, head.generation, facts)])
        if not committed:
            old = self._list_labels()
            self._call("create_alias", self._collection, self._write_alias(head.label))
            for label in old:
                self._call("drop_alias", self._write_alias(label))
        self._call("delete", self._collection, filter=f'state != "" and key != {quote(key)}')
        self._state = facts
        return self._take(head)

    def drop(self) -> None:
        """Remove the aliases, without which the collection can be dropped."""
        for label in self._list_labels():
            self._call("drop_alias", self._write_alias(label))
        self._head = None

    def _take(self, head: Head) -> Head:
        if self._head is None or self._head.label != head.label:
            self._seen_at = self._clock()
        self._head = head
        return head

    def _fetch(self, label: str) -> Head | None:
        rows = self._call(
            "query",
            self._collection,
            filter=f"key in [{quote(f'head.{label}.open')}, {quote(f'head.{label}.clean')}]",
            output_fields=["state"],
            consistency_level="Strong",
        )
        states = [json.loads(row["state"]) for row in rows]
        if not states:
            return None
        # while both stand there, the one with superseded documents is right as well
        self._state = min(states, key=lambda state: len(state["superseded"]))
        return Head(
            self._state["index"], self._state["generation"], tuple(self._state["superseded"])
        )

    def _find_label(self) -> str:
        labels = self._list_labels()
        if not labels:
            raise self._missing()
        return max(labels, key=lambda label: int(label.rpartition(".")[2]))

    def _list_labels(self) -> list[str]:
        aliases = self._call("list_aliases", self._collection)["aliases"]
        found = [self._alias.fullmatch(alias) for alias in aliases]
        return [f"{match[1]}.{match[2]}" for match in found if match]

    def _write_alias(self, label: str) -> str:
        return f"{self._name}_at_{label.replace('.', '_')}"

    def _missing(self) -> UnavailableError:
        return UnavailableError(
            f"The index {self._name} in Milvus has no head.",
            "Run `chalklens knowledge sync DIR`.",
            code="index_missing",
        )


def _write_row(key: str, generation: int, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(DOCUMENT_FIELDS, ""),
        "key": key,
        "revision": generation,
        "modified": 0.0,
        "tags": [],
        "chunks": 0,
        "characters": 0,
        "state": json.dumps(facts),
        "placeholder": [0.0, 0.0],
    }
