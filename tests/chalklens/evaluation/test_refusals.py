"""Shares of refused pictures, and what they rest on."""

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chalklens.evaluation.page_labelling import Progress
from chalklens.evaluation.refusals import (
    Material,
    Outcome,
    ReadingLabeller,
    RefusalEvaluation,
    RefusalReport,
    count_refusals,
    evaluate_refusals,
)
from chalklens.labelling.fake import FakeLabeller
from chalklens.reading.cache import ReadingCache
from chalklens.types import LabelSet, Picture

LABELS = LabelSet(areas=("Addition",), scopes=("Base10",))
READER = "fake"


def make_picture(name: str, shade: int) -> Picture:
    return Picture(name, f"{shade:064x}", "image/png", 4, 4, bytes([shade]) * 48, 4, 4)


def show(*names: str) -> Material:
    """Pictures by kind and number."""
    shown = [(name.split()[0], make_picture(name, i)) for i, name in enumerate(names)]
    return Material(iter(shown), len(shown))


def ignore(done: int, total: int, message: str) -> None:
    """Nobody listens."""


def measure(
    folder: Path,
    negatives: Material,
    labeller: FakeLabeller,
    sheets: Material | None = None,
    progress: Progress = ignore,
) -> RefusalReport:
    @asynccontextmanager
    async def open_labeller() -> AsyncGenerator[ReadingLabeller, None]:
        yield labeller

    return evaluate_refusals(
        RefusalEvaluation(folder, resamples=200),
        negatives,
        progress,
        sheets=sheets,
        open_labeller=open_labeller,
        readings=ReadingCache(folder / "readings.jsonl", READER),
    )


def test_shares_are_told_overall_and_per_kind(tmp_path: Path) -> None:
    labeller = FakeLabeller({"menu 1": LABELS, "comic 0": LABELS})
    report = measure(tmp_path, show("menu 0", "menu 1", "comic 0", "logo 0"), labeller)
    found = report.negatives
    assert (found.pictures, found.refused) == (4, 0.5)
    assert [(k.kind, k.pictures, k.refused) for k in found.kinds] == [
        ("menu", 2, 1),
        ("comic", 1, 0),
        ("logo", 1, 1),
    ]
    assert found.interval is not None
    assert found.interval.low < 0.5 < found.interval.high
    assert (report.labeller, report.model, report.reader) == ("embedded", "fake", READER)
    assert report.sheets is None


def test_labels_that_were_wrongly_given_are_named(tmp_path: Path) -> None:
    labeller = FakeLabeller(
        {"menu 0": LABELS, "menu 1": LabelSet(areas=("Addition",))}, low_confidence=True
    )
    report = measure(tmp_path, show("menu 0", "menu 1", "menu 2"), labeller)
    assert list(report.wrong_labels.items()) == [("Addition", 2), ("Base10", 1)]
    assert [outcome.picture for outcome in report.labelled_negatives] == ["menu 0", "menu 1"]
    assert report.labelled_negatives[0].labels == {"Addition": 0.9, "Base10": 0.9}
    assert report.negatives.low_confidence == 1.0
    assert report.negatives.interval is None  # one kind is no sample of kinds


def test_worksheets_in_a_bad_state_are_counted_beside_them(tmp_path: Path) -> None:
    labeller = FakeLabeller({"turned 0": LABELS, "faded 1": LABELS})
    sheets = show("turned 0", "faded 0", "faded 1")
    report = measure(tmp_path, show("menu 0"), labeller, sheets)
    assert report.sheets is not None
    assert report.sheets.refused == pytest.approx(1 / 3)
    assert [(k.kind, k.refused, k.pictures) for k in report.sheets.kinds] == [
        ("turned", 0, 1),
        ("faded", 1, 2),
    ]
    assert [outcome.picture for outcome in report.refused_sheets] == ["faded 0"]
    assert report.sheets.interval is None
    assert json.loads(json.dumps(report.facts()))["sheets"]["kinds"][1]["kind"] == "faded"


def test_what_was_read_is_kept_for_the_next_run(tmp_path: Path) -> None:
    first, second = FakeLabeller(), FakeLabeller()
    assert measure(tmp_path, show("menu 0", "logo 0"), first).read_now == 2
    assert measure(tmp_path, show("menu 0", "logo 0"), second).read_now == 0
    assert (len(first.readings), len(second.readings)) == (0, 2)
    assert len(second.pictures) == 2


def test_pictures_are_drawn_when_their_turn_comes(tmp_path: Path) -> None:
    labeller = FakeLabeller()
    ahead: list[int] = []

    def draw() -> Iterator[tuple[str, Picture]]:
        for number in range(6):
            ahead.append(number - len(labeller.pictures))
            yield "menu", make_picture(f"menu {number}", number)

    told: list[tuple[int, int, str]] = []
    measure(
        tmp_path,
        Material(draw(), 6),
        labeller,
        progress=lambda done, total, message: told.append((done, total, message)),
    )
    assert max(ahead) <= 2  # as many as there are workers
    assert told == [(number, 6, "labelling negatives") for number in range(1, 7)]


def outcomes(kind: str, refused: Sequence[bool]) -> list[Outcome]:
    return [Outcome(kind, f"{kind} {i}", was, False, {}) for i, was in enumerate(refused)]


def test_the_interval_is_over_kinds_not_pictures(tmp_path: Path) -> None:
    """Half of the pictures are refused either way; whole kinds that differ tell less."""
    options = RefusalEvaluation(tmp_path)
    apart = [o for k in range(8) for o in outcomes(f"kind-{k}", [k % 2 == 0] * 10)]
    alike = [o for k in range(8) for o in outcomes(f"kind-{k}", [True, False] * 5)]
    wide, narrow = count_refusals(apart, options), count_refusals(alike, options)
    assert wide.refused == narrow.refused == 0.5
    assert wide.interval is not None
    assert narrow.interval is not None
    assert wide.interval.high - wide.interval.low > 0.5
    assert narrow.interval.low == narrow.interval.high == 0.5
