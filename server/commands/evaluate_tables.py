"""What `chalklens eval` prints for people.

How it is used: `print_labels(report)`, `print_reading(report)`. What it leaves out: measuring; the
full figures are in `--json` and `--html`.
"""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chalklens.evaluation.bootstrap import Interval
from chalklens.evaluation.label_figures import LABELLER, MethodFigures
from chalklens.evaluation.labels import PROBABILITIES, LabelReport
from chalklens.evaluation.reading import ReadingReport
from chalklens.labelling.corpus import DIMENSIONS

WORST_VIEWS = 5
WORST_LABELS = 8


def print_labels(report: LabelReport, console: Console | None = None) -> None:
    """Print methods, dimensions and what else was measured."""
    console = console or Console()
    console.print(_tabulate_methods(report))
    console.print(_tabulate_kinds(report))
    console.print(_tabulate_dimensions(report))
    for line in _tell(report):
        console.print(escape(line), highlight=False)


def print_reading(report: ReadingReport, console: Console | None = None) -> None:
    """Print recall and precision."""
    console = console or Console()
    table = Table("Unit", "Recall", "Precision", title=f"{report.reader} on {report.split}")
    table.add_row("words", f"{report.word_recall:.4f}", f"{report.word_precision:.4f}")
    table.add_row("tokens", f"{report.token_recall:.4f}", f"{report.token_precision:.4f}")
    console.print(table)
    took = f", {report.page_s:.2f} s per page read now" if report.page_s is not None else ""
    console.print(f"{report.pages} pages{took}")


def _tabulate_methods(report: LabelReport) -> Table:
    subject = " ".join(part for part in (report.model, report.revision, report.adapter) if part)
    title = f"{subject} on {report.split}: {report.ours.plain.pages} page(s), {len(report.ours.views)} view(s)"
    table = _start_table(("Micro-F1", "95 %", "Ahead", "95 %"), escape(title))
    for key, method in report.methods.items():
        table.add_row(
            escape(method.title),
            f"{method.plain.micro_f1:.4f}",
            _between(method.intervals.get("micro_f1")),
            *_ahead(method),
            style="bold" if key == LABELLER else "",
        )
    return table


def _tabulate_kinds(report: LabelReport) -> Table:
    table = _start_table(("Macro-F1", "Exact", "Hier. micro", "Hier. macro"))
    for key, method in report.methods.items():
        figures = (
            method.plain.macro_f1,
            method.plain.exact,
            method.hierarchical.micro_f1,
            method.hierarchical.macro_f1,
        )
        style = "bold" if key == LABELLER else ""
        table.add_row(escape(method.title), *(f"{figure:.3f}" for figure in figures), style=style)
    return table


def _start_table(columns: tuple[str, ...], title: str | None = None) -> Table:
    """Few enough columns that a terminal of 80 characters keeps the names of the methods."""
    table = Table("Method", title=title)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _ahead(method: MethodFigures) -> tuple[str, str]:
    difference = method.labeller_ahead.get("micro_f1")
    if difference is None:
        return "", ""
    return f"{difference.value:+.3f}", _between(difference.interval, "+.3f")


def _tabulate_dimensions(report: LabelReport) -> Table:
    table = Table("Micro / macro-F1", *(name.capitalize() for name in DIMENSIONS))
    for method in report.methods.values():
        scores = (method.dimensions[name] for name in DIMENSIONS)
        table.add_row(
            escape(method.title), *(f"{one.micro_f1:.3f} / {one.macro_f1:.3f}" for one in scores)
        )
    return table


def _tell(report: LabelReport) -> Iterator[str]:
    latency = report.latency
    yield (
        f"{report.refused:.1%} refused; {report.low_confidence:.1%} of the rest unsure. Micro-F1 "
        f"{report.confident.micro_f1:.3f} on {report.confident.pages} sure pages, "
        f"{report.unconfident.micro_f1:.3f} on {report.unconfident.pages} unsure ones."
    )
    for kind, calibration in report.calibrations.items():
        error = f"{calibration.error:.3f} {_between(calibration.interval)}".strip()
        yield f"Calibration error {error} over {calibration.pairs} {PROBABILITIES[kind][0]}."
    peak = f"; worker's peak {report.peak_bytes / 2**20:.0f} MiB" if report.peak_bytes else ""
    yield (
        f"File to labels {latency.median_s:.2f} s (median), {latency.p95_s:.2f} s (p95) over "
        f"{latency.pages} pages{peak}."
    )
    views = sorted(report.ours.views.items(), key=lambda item: item[1].micro_f1)[:WORST_VIEWS]
    if len(report.ours.views) > 1:
        named = (f"{view or '(no view)'} {one.micro_f1:.2f}" for view, one in views)
        yield "Worst views: " + ", ".join(named) + "."
    errors = (x for x in report.labels[:WORST_LABELS] if x.misses or x.false_alarms)
    yield (
        "Most errors (misses + false alarms): "
        + (", ".join(f"{x.id} {x.misses}+{x.false_alarms}" for x in errors) or "none")
        + "."
    )
    yield from report.remarks


def _between(interval: Interval | None, form: str = ".3f") -> str:
    return f"[{interval.low:{form}}, {interval.high:{form}}]" if interval else ""
