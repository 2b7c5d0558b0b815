from collections.abc import Callable

import pytest

from chalklens.errors import ModelError
from retrieval.rerank import FakeReranker, RerankLimits, RerankStage, create_reranker

TEXTS = [f"passage {i} about fractions" for i in range(20)]
LIMITS = RerankLimits(max_pairs=12, batch_pairs=4, auto_s=1.0, on_s=10.0)


class Clock:
    """Seconds that pass only when somebody reads."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def spend(self, pair_s: float) -> Callable[[int], None]:
        def read(pairs: int) -> None:
            self.now_s += pairs * pair_s

        return read


def make_stage(pair_s: float = 0.0, clock: Clock | None = None) -> RerankStage:
    clock = clock or Clock()
    return RerankStage(FakeReranker(on_score=clock.spend(pair_s)), LIMITS, clock)


def test_the_first_passages_are_scored_and_no_more() -> None:
    outcome = make_stage().run("fractions", "latin", TEXTS, "auto")
    assert outcome.scores == (1.0,) * LIMITS.max_pairs
    assert outcome.note == ""


def test_long_passages_are_cut_before_they_are_read() -> None:
    stage = RerankStage(FakeReranker(), RerankLimits(max_characters=20))
    assert stage.run("tail", "latin", ["x " * 30 + "tail"], "on").scores == (0.0,)


def test_off_reads_nothing() -> None:
    clock = Clock()
    outcome = make_stage(1.0, clock).run("fractions", "latin", TEXTS, "off")
    assert (outcome.scores, outcome.note, clock.now_s) == ((), "", 0.0)


def test_when_the_time_is_over_the_order_of_before_stands() -> None:
    outcome = make_stage(pair_s=0.2).run("fractions", "latin", TEXTS, "auto")
    assert outcome.scores == ()
    assert "had read 9 of 12 passages in 1.8 s; 1 s are allowed" in outcome.note


def test_a_hopeless_model_is_stopped_after_one_passage() -> None:
    clock = Clock()
    outcome = make_stage(5.0, clock).run("fractions", "latin", TEXTS, "on")
    assert outcome.scores == ()
    assert clock.now_s == 5.0


def test_auto_does_not_begin_what_was_too_slow_before() -> None:
    clock = Clock()
    stage = make_stage(0.2, clock)
    stage.run("fractions", "latin", TEXTS, "auto")
    spent_s = clock.now_s
    outcome = stage.run("fractions", "latin", TEXTS, "auto")
    assert clock.now_s == spent_s
    assert "would take about 2.4 s here" in outcome.note


def test_auto_tries_again_some_day() -> None:
    clock = Clock()
    stage = make_stage(0.1, clock)
    stage.run("fractions", "latin", TEXTS, "auto")
    outcomes = [stage.run("fractions", "latin", TEXTS, "auto") for _ in range(12)]
    assert "would take" in outcomes[0].note
    assert any(outcome.scores for outcome in outcomes)


def test_on_waits_longer() -> None:
    assert make_stage(pair_s=0.2).run("fractions", "latin", TEXTS, "on").scores


def test_auto_leaves_scripts_out_that_are_not_known_to_gain() -> None:
    stage = RerankStage(FakeReranker(helps=frozenset({"cjk"})), LIMITS)
    outcome = stage.run("fractions", "latin", TEXTS, "auto")
    assert outcome.scores == ()
    assert "rerank=on" in outcome.note
    assert stage.run("fractions", "latin", TEXTS, "on").scores
    assert stage.run("分数", "cjk", TEXTS, "auto").scores


def test_no_reranker_ships() -> None:
    assert create_reranker("none") is None
    assert create_reranker("auto") is None


def test_a_model_that_is_not_here_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(ModelError, match="hf download no-one/no-such-reranker"):
        create_reranker("no-one/no-such-reranker")
