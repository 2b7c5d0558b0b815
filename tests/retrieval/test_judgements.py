import json
from pathlib import Path

import pytest

from chalklens.errors import InputError
from retrieval.judgements import load_collection, load_folder, name_page

CORPUS = [
    {"_id": "d1", "title": "Fractions", "text": "A half is a unit fraction."},
    {"_id": "d2", "title": "", "text": "三角形的面积"},
]
QUERIES = [{"_id": "q1", "text": "unit fraction"}, {"_id": "q2", "text": "nothing judged"}]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"


def write_collection(folder: Path, qrels: str = QRELS, corpus: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    files = {"queries.jsonl": QUERIES, **({"corpus.jsonl": CORPUS} if corpus else {})}
    for name, rows in files.items():
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / name).write_text("\n".join(lines), "utf-8")
    (folder / "qrels.tsv").write_text(qrels, "utf-8")
    return folder


def test_documents_questions_and_gains_are_read(tmp_path: Path) -> None:
    collection = load_collection(write_collection(tmp_path / "tiny"))
    assert collection.name == "tiny"
    assert [document.source for document in collection.documents] == ["d1", "d2"]
    assert collection.documents[0].title == "Fractions"
    assert collection.queries == {"q1": "unit fraction"}
    assert collection.gains == {"q1": {"d1": 2.0, "d2": 0.0}}


def test_judgements_may_lie_where_beir_has_them(tmp_path: Path) -> None:
    folder = write_collection(tmp_path / "tiny")
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").rename(folder / "qrels" / "test.tsv")
    assert load_collection(folder).queries == {"q1": "unit fraction"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = write_collection(tmp_path / "tiny", corpus=False)
    with pytest.raises(InputError, match=r"corpus\.jsonl is missing in tiny"):
        load_collection(folder)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\nnot json', r"corpus\.jsonl, line 2"),
        ("corpus.jsonl", '{"_id": "d1"}', "_id and text are needed"),
        ("corpus.jsonl", "[1, 2]", "_id and text are needed"),
        ("qrels.tsv", "a\tb\tc\nq1 d1 1\n", r"qrels\.tsv, line 2"),
        ("qrels.tsv", "q1\td9\t1\n", "'d9', which is not among the documents"),
        ("qrels.tsv", "q1\td1\t0\n", "No query has a relevant document"),
        ("queries.jsonl", '{"_id": "other", "text": "x"}', "No query has a relevant document"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    folder = write_collection(tmp_path / "tiny")
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(InputError, match=message):
        load_collection(folder)


def test_text_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    folder = write_collection(tmp_path / "tiny")
    (folder / "queries.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        load_collection(folder)


def test_files_are_judged_by_name(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "guides").mkdir(parents=True)
    (docs / "guides" / "fractions.md").write_text("# Fractions\n\nA half.", "utf-8")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 nothing else")
    qrels = "q1\tguides/fractions.md\t1\n"
    collection = load_folder(docs, write_collection(tmp_path / "judged", qrels, corpus=False))
    assert [document.source for document in collection.documents] == ["guides/fractions.md"]
    assert [source for source, _ in collection.failed] == ["broken.pdf"]
    assert not collection.by_page


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(InputError, match="can be loaded"):
        load_folder(tmp_path / "docs", write_collection(tmp_path / "judged"))


def test_pages_have_names_of_their_own() -> None:
    assert name_page("a.pdf", 3) == "a.pdf#page=3"
    assert name_page("a.md", None) == "a.md"
