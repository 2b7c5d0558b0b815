"""How good an order is: nDCG, recall, reciprocal rank.

How it is used: `score_ranking(["d3", "d1"], {"d1": 2.0})` -> `Scores`; `average` over questions.
Gain is linear, as in BEIR and trec_eval's ndcg (Järvelin and Kekäläinen 2002), so a passage judged 2 is
worth two judged 1. What it leaves out: significance; differences below .005 on 30 questions say nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CUT = 10
DEEP_CUT = 100


@dataclass(frozen=True, slots=True)
class Scores:
    """0 to 1, higher is better: nDCG@10, Recall@10, Recall@100, MRR@10."""

    ndcg_10: float = 0.0
    recall_10: float = 0.0
    recall_100: float = 0.0
    mrr_10: float = 0.0


def score_ranking(ranking: Sequence[str], gains: Mapping[str, float]) -> Scores:
    """Score one question's ranking, each id once, by the gains of those that are relevant."""
    relevant = {name: gain for name, gain in gains.items() if gain > 0}
    if not relevant:
        raise ValueError("a question without relevant passages cannot be scored")
    places = [place for place, name in enumerate(ranking, 1) if name in relevant]
    first = places[0] if places else math.inf
    return Scores(
        ndcg_10=_ndcg(ranking, relevant, CUT),
        recall_10=sum(place <= CUT for place in places) / len(relevant),
        recall_100=sum(place <= DEEP_CUT for place in places) / len(relevant),
        mrr_10=1 / first if first <= CUT else 0.0,
    )


def average(scores: Sequence[Scores]) -> Scores:
    """Return the mean of each figure; zeros for none."""
    count = max(1, len(scores))
    return Scores(
        sum(s.ndcg_10 for s in scores) / count,
        sum(s.recall_10 for s in scores) / count,
        sum(s.recall_100 for s in scores) / count,
        sum(s.mrr_10 for s in scores) / count,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` (0 to 1) of all do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _ndcg(ranking: Sequence[str], relevant: Mapping[str, float], cut: int) -> float:
    found = _discount([relevant.get(name, 0.0) for name in ranking[:cut]])
    return found / _discount(sorted(relevant.values(), reverse=True)[:cut])


def _discount(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))
