"""Collections with judgements: documents, questions, and which of them answer which.

How it is used: `load_collection(folder)` for a folder in BEIR's layout, `load_folder(documents, folder)`
for files, judged by name or by name and page.

    corpus.jsonl     {"_id": "7", "title": "...", "text": "..."}      one document per line
    queries.jsonl    {"_id": "q1", "text": "..."}
    qrels.tsv        query-id, corpus-id, score, separated by tabs (or qrels/test.tsv)

For files, the corpus-id is the name below the folder, `guides/setup.pdf`, or one page of it,
`guides/setup.pdf#page=3`. What it leaves out: cutting and indexing (`evaluation.py`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from chalklens.errors import ChalklensError, InputError
from retrieval.documents import Document, Section

MAX_DOCUMENTS = 2_000_000
MAX_QUERIES = 200_000
MAX_LINE_BYTES = 16 << 20
COLLECTION = "evaluation"
PAGE = "#page="


@dataclass(frozen=True, slots=True)
class JudgedCollection:
    """Documents, questions and judgements.

    Attributes:
        name: Of the folder.
        documents: What is indexed; `source` is the id that judgements speak of.
        queries: Text by id, only those with a relevant document.
        gains: By query and id; 0 is not relevant.
        by_page: Ids name pages of documents.
        failed: Files that could not be loaded, with the reason.
    """

    name: str
    documents: tuple[Document, ...]
    queries: Mapping[str, str]
    gains: Mapping[str, Mapping[str, float]]
    by_page: bool = False
    failed: tuple[tuple[str, str], ...] = ()


def load_collection(folder: Path) -> JudgedCollection:
    """Load a folder with corpus.jsonl, queries.jsonl and qrels.tsv.

    Raises:
        InputError: A file is missing or a line cannot be read.
    """
    documents = tuple(
        _make_document(str(row["_id"]), str(row.get("title") or ""), str(row["text"]))
        for row in _read_rows(folder / "corpus.jsonl", ("_id", "text"), MAX_DOCUMENTS)
    )
    known = {document.source for document in documents}
    return _judge(folder, documents, known, by_page=False)


def load_folder(documents: Path, folder: Path) -> JudgedCollection:
    """Load the files below a folder, with the queries.jsonl and qrels.tsv of another.

    Raises:
        InputError: A file is missing or a line cannot be read, or no file can be loaded.
    """
    loaded: list[Document] = []
    failed: list[tuple[str, str]] = []
    for path in sorted(path for path in documents.rglob("*") if path.is_file()):
        source = path.relative_to(documents).as_posix()
        try:
            loaded.append(_load_file(path, source))
        except ChalklensError as error:
            failed.append((source, error.message))
    if not loaded:
        raise InputError(
            "No file in the folder of documents can be loaded.",
            "; ".join(f"{source}: {reason}" for source, reason in failed[:3]),
        )
    known = {document.source for document in loaded}
    pages = {
        f"{document.source}{PAGE}{section.page}"
        for document in loaded
        for section in document.sections
        if section.page
    }
    judged = _judge(folder, tuple(loaded), known | pages, by_page=None)
    return JudgedCollection(
        judged.name, judged.documents, judged.queries, judged.gains, judged.by_page, tuple(failed)
    )


def name_page(source: str, page: int | None) -> str:
    """Return how judgements name a page."""
    return source if page is None else f"{source}{PAGE}{page}"


def _judge(
    folder: Path, documents: tuple[Document, ...], known: set[str], *, by_page: bool | None
) -> JudgedCollection:
    gains = _read_qrels(folder)
    named = [name for judged in gains.values() for name in judged]
    if by_page is None:
        by_page = any(PAGE in name for name in named)
        if by_page and not all(PAGE in name for name in named):
            raise InputError(
                "Some judgements name pages and others whole files.", "Name pages in all of them."
            )
    if unknown := next((name for name in named if name not in known), None):
        raise InputError(f"The judgements name {unknown!r}, which is not among the documents.")
    texts = {
        str(row["_id"]): str(row["text"])
        for row in _read_rows(folder / "queries.jsonl", ("_id", "text"), MAX_QUERIES)
    }
    queries = {
        name: text
        for name, text in texts.items()
        if any(gain > 0 for gain in gains.get(name, {}).values())
    }
    if not queries:
        raise InputError("No query has a relevant document.", "Compare the ids in the three files.")
    return JudgedCollection(folder.resolve().name, documents, queries, gains, by_page)


def _make_document(source: str, title: str, text: str) -> Document:
    """Return a document of one section; its ids are no file names, so nothing is guessed from them."""
    return Document(COLLECTION, source, title, text, (Section(0),), sha256="")


def _load_file(path: Path, source: str) -> Document:
    from retrieval.loaders.loading import load_document

    facts = path.stat()
    return load_document(
        path.read_bytes(),
        path.name,
        collection=COLLECTION,
        source=source,
        modified=facts.st_mtime,
        tags=(),
    )


def _read_lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(MAX_LINE_BYTES):
                number += 1
                if text := line.decode("utf-8-sig" if number == 1 else "utf-8").strip():
                    yield number, text
    except FileNotFoundError as error:
        raise InputError(
            f"{path.name} is missing in {path.parent.name}.",
            "A collection has corpus.jsonl, queries.jsonl and qrels.tsv.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as UTF-8 text.") from error


def _read_rows(path: Path, keys: tuple[str, ...], limit: int) -> Iterator[dict[str, Any]]:
    for count, (number, line) in enumerate(_read_lines(path)):
        if count >= limit:
            raise InputError(f"{path.name} has more than {limit} lines.", "Take a part of it.")
        try:
            row: object = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path.name}, line {number}, is not JSON.") from error
        if not isinstance(row, dict) or not all(key in row for key in keys):
            raise InputError(f"{path.name}, line {number}: {' and '.join(keys)} are needed.")
        yield cast("dict[str, Any]", row)


def _read_qrels(folder: Path) -> dict[str, dict[str, float]]:
    path = folder / "qrels.tsv"
    if not path.exists() and (folder / "qrels" / "test.tsv").exists():
        path = folder / "qrels" / "test.tsv"
    gains: dict[str, dict[str, float]] = {}
    for number, line in _read_lines(path):
        cells = line.split("\t")
        try:
            query, name, gain = cells[0], cells[1], float(cells[2])
        except (IndexError, ValueError) as error:
            if number == 1:
                continue  # the header
            raise InputError(
                f"{path.name}, line {number}: query-id, corpus-id and score are needed.",
                "Separate them by tabs.",
            ) from error
        gains.setdefault(query, {})[name] = gain
    return gains
