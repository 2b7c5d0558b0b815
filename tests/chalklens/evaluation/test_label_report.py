"""The HTML report: well formed, on its own, and safe with any name."""

from collections.abc import Mapping
from html.parser import HTMLParser

import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.evaluation.bootstrap import ViewBootstrap
from chalklens.evaluation.calibration_curve import Pair, measure_calibration
from chalklens.evaluation.label_figures import LABELLER, Answer, Gold, measure_methods
from chalklens.evaluation.label_report import render_report
from chalklens.evaluation.labels import LabelReport
from chalklens.evaluation.page_labelling import Latency
from chalklens.evaluation.scores import list_label_errors, score_label_sets
from chalklens.labelling.corpus import Worksheet

NASTY = "<script>alert('1 & 2')</script>\ud800"
VOID = {"meta", "link"}


def make_report(name: str, *, baseline: bool = True, calibrated: bool = True) -> LabelReport:
    sheets = [
        Worksheet(
            str(i), "val", "", f"{name}-{i % 3}", frozenset({name}), ((name, "area"),), "", "", ""
        )
        for i in range(6)
    ]
    gold = Gold.collect(sheets, Ontology.load())
    right = {sheet.id: sheet.labels for sheet in sheets}
    wrong = {sheet.id: frozenset({"Addition"}) for sheet in sheets}
    answers = {LABELLER: Answer(name, name, right)}
    if baseline:
        answers["nearest_text"] = Answer("Nearest text", "rule", wrong)
    bootstrap = ViewBootstrap(3, resamples=20)
    pairs = [Pair(f"{name}-0", 0.8, True), Pair(f"{name}-1", 0.4, False)]
    scores = score_label_sets(right, right)
    calibration = measure_calibration(pairs, bootstrap)
    return LabelReport(
        split=name,
        train="train" if baseline else "",
        remarks=(f"Remark {name}",),
        reader="reader",
        read_now=0,
        labeller="embedded",
        model=name,
        revision="1",
        adapter="",
        ontology="0.21.0",
        resamples=20,
        seed=0,
        methods=measure_methods(gold, answers, bootstrap),
        calibrations={"given_out": calibration, "possible": calibration}
        if calibrated and calibration
        else {},
        refused=0.0,
        low_confidence=0.5,
        confident=scores,
        unconfident=scores,
        latency=Latency(6, 0.2, 0.3),
        same_labels=1.0,
        peak_bytes=300 << 20,
        labels=tuple(list_label_errors(gold.sets, wrong if baseline else right)),
    )


class Outline(HTMLParser):
    """Collects tags, text and addresses, and notes what is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.open, self.text = list[str](), list[str](), list[str]()
        self.addresses = list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named: Mapping[str, str | None] = dict(attrs)
        self.addresses += [str(named[key]) for key in ("src", "href", "data") if key in named]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def outline(report: LabelReport) -> Outline:
    return Outline(render_report(report).decode("utf-8"))


def test_the_report_has_its_figures_and_charts_and_loads_nothing() -> None:
    found = outline(make_report("Base10"))
    assert found.open == []
    assert found.tags.count("svg") == 5  # methods, views, reliability twice, labels
    assert found.addresses == ["data:,"]
    assert "script" not in found.tags
    text = " ".join(found.text)
    for part in (
        "1.000",
        "Nearest text",
        "300 MiB",
        "0.20 s",
        "Calibration error",
        "Remark Base10",
    ):
        assert part in text


def test_names_from_data_are_shown_and_never_become_tags() -> None:
    found = outline(make_report(NASTY))
    assert found.open == []
    assert "script" not in found.tags
    assert "<script>alert('1 & 2')</script>?" in "".join(found.text)


@pytest.mark.parametrize("name", ["Base10", ""])
def test_a_labeller_alone_without_probabilities_has_a_report_too(name: str) -> None:
    found = outline(make_report(name, baseline=False, calibrated=False))
    text = " ".join(found.text)
    assert found.open == []
    assert "This labeller gives no probabilities." in text
    assert "How far the labeller is ahead" not in text
    assert "No label was missed or given in vain." in text
