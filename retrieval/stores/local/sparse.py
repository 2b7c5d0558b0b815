"""BM25 by tantivy over the tokens of `retrieval.tokens`.

How it is used: `SparseIndex.open(folder, index_id)` for searching, `SparseWriter(folder)` to add and
delete by key and to leave a `Mark`: up to which batch and key the index goes, committed together with
what it speaks of. Queries are built from terms, never parsed. BM25 has tantivy's k1 1.2 and b 0.75.
What it leaves out: the newest chunks (`fresh.py`), filters other than a set of keys.

Every file of a segment ends in a footer with the CRC-32 of the rest; tantivy does not look at it, so
it is done here once for each file.
"""

# pyright: reportUnknownMemberType=false

import json
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tantivy import Document, Index, Occur, Query, SchemaBuilder, Searcher

from retrieval.stores.local.faults import DerivedPartError, explain_sparse
from retrieval.stores.local.files import PRIVATE_FOLDER
from retrieval.stores.local.rows import Integers

WRITER_BYTES = 48 << 20
MARK_KEY = 0  # chunks have keys from 1
FOOTER = struct.Struct("<II")
FOOTER_MAGIC = 1337
PARTS = ("idx", "pos", "term", "store", "fast", "fieldnorm")
OPEN_TRIES = 5  # a merge may take files away between two reads

BODY, KEY, MARK = "body", "key", "mark"
SCHEMA = (
    SchemaBuilder()
    .add_unsigned_field(KEY, indexed=True, fast=True)
    .add_text_field(BODY, tokenizer_name="whitespace", index_option="position")
    .add_text_field(MARK, stored=True, tokenizer_name="raw", index_option="basic")
    .build()
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the index holds: chunks below `next_key`, less what went up to `sequence`."""

    index_id: str
    sequence: int
    next_key: int


class SparseIndex:
    """A view of a tantivy index as of its last reload."""

    def __init__(self, index: Index, folder: Path | None) -> None:
        self.index = index
        self.folder = folder
        self.checked: set[str] = set()
        self.searcher: Searcher
        self.mark: Mark
        self.reload()

    @classmethod
    def open(cls, folder: Path) -> "SparseIndex":
        """Open an index on disk.

        Raises:
            DerivedPartError: It is missing or damaged.
        """
        with explain_sparse():
            index = Index.open(str(folder))
            index.config_reader("manual", 0)
        return cls(index, folder)

    def reload(self) -> None:
        """See what was committed since.

        Raises:
            DerivedPartError: It is damaged.
        """
        for attempt in range(OPEN_TRIES):
            try:
                self._reload()
                return
            except DerivedPartError:
                if attempt == OPEN_TRIES - 1:
                    raise

    def _reload(self) -> None:
        if self.folder is not None:
            self.checked = check_files(self.folder, self.checked)
        with explain_sparse():
            self.index.reload()
            self.searcher = self.index.searcher()
            found = self.searcher.search(Query.term_query(SCHEMA, KEY, MARK_KEY), 1, count=False)
            if not found.hits:
                raise DerivedPartError("it has no mark")
            stored = self.searcher.doc(found.hits[0][1]).get_first(MARK)
            self.mark = Mark(**json.loads(str(stored)))

    def count_rows(self) -> int:
        """Return how many chunks there are, without those deleted."""
        return max(0, self.searcher.num_docs - 1)

    def count_holders(self, token: str) -> int:
        """Return how many chunks have a token."""
        with explain_sparse():
            return self.searcher.doc_freq(BODY, token)

    def search(
        self,
        tokens: Sequence[str],
        phrases: Sequence[Sequence[str]],
        limit: int,
        keys: Sequence[int] | None,
    ) -> tuple[Integers, NDArray[np.float64]]:
        """Return keys and scores, best first; `keys`, if given, are the only ones allowed.

        Raises:
            DerivedPartError: The files are damaged.
        """
        with explain_sparse():
            query = _make_query(tokens, phrases, keys)
            hits = self.searcher.search(query, limit, count=False).hits
            found = self.searcher.fast_field_values(KEY, [address for _, address in hits])
        return np.array(found, np.int64), np.array([score for score, _ in hits], np.float64)


def _make_query(
    tokens: Sequence[str], phrases: Sequence[Sequence[str]], keys: Sequence[int] | None
) -> Query:
    any_word = Query.boolean_query(
        [(Occur.Should, _make_term(token, times)) for token, times in Counter(tokens).items()]
    )
    conditions = [_make_phrase(phrase) for phrase in phrases if phrase]
    if keys is not None:
        conditions.append(Query.term_set_query(SCHEMA, KEY, keys))
    if not conditions:
        return any_word
    silent = [(Occur.Must, Query.const_score_query(query, 0.0)) for query in conditions]
    return Query.boolean_query([(Occur.Must, any_word), *silent])


def _make_term(token: str, times: int) -> Query:
    term = Query.term_query(SCHEMA, BODY, token, index_option="freq")
    return term if times == 1 else Query.boost_query(term, float(times))


def _make_phrase(phrase: Sequence[str]) -> Query:
    if len(phrase) == 1:  # tantivy panics at a phrase of one
        return Query.term_query(SCHEMA, BODY, phrase[0], index_option="basic")
    return Query.phrase_query(SCHEMA, BODY, list(phrase))


class SparseWriter:
    """Adds and deletes; one at a time per index.

    Args:
        folder: Made if it is not there; None for an index in memory.
        index: One in memory, to go on with.
    """

    def __init__(self, folder: Path | None, index: Index | None = None) -> None:
        if folder is not None:
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with explain_sparse(writing=True):
            self.index = index or Index(SCHEMA, path=None if folder is None else str(folder))
            self.writer = self.index.writer(WRITER_BYTES, 1)
            # A writer that was killed leaves files whose names the next commit may need.
            self.writer.garbage_collect_files()

    def write(self, added: Iterable[tuple[int, str]], removed: Iterable[int], mark: Mark) -> None:
        """Commit a change and its mark as one; afterwards readers can reload.

        Raises:
            StorageError: Nothing can be written; the last commit is unharmed.
            DerivedPartError: The files are damaged.
        """
        with explain_sparse(writing=True):
            # Deleting by term finds no unsigned numbers in tantivy-py 0.27; by query it does.
            gone = Query.term_set_query(SCHEMA, KEY, [MARK_KEY, *removed])
            self.writer.delete_documents_by_query(gone)
            for key, body in added:
                self.writer.add_document(_make_document(key, BODY, body))
            self.writer.add_document(_make_document(MARK_KEY, MARK, json.dumps(asdict(mark))))
            self.writer.commit()

    def close(self) -> None:
        """Wait for merges, then let go of the lock."""
        with explain_sparse(writing=True):
            self.writer.wait_merging_threads()


def _make_document(key: int, field: str, text: str) -> Document:
    document = Document()
    document.add_unsigned(KEY, key)
    document.add_text(field, text)
    return document


def extend_in_memory(
    held: SparseIndex | None, chunks: Iterable[tuple[int, str]], mark: Mark
) -> SparseIndex:
    """Return an index that needs no disk: `held`, if given, and more chunks."""
    writer = SparseWriter(None, held.index if held else None)
    writer.write(chunks, (), mark)
    writer.close()
    return SparseIndex(writer.index, None)


def remove_index(folder: Path) -> None:
    """Delete an index; its readers keep what they have open."""
    shutil.rmtree(folder, ignore_errors=True)


def check_files(folder: Path, checked: set[str]) -> set[str]:
    """Look at the checksum of every file of every segment that is not among those `checked`.

    Raises:
        DerivedPartError: One is missing or does not match.
    """
    try:
        meta: dict[str, Any] = json.loads((folder / "meta.json").read_bytes())
        names = {name for segment in meta["segments"] for name in _list_files(segment)}
        for name in names - checked:
            _check_file(folder / name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DerivedPartError(f"a file cannot be read ({error})") from error
    return names


def _list_files(segment: dict[str, Any]) -> list[str]:
    stem = str(segment["segment_id"]).replace("-", "")
    deletes = segment.get("deletes")
    removed = [f"{stem}.{deletes['opstamp']}.del"] if deletes else []
    return [f"{stem}.{part}" for part in PARTS] + removed


def _check_file(path: Path) -> None:
    data = memoryview(path.read_bytes())
    if len(data) < FOOTER.size:
        raise DerivedPartError(f"{path.name} is cut off")
    length, magic = FOOTER.unpack(data[-FOOTER.size :])
    end = len(data) - FOOTER.size - length
    if magic != FOOTER_MAGIC or end < 0:
        raise DerivedPartError(f"{path.name} is cut off")
    footer = json.loads(bytes(data[end : -FOOTER.size]))
    if zlib.crc32(data[:end]) != footer["crc"]:
        raise DerivedPartError(f"{path.name} does not match its checksum")
