"""`chalklens eval labels|reading`: how good the shipped labeller and reader are on labelled pages.

How it is used: `chalklens eval labels --data FOLDER --split val`, from pixels; `--work` keeps what
was read, for repeated runs. A table, or `--json` for all figures in one object. What it leaves out:
the measuring (`chalklens/evaluation`).
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.options import JsonOption
from server.commands.output import write_row
from server.commands.steps import StepBar

if TYPE_CHECKING:
    from chalklens.evaluation.labels import LabelReport
    from chalklens.evaluation.reading import ReadingReport

app = typer.Typer(help="Measure labels and reading on labelled pages.", no_args_is_help=True)

DataOption = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder with SPLIT.jsonl and its pictures.")
]
SplitOption = Annotated[str, typer.Option(metavar="NAME", help="Which pages: SPLIT.jsonl.")]
WorkOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Keep readings here; known pages are not read again.",
        show_default=False,
    ),
]
PagesOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Only the first N.", show_default=False)
]


@app.command("labels")
def eval_labels(
    data: DataOption,
    split: SplitOption = "val",
    weights: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Weights to score instead of those that ship."),
    ] = None,
    work: WorkOption = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one JSON row per page here.")
    ] = None,
    max_pages: PagesOption = None,
    json: JsonOption = False,
) -> None:
    """Score the embedded labeller, from pixels to labels."""
    from chalklens.evaluation.labels import LabelEvaluation, evaluate_labels

    options = LabelEvaluation(data, split, weights, work, predictions, max_pages)
    with StepBar() as progress:
        report = evaluate_labels(options, progress)
    if json:
        write_row(report.facts())
    else:
        _print_labels(report)


@app.command("reading")
def eval_reading(
    data: DataOption,
    split: SplitOption = "val",
    work: WorkOption = None,
    max_pages: PagesOption = None,
    json: JsonOption = False,
) -> None:
    """Compare what is read with the words that are on the pages (words.jsonl)."""
    from chalklens.evaluation.reading import ReadingEvaluation, evaluate_reading

    with tempfile.TemporaryDirectory() as scratch, StepBar() as progress:
        options = ReadingEvaluation(data, split, work or Path(scratch), max_pages)
        report = evaluate_reading(options, progress)
    if json:
        write_row(report.facts())
    else:
        _print_reading(report)


def _print_labels(report: "LabelReport") -> None:
    from rich.console import Console
    from rich.table import Table

    title = f"{report.model} {report.revision} on {report.split}, text from {report.text_from}"
    table = Table("Labels", "Micro-F1", "Macro-F1", "Exact", title=title)
    rows = {"all": report.scores, **report.dimensions}
    if report.most_frequent:
        rows["most frequent set of train"] = report.most_frequent
    for name, scores in rows.items():
        figures = (scores.micro_f1, scores.macro_f1, scores.exact)
        table.add_row(name, *(f"{figure:.4f}" for figure in figures))
    console = Console()
    console.print(table)
    took = f"; {report.label_s:.2f} s per page (median)" if report.label_s is not None else ""
    console.print(
        f"{report.scores.pages} pages, {report.refused:.1%} refused, "
        f"{report.low_confidence:.1%} unsure{took}"
    )


def _print_reading(report: "ReadingReport") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Unit", "Recall", "Precision", title=f"{report.reader} on {report.split}")
    table.add_row("words", f"{report.word_recall:.4f}", f"{report.word_precision:.4f}")
    table.add_row("tokens", f"{report.token_recall:.4f}", f"{report.token_precision:.4f}")
    console = Console()
    console.print(table)
    took = f", {report.page_s:.2f} s per page read now" if report.page_s is not None else ""
    console.print(f"{report.pages} pages{took}")
