# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Resampling of views, held to figures computed the plain way on the drawn pages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.evaluation.bootstrap import ViewBootstrap, ViewCounts, count_by_view
from chalklens.evaluation.scores import score_label_sets

LABELS = st.frozensets(st.sampled_from("abcd"), max_size=4)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("xyz"), LABELS, LABELS), min_size=1, max_size=12),
    st.integers(0, 99),
)
def test_a_draw_scores_as_if_its_pages_were_all_there_were(
    pages: list[tuple[str, frozenset[str], frozenset[str]]], seed: int
) -> None:
    views = {str(i): view for i, (view, _, _) in enumerate(pages)}
    truth = {str(i): wanted for i, (_, wanted, _) in enumerate(pages)}
    predicted = {str(i): answer for i, (_, _, answer) in enumerate(pages)}
    names = sorted(set(views.values()))
    bootstrap = ViewBootstrap(len(names), resamples=5, seed=seed)
    found = bootstrap.resample(count_by_view(views, truth, predicted))
    for draw, times in enumerate(bootstrap.draws):
        copies = [
            (f"{page}-{copy}", page)
            for page, view in views.items()
            for copy in range(int(times[names.index(view)]))
        ]
        scores = score_label_sets(
            {copy: truth[page] for copy, page in copies},
            {copy: predicted[page] for copy, page in copies},
        )
        assert found["micro_f1"][draw] == pytest.approx(scores.micro_f1)
        assert found["macro_f1"][draw] == pytest.approx(scores.macro_f1)
        assert found["exact"][draw] == pytest.approx(scores.exact)


def make_counts(right: list[float]) -> ViewCounts:
    hits = np.asarray(right)[:, None]
    return ViewCounts(
        hits, np.zeros_like(hits), 10 - hits, np.zeros(len(right)), np.ones(len(right))
    )


def test_the_interval_holds_the_figure_and_widens_when_views_differ() -> None:
    bootstrap = ViewBootstrap(20)
    alike = bootstrap.find_interval(bootstrap.resample(make_counts([5.0] * 20))["micro_f1"])
    unlike = bootstrap.find_interval(bootstrap.resample(make_counts([0.0, 10.0] * 10))["micro_f1"])
    assert alike is not None
    assert alike.low == alike.high == pytest.approx(2 / 3)
    assert unlike is not None
    assert unlike.low < 2 / 3 < unlike.high


def test_paired_draws_see_a_small_lead_that_separate_draws_would_not() -> None:
    bootstrap = ViewBootstrap(20)
    theirs = [float(i % 9) for i in range(20)]
    ahead = bootstrap.resample(make_counts([x + 1 for x in theirs]))["micro_f1"]
    behind = bootstrap.resample(make_counts(theirs))["micro_f1"]
    lead = bootstrap.find_interval(ahead - behind)
    assert lead is not None
    assert lead.low > 0
    assert np.percentile(ahead, 2.5) < np.percentile(behind, 97.5)


def test_the_same_seed_draws_the_same_views() -> None:
    assert (ViewBootstrap(7, seed=3).draws == ViewBootstrap(7, seed=3).draws).all()
    assert (ViewBootstrap(7, seed=3).draws != ViewBootstrap(7, seed=4).draws).any()


def test_one_view_has_no_interval() -> None:
    assert ViewBootstrap(1).find_interval(np.zeros(3)) is None
