"""`chalklens eval retrieval` from the shell, over the real store."""

import json
from pathlib import Path
from typing import Any

CORPUS = {
    "half": "A half is a unit fraction.",
    "area": "三角形的面积等于底乘以高除以二。",
    "owl": "The owl and the pussycat went to sea.",
}
QRELS = "query-id\tcorpus-id\tscore\nq1\thalf\t1\nq2\tarea\t1\n"


def write_queries(folder: Path, qrels: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"_id": "q1", "text": "unit fractions"}, {"_id": "q2", "text": "三角形面积"}]
    lines = "\n".join(json.dumps(row) for row in rows)
    (folder / "queries.jsonl").write_text(lines, "utf-8")
    (folder / "qrels.tsv").write_text(qrels, "utf-8")
    return str(folder)


def write_collection(folder: Path) -> str:
    rows = [{"_id": name, "title": "", "text": text} for name, text in CORPUS.items()]
    folder.mkdir(parents=True)
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return write_queries(folder, QRELS)


def test_a_collection_is_scored_in_one_json_object(shell: Any):
    data = write_collection(shell.folder / "tiny")
    result = shell.run("eval", "retrieval", "--data", data, "--embedder", "fake", "--json")
    assert result.exit_code == 0, result.output
    [report] = shell.rows(result)
    assert (report["collection"], report["documents"], report["queries"]) == ("tiny", 3, 2)
    assert report["store"] == "local"
    assert report["parameters"]["embedder"] == "fake@1"
    assert report["stages"]["fused"] == {
        "ndcg_10": 1.0,
        "recall_10": 1.0,
        "recall_100": 1.0,
        "mrr_10": 1.0,
    }
    assert report["cpu"]["p99_ms"] > 0


def test_files_are_scored_and_what_cannot_be_loaded_is_told(shell: Any):
    docs = shell.folder / "docs"
    docs.mkdir()
    (docs / "half.md").write_text(CORPUS["half"], "utf-8")
    (docs / "area.txt").write_text(CORPUS["area"], "utf-8")
    (docs / "broken.docx").write_bytes(b"PK\x03\x04 no document")
    data = write_queries(shell.folder / "judged", "q1\thalf.md\t1\nq2\tarea.txt\t1\n")
    arguments = ("--data", data, "--docs", str(docs), "--embedder", "none")
    result = shell.run("eval", "retrieval", *arguments, "--reranker", "fake")
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert "sparse" in text
    assert "reranked" in text
    assert "dense" not in text
    assert "2 documents in 2 chunks" in text
    assert "Not loaded: broken.docx" in text


def test_a_missing_file_is_an_error_with_a_hint(shell: Any):
    data = write_queries(shell.folder / "judged", QRELS)
    result = shell.run("eval", "retrieval", "--data", data)
    assert result.exit_code == 1
    assert "corpus.jsonl is missing in judged" in result.stderr
