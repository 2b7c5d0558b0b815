"""The HTML report of `chalklens eval labels`: one file, nothing loaded from elsewhere.

How it is used: `file.write_bytes(render_report(report))`. Names of views, labels and models come from
data and are escaped. What it leaves out: scripts; every figure is in the text or in an SVG.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from chalklens.evaluation.bootstrap import Interval
from chalklens.evaluation.calibration_curve import Calibration
from chalklens.evaluation.label_figures import FIGURES, LABELLER, MethodFigures
from chalklens.evaluation.labels import PROBABILITIES, LabelReport
from chalklens.evaluation.report_style import STYLE
from chalklens.evaluation.scores import LabelScores
from chalklens.evaluation.svg_charts import (
    Mark,
    draw_bars,
    draw_errors,
    draw_intervals,
    draw_reliability,
)
from chalklens.labelling.corpus import DIMENSIONS

WORST_LABELS = 25
OPEN_VIEWS = 40
TITLES = {
    "micro_f1": "Micro-F1",
    "macro_f1": "Macro-F1",
    "exact": "Exact",
    "hierarchical_micro_f1": "Hierarchical micro-F1",
    "hierarchical_macro_f1": "Hierarchical macro-F1",
}


def render_report(report: LabelReport) -> bytes:
    """Return the whole page as UTF-8."""
    title = f"Labels on {report.split}"
    subject = " ".join(part for part in (report.model, report.revision, report.adapter) if part)
    body = [
        f"<header><h1>{escape(title)}</h1><p>{escape(report.ours.title)} "
        f"<b>{escape(subject)}</b>, {report.ours.plain.pages} pages in "
        f"{len(report.ours.views)} views</p></header>",
        _tiles(report),
        *(f'<p class="remark">{escape(remark)}</p>' for remark in report.remarks),
        _methods(report),
        _dimensions(report),
        _views(report),
        _confidence(report),
        _labels(report),
        _notes(report),
    ]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _tiles(report: LabelReport) -> str:
    ours = report.ours
    peak = report.peak_bytes
    tiles = [
        *((TITLES[name], f"{ours.figure(name):.3f}", _range(ours, name)) for name in FIGURES[:4]),
        *(
            (f"Calibration error, {PROBABILITIES[kind][0]}", f"{one.error:.3f}", _spread(one))
            for kind, one in report.calibrations.items()
        ),
        (
            "File to labels",
            f"{report.latency.median_s:.2f} s",
            f"p95 {report.latency.p95_s:.2f} s, {report.latency.pages} pages",
        ),
        ("Peak memory", f"{peak / 2**20:.0f} MiB" if peak else "-", "labeller's worker"),
        ("Refused", f"{report.refused:.1%}", f"{report.low_confidence:.1%} of the rest unsure"),
    ]
    cells = (
        f"<div><span>{escape(name)}</span><b>{value}</b><small>{escape(note)}</small></div>"
        for name, value, note in tiles
    )
    return f'<section class="tiles">{"".join(cells)}</section>'


def _methods(report: LabelReport) -> str:
    rows = [
        [
            escape(method.title),
            *(f"{method.figure(name):.3f}{_small(_range(method, name))}" for name in FIGURES),
        ]
        for method in report.methods.values()
    ]
    marks = [
        Mark(
            method.title,
            method.plain.micro_f1,
            *_ends(method),
            note=f"[{_range(method, 'micro_f1')}]" if method.intervals else "",
            ours=key == LABELLER,
        )
        for key, method in report.methods.items()
    ]
    parts = [
        draw_intervals(marks, "Micro-F1 of every method"),
        _table(["Method", *TITLES.values()], rows),
    ]
    if len(report.methods) > 1:
        parts += ["<h3>How far the labeller is ahead</h3>", _ahead(report)]
    return _section("Against simple methods", parts)


def _ahead(report: LabelReport) -> str:
    rows: list[list[str]] = []
    for key, method in report.methods.items():
        if key == LABELLER:
            continue
        cells = [escape(method.title)]
        for name in FIGURES:
            difference = method.labeller_ahead[name]
            interval = difference.interval
            kind = "" if interval is None or interval.low <= 0 <= interval.high else "sure"
            spread = _small(f"{interval.low:+.3f} to {interval.high:+.3f}") if interval else ""
            cells.append(f'<span class="{kind}">{difference.value:+.3f}</span>{spread}')
        rows.append(cells)
    return _table(["Labeller minus", *TITLES.values()], rows)


def _dimensions(report: LabelReport) -> str:
    head = [
        "Method",
        *(f"{name.capitalize()} {kind}" for name in DIMENSIONS for kind in ("micro", "macro")),
    ]
    rows = [
        [escape(method.title), *_pairs(method.dimensions[name] for name in DIMENSIONS)]
        for method in report.methods.values()
    ]
    return _section("By dimension", [_table(head, rows)])


def _pairs(scores: Iterable[LabelScores]) -> Iterator[str]:
    for one in scores:
        yield f"{one.micro_f1:.3f}"
        yield f"{one.macro_f1:.3f}"


def _views(report: LabelReport) -> str:
    rivals = [method for key, method in report.methods.items() if key != LABELLER]
    best = max(rivals, key=lambda method: method.plain.micro_f1, default=None)
    ranked = sorted(report.ours.views.items(), key=lambda item: (item[1].micro_f1, item[0]))
    marks = [
        Mark(
            view or "(no view)",
            scores.micro_f1,
            other=best.views[view].micro_f1 if best else None,
            note=f"{scores.pages} page{'s' if scores.pages > 1 else ''}",
        )
        for view, scores in ranked
    ]
    parts = [draw_bars(marks[:OPEN_VIEWS], "Micro-F1 of the worst views")]
    if rest := marks[OPEN_VIEWS:]:
        bars = draw_bars(rest, "Micro-F1 of the other views")
        parts.append(f"<details><summary>{len(rest)} more views</summary>{bars}</details>")
    if best:
        parts.insert(0, f"<p>Bars: labeller. Ticks: {escape(best.title)}, the best baseline.</p>")
    return _section("Micro-F1 by view, the worst first", parts)


def _confidence(report: LabelReport) -> str:
    rows = [
        [name, str(scores.pages), f"{scores.micro_f1:.3f}", f"{scores.exact:.3f}"]
        for name, scores in (("sure", report.confident), ("unsure", report.unconfident))
    ]
    rows.append(["refused", str(round(report.refused * report.ours.plain.pages)), "-", "-"])
    parts = [_table(["The labeller was", "Pages", "Micro-F1", "Exact"], rows)]
    if not report.calibrations:
        parts.append("<p>This labeller gives no probabilities.</p>")
    for kind, calibration in report.calibrations.items():
        parts += _reliability(PROBABILITIES[kind][0], calibration)
    return _section("Confidence", parts)


def _reliability(what: str, calibration: Calibration) -> Iterator[str]:
    bins = [
        [f"{b.low:.2f} to {b.high:.2f}", str(b.pairs), f"{b.probability:.3f}", f"{b.right:.3f}"]
        for b in calibration.bins
    ]
    interval = f" [{_between(calibration.interval)}]" if calibration.interval else ""
    yield f"<h3>Reliability: {escape(what)}</h3>"
    yield (
        f"<p>Expected calibration error {calibration.error:.3f}{interval} over "
        f"{calibration.pairs} labels. A dot on the line is a probability that means what it "
        "says; below it, too sure. Large dots hold many labels.</p>"
    )
    yield '<div class="beside">'
    yield draw_reliability(calibration.bins, f"Reliability of probabilities: {what}")
    yield _table(["Probability", "Labels", "Mean", "Right"], bins)
    yield "</div>"


def _labels(report: LabelReport) -> str:
    worst = [label for label in report.labels if label.misses or label.false_alarms]
    worst = worst[:WORST_LABELS]
    if not worst:
        return _section("Worst labels", ["<p>No label was missed or given in vain.</p>"])
    rows = [
        [escape(x.id), str(x.pages), str(x.misses), str(x.false_alarms), f"{x.f1:.3f}"]
        for x in worst
    ]
    table = _table(["Label", "Pages that carry it", "Misses", "False alarms", "F1"], rows)
    return _section(
        f"Labels with the most errors ({len(worst)} of {len(report.labels)})",
        [
            draw_errors(worst, "Misses and false alarms"),
            f"<details><summary>Table</summary>{table}</details>",
        ],
    )


def _notes(report: LabelReport) -> str:
    rules = "".join(
        f"<li><b>{escape(method.title)}</b>: {escape(method.rule)}</li>"
        for method in report.methods.values()
    )
    train = f" Baselines were trained on {escape(report.train)}." if report.train else ""
    read = f" Text read by {escape(report.reader)}." if report.reader else ""
    return _section(
        "How it was measured",
        [
            f"<ul>{rules}</ul><p>{read}{train} Micro-F1 counts all labels of all pages; macro-F1 is "
            "the mean over the labels that occur; exact is the share of pages whose whole set is "
            "right; hierarchical figures compare sets closed under the ancestors of EduGraph "
            f"{escape(report.ontology)}. Brackets are 95 % intervals from {report.resamples} "
            f"resamples of whole views (seed {report.seed}); differences use the same draws for "
            "both methods, and bold ones have an interval without zero. With few views the "
            "intervals are somewhat too narrow.</p>"
        ],
    )


def _section(title: str, parts: Sequence[str]) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; cells are HTML already."""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{top}</tr>{"".join(lines)}</table></div>'


def _ends(method: MethodFigures) -> tuple[float | None, float | None]:
    interval = method.intervals.get("micro_f1")
    return (interval.low, interval.high) if interval else (None, None)


def _range(method: MethodFigures, name: str) -> str:
    interval = method.intervals.get(name)
    return _between(interval) if interval else ""


def _between(interval: Interval) -> str:
    return f"{interval.low:.3f}-{interval.high:.3f}"


def _spread(calibration: Calibration) -> str:
    return _between(calibration.interval) if calibration.interval else ""


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""
