"""`chalklens eval labels|reading|refusals|retrieval`: how good labeller, reader and search are.

How it is used: `chalklens eval labels --split worksheets/val.jsonl --work WORK`, beside the simple
methods a labeller has to beat; `--model` scores a vision-language model instead of the embedded
labeller. `--work` keeps what was read and fitted, for repeated runs. A table, `--json` for all
figures in one object, `--html` for a report. What it leaves out: the measuring
(`chalklens/evaluation`), the tables (`evaluate_tables.py`), `eval refusals`
(`evaluate_refusals.py`) and `eval retrieval` (`evaluate_retrieval.py`).
"""

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalklens.errors import InputError
from server.commands.benches import open_bench
from server.commands.evaluate_refusals import eval_refusals
from server.commands.evaluate_retrieval import eval_retrieval
from server.commands.options import (
    AdapterOption,
    JsonOption,
    QuantizeOption,
    WeightsOption,
    make_settings,
)
from server.commands.output import write_row
from server.commands.steps import StepBar
from server.commands.work_folder import WorkOption, open_work

if TYPE_CHECKING:
    from chalklens.evaluation.page_labelling import OpenSubject, Subject
    from server.settings import Settings

app = typer.Typer(help="Measure labels, reading, refusals and retrieval.", no_args_is_help=True)
app.command("refusals")(eval_refusals)
app.command("retrieval")(eval_retrieval)

SplitOption = Annotated[
    Path,
    typer.Option(metavar="FILE", help="JSONL file with labelled pages, pictures beside it."),
]
PagesOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Only the first N.", show_default=False)
]


@app.command("labels")
def eval_labels(
    context: typer.Context,
    split: SplitOption,
    work: WorkOption = None,
    train: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Training pages for the baselines. Default: train.jsonl beside the split.",
            show_default=False,
        ),
    ] = None,
    baselines: Annotated[
        bool | None,
        typer.Option(
            help="Measure simple methods on the same text. Default: if there are training pages.",
            show_default=False,
        ),
    ] = None,
    weights: WeightsOption = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Score this vision-language model instead."),
    ] = None,
    adapter: AdapterOption = None,
    quantize: QuantizeOption = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one JSON row per page here.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report with charts here.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling of views.")] = 0,
    max_pages: PagesOption = None,
    json: JsonOption = False,
) -> None:
    """Score a labeller, from pixels to labels, beside the simple methods it has to beat."""
    from chalklens.evaluation.label_predictions import prepare_output
    from chalklens.evaluation.labels import LabelEvaluation, evaluate_labels
    from server.commands.evaluate_tables import print_labels

    prepare_output(html)
    opened = _open_engine(context, model, adapter, quantize, weights)
    with open_work(work) as folder, StepBar() as progress:
        options = LabelEvaluation(
            split=split,
            work=folder,
            train=train,
            baselines=baselines,
            weights=weights,
            predictions=predictions,
            max_pages=max_pages,
            seed=seed,
        )
        report = evaluate_labels(options, progress, opened)
    if html:
        from chalklens.evaluation.label_report import render_report

        html.write_bytes(render_report(report))
    if json:
        write_row(report.facts())
    else:
        print_labels(report)


@app.command("reading")
def eval_reading(
    split: SplitOption,
    work: WorkOption = None,
    max_pages: PagesOption = None,
    json: JsonOption = False,
) -> None:
    """Compare what is read with the words that are on the pages (words.jsonl beside the split)."""
    from chalklens.evaluation.reading import ReadingEvaluation, evaluate_reading
    from server.commands.evaluate_tables import print_reading

    with open_work(work) as folder, StepBar() as progress:
        options = ReadingEvaluation(split.parent, split.stem, folder, max_pages)
        report = evaluate_reading(options, progress)
    if json:
        write_row(report.facts())
    else:
        print_reading(report)


def _open_engine(
    context: typer.Context,
    model: str | None,
    adapter: str | None,
    quantize: str | None,
    weights: Path | None,
) -> "OpenSubject | None":
    """Return what opens the engine's labeller; None for the embedded one."""
    if model is None:
        if adapter or quantize:
            raise InputError("An adapter or quantization needs a model.", "Add --model ID.")
        return None
    if weights is not None:
        raise InputError("--weights and --model name two labellers.", "Give one of them.")
    settings = make_settings(model=model, adapter=adapter, quantize=quantize, labeller="engine")
    return lambda: _open_subject(context, settings)


@contextlib.asynccontextmanager
async def _open_subject(
    context: typer.Context, settings: "Settings"
) -> "AsyncGenerator[Subject, None]":
    from chalklens.evaluation.page_labelling import Subject

    async with open_bench(context, settings) as bench:
        yield Subject(bench.labeller, lambda: bench.engine.status().worker_pid)
