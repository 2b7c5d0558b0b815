"""`chalklens eval retrieval`: how good search is on a collection with judged questions.

How it is used: `chalklens eval retrieval --data beir/scifact --work WORK`, a folder with corpus.jsonl,
queries.jsonl and qrels.tsv; with `--docs FOLDER` the documents are files, judged by name or page. A table
per stage, `--json` for all figures in one object. `--work` keeps vectors, so that nothing is embedded
twice. What it leaves out: the measuring (`retrieval/evaluation.py`), and other toolkits
(`benchmarks/retrieval_peers.py`).
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.options import JsonOption
from server.commands.output import write_row
from server.commands.steps import StepBar
from server.commands.work_folder import WorkOption, open_work

if TYPE_CHECKING:
    from retrieval.evaluation import RetrievalReport
    from retrieval.judgements import JudgedCollection
    from retrieval.stores.store import IndexParameters, Store

MAX_SHOWN_NOTES = 5


def eval_retrieval(
    data: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder with queries.jsonl, qrels.tsv, corpus.jsonl."),
    ],
    docs: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Search these files instead of corpus.jsonl.", show_default=False
        ),
    ] = None,
    work: WorkOption = None,
    embedder: Annotated[
        str, typer.Option(metavar="ID", help="auto, none, or a sentence-transformers model.")
    ] = "auto",
    reranker: Annotated[
        str, typer.Option(metavar="ID", help="none, or a cross-encoder on this machine.")
    ] = "none",
    max_queries: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N.", show_default=False)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Measure search on a judged collection, stage by stage."""
    from retrieval.embedders import create_embedder
    from retrieval.evaluation import Bench, evaluate
    from retrieval.rerank import create_reranker

    collection = _load(data, docs)
    with (
        open_work(work) as folder,
        tempfile.TemporaryDirectory() as scratch,
        StepBar() as progress,
    ):
        bench = Bench(
            open_store=lambda parameters: _create_store(Path(scratch) / "index", parameters),
            embedder=create_embedder(embedder),
            reranker=create_reranker(reranker),
            vectors=folder,
            max_queries=max_queries,
        )
        report = evaluate(collection, bench, progress)
    if json:
        write_row(report.facts())
    else:
        _print_report(report)


def _load(data: Path, docs: Path | None) -> "JudgedCollection":
    from retrieval.judgements import load_collection, load_folder

    return load_collection(data) if docs is None else load_folder(docs, data)


def _create_store(folder: Path, parameters: "IndexParameters") -> "Store":
    from retrieval.stores.local.store import LocalStore

    return LocalStore.create(folder, parameters)


def _print_report(report: "RetrievalReport") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    embedder = report.parameters.embedder or "no embedder"
    table = Table(
        "Stage",
        title=escape(f"{report.collection}: {report.queries} questions, {embedder}"),
    )
    for name in ("nDCG@10", "Recall@10", "Recall@100", "MRR@10"):
        table.add_column(name, justify="right")
    for stage, scores in report.stages.items():
        figures = (scores.ndcg_10, scores.recall_10, scores.recall_100, scores.mrr_10)
        table.add_row(stage, *(f"{figure:.4f}" for figure in figures))
    console.print(table)
    for line in _tell(report):
        console.print(escape(line), highlight=False)


def _tell(report: "RetrievalReport") -> list[str]:
    cpu, wall = report.cpu, report.wall
    lines = [
        f"{report.documents} documents in {report.chunks} chunks, {report.index_s:.1f} s of processor "
        f"time to index; store {report.store}",
        f"A search for ten takes {cpu.mean_ms:.2f} ms of processor time (p50 {cpu.p50_ms:.2f}, "
        f"p95 {cpu.p95_ms:.2f}, p99 {cpu.p99_ms:.2f}), {wall.mean_ms:.2f} ms on the clock "
        f"(p99 {wall.p99_ms:.2f}), and {report.embed_query_ms:.1f} ms to embed the question",
    ]
    counted = sorted(report.notes.items(), key=lambda note: -note[1])[:MAX_SHOWN_NOTES]
    lines += [f"{count} times: {note}" for note, count in counted]
    lines += [f"Not loaded: {source}: {reason}" for source, reason in report.failed]
    return lines
