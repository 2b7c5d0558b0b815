"""Timing and memory of a labeller at work."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.evaluation.page_labelling import (
    Subject,
    label_pages,
    read_peak_bytes,
    spread,
    summarize_times,
)
from chalklens.evaluation.splits import open_split
from chalklens.labelling.fake import FakeLabeller
from chalklens.types import LabelSet, Picture
from tests.chalklens.labelling.sheets import write_corpus


def names(pictures: Sequence[Picture]) -> list[str]:
    return [picture.name for picture in pictures]


@pytest.mark.anyio
async def test_a_labeller_that_takes_no_readings_gets_every_page_as_a_picture(
    tmp_path: Path,
) -> None:
    write_corpus(tmp_path)
    labeller = FakeLabeller({"sheet-01": LabelSet(areas=("Addition",))})
    told: list[tuple[int, int]] = []
    with open_split(tmp_path / "train.jsonl", 3) as split:
        found = await label_pages(
            Subject(labeller, lambda: None),
            split,
            None,
            lambda done, total, what: told.append((done, total)),
        )
    assert [labelling.labels.ids for labelling in found.labellings] == [(), ("Addition",), ()]
    assert names(labeller.pictures) == ["sheet-00", "sheet-00", "sheet-01", "sheet-02"]
    assert found.latency.pages == 3
    assert found.peak_bytes is None
    assert told == [(1, 3), (2, 3), (3, 3)]


@given(st.integers(1, 500), st.integers(1, 80))
def test_a_sample_is_spread_over_all_pages_without_doubles(count: int, wanted: int) -> None:
    chosen = spread(count, wanted)
    assert len(set(chosen)) == len(chosen) == min(count, wanted)
    assert chosen[0] == 0
    assert count - chosen[-1] <= -(-count // len(chosen))  # the last gap is no larger than others


def test_times_are_summed_up_by_median_and_95th_percentile() -> None:
    latency = summarize_times([i / 100 for i in range(101)])
    assert (latency.pages, latency.median_s) == (101, 0.5)
    assert latency.p95_s == pytest.approx(0.95)
    assert summarize_times([0.25]).p95_s == 0.25


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")
def test_the_peak_is_that_of_the_process() -> None:
    peak = read_peak_bytes(os.getpid())
    assert peak is not None
    assert 10 << 20 < peak < 64 << 30


def test_a_process_that_is_gone_has_no_peak() -> None:
    assert read_peak_bytes(None) is None
    assert read_peak_bytes(2**22 + 1) is None
