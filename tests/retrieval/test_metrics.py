import math

import pytest

from retrieval.metrics import Scores, average, percentile, score_ranking

GAINS = {"a": 3.0, "b": 1.0, "c": 2.0, "d": 0.0}


def test_ndcg_of_a_case_computed_by_hand() -> None:
    """Found: gains 1, 0, 3 at places 1, 2, 3; ideal: 3, 2, 1."""
    found = 1 / 1 + 0 / math.log2(3) + 3 / 2
    ideal = 3 / 1 + 2 / math.log2(3) + 1 / 2
    scores = score_ranking(["b", "d", "a"], GAINS)
    assert scores.ndcg_10 == pytest.approx(found / ideal)
    assert scores.ndcg_10 == pytest.approx(0.5250, abs=1e-4)


def test_the_ideal_order_scores_one() -> None:
    assert score_ranking(["a", "c", "b"], GAINS) == Scores(1.0, 1.0, 1.0, 1.0)


def test_only_the_first_ten_count_for_ndcg_and_reciprocal_rank() -> None:
    ranking = [f"x{i}" for i in range(10)] + ["a"]
    scores = score_ranking(ranking, {"a": 1.0})
    assert scores == Scores(0.0, 0.0, 1.0, 0.0)


def test_recall_is_the_share_of_all_that_is_relevant() -> None:
    scores = score_ranking(["x", "c"], GAINS)
    assert (scores.recall_10, scores.recall_100, scores.mrr_10) == (1 / 3, 1 / 3, 1 / 2)


def test_more_relevant_passages_than_places_still_allow_one() -> None:
    gains = {f"d{i}": 1.0 for i in range(30)}
    scores = score_ranking([f"d{i}" for i in range(10)], gains)
    assert scores.ndcg_10 == pytest.approx(1.0)
    assert scores.recall_10 == pytest.approx(1 / 3)


def test_a_question_without_relevant_passages_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="without relevant"):
        score_ranking(["a"], {"a": 0.0})


def test_the_average_is_taken_figure_by_figure() -> None:
    assert average([Scores(1, 1, 1, 1), Scores(0, 0.5, 1, 0)]) == Scores(0.5, 0.75, 1, 0.5)
    assert average([]) == Scores()


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(i) for i in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([], 0.5) == 0
