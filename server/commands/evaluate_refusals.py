"""`chalklens eval refusals`: what the embedded labeller makes of pictures it should refuse.

How it is used: `chalklens eval refusals --work WORK`. Pictures of kinds that no fit has seen are
drawn, read and labelled; `--sheets FILE` shows worksheets in a bad state beside them, which should not
be refused. A table, `--json` for all figures in one object. What it leaves out: the measuring
(`chalklens/evaluation/refusals.py`), the drawing (`chalklens/training/negatives`).
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalklens.errors import InputError
from server.commands.options import JsonOption, WeightsOption
from server.commands.output import write_row, write_text
from server.commands.steps import StepBar
from server.commands.work_folder import WorkOption, open_work

if TYPE_CHECKING:
    from chalklens.evaluation.refusals import Material, RefusalReport, Refusals

PER_KIND = 10
MAX_PER_KIND = 1_000
SHOWN_LABELS = 8


def eval_refusals(
    per_kind: Annotated[
        int,
        typer.Option(min=1, max=MAX_PER_KIND, help="Pictures of each kind, and worksheets."),
    ] = PER_KIND,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this kind of picture; repeat for more. Default: all kinds that no fit has seen.",
        ),
    ] = None,
    sheets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSONL file with labelled pages: show some of them in a bad state too.",
            show_default=False,
        ),
    ] = None,
    weights: WeightsOption = None,
    work: WorkOption = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read and label.")] = 2,
    seed: Annotated[
        int, typer.Option(min=0, help="Of the drawing, and of the resampling of kinds.")
    ] = 0,
    json: JsonOption = False,
) -> None:
    """Measure which pictures of other things are refused."""
    from chalklens.evaluation.refusals import RefusalEvaluation, evaluate_refusals

    negatives = _draw(_choose_kinds(kind), per_kind, seed)
    with contextlib.ExitStack() as opened:
        shown = _alter(sheets, per_kind, seed, opened) if sheets else None
        folder, progress = opened.enter_context(open_work(work)), opened.enter_context(StepBar())
        options = RefusalEvaluation(folder, weights, workers, seed=seed)
        report = evaluate_refusals(options, negatives, progress, sheets=shown)
    if json:
        write_row(report.facts())
    else:
        print_refusals(report)


def _choose_kinds(named: Sequence[str] | None) -> Sequence[str]:
    """Return the kinds to draw.

    Raises:
        InputError: A named kind is none of those that no fit has seen.
    """
    from chalklens.training.negatives.catalogue import TEST_KINDS

    for kind in named or ():
        if kind not in TEST_KINDS:
            raise InputError(
                f"{kind} is no kind of picture that is kept for testing.",
                f"These are: {', '.join(TEST_KINDS)}.",
            )
    return tuple(dict.fromkeys(named)) if named else TEST_KINDS


def _draw(kinds: Sequence[str], per_kind: int, seed: int) -> "Material":
    from chalklens.evaluation.refusals import Material
    from chalklens.training.negatives.trials import draw_trials

    return Material(draw_trials(kinds, per_kind, seed), len(kinds) * per_kind)


def _alter(file: Path, count: int, seed: int, opened: contextlib.ExitStack) -> "Material":
    """Take worksheets from all over a split, as they are and under every condition."""
    from chalklens.evaluation.page_labelling import spread
    from chalklens.evaluation.refusals import Material
    from chalklens.evaluation.splits import open_split
    from chalklens.training.negatives.conditions import CONDITIONS
    from chalklens.training.negatives.trials import alter_sheets

    split = opened.enter_context(open_split(file))
    chosen = [split.sheets[i] for i in spread(len(split.sheets), count)]
    pictures = (split.corpus.load(sheet) for sheet in chosen)
    return Material(alter_sheets(pictures, seed), len(chosen) * (1 + len(CONDITIONS)))


def print_refusals(report: "RefusalReport") -> None:
    """Print a table of kinds, and what was wrongly labelled."""
    title = f"{report.model} {report.revision}".strip()
    _print_kinds(f"{title}: pictures to be refused", "Kind", report.negatives)
    if report.wrong_labels:
        given = list(report.wrong_labels.items())[:SHOWN_LABELS]
        write_text("Labels wrongly given: " + ", ".join(f"{id_} {n}" for id_, n in given) + ".")
        names = (outcome.picture for outcome in report.labelled_negatives)
        write_text(f"To: {', '.join(names)}.")
    if report.sheets:
        _print_kinds(f"{title}: worksheets in a bad state", "Condition", report.sheets)


def _print_kinds(title: str, heading: str, found: "Refusals") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(heading, title=escape(title))
    for name in ("Pictures", "Refused", "Share", "Unsure"):
        table.add_column(name, justify="right")
    for kind in found.kinds:
        counts = (kind.pictures, kind.refused, f"{kind.refused / kind.pictures:.3f}")
        table.add_row(kind.kind, *map(str, counts), str(kind.low_confidence))
    Console().print(table)
    between = found.interval and f" [{found.interval.low:.3f}, {found.interval.high:.3f}]"
    others = found.refused < 1
    unsure = f"; {found.low_confidence:.1%} of the others marked as unsure" if others else ""
    write_text(f"{found.refused:.3f}{between or ''} of {found.pictures} refused{unsure}.")
