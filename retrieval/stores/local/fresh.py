"""BM25 over the chunks that tantivy does not have yet, in memory.

How it is used: a commit of tantivy waits for the disk some ten times (150 ms to 600 ms), one of
SQLite once. So the writer leaves new chunks' tokens in the table `pending` and commits tantivy when
there are enough of them; readers keep those tokens here and score them as tantivy will (its formula,
its steps of lengths), with the statistics of both parts. What it leaves out: anything large.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

K1, B = 1.2, 0.75


def _decode_length(code: int) -> int:
    """Return the length behind tantivy's byte (Lucene's SmallFloat.byte4ToInt)."""
    free = 24
    if code < free:
        return code
    bits, shift = (code - free) & 7, ((code - free) >> 3) - 1
    return free + (bits if shift < 0 else (bits | 8) << shift)


LENGTHS = tuple(_decode_length(code) for code in range(256))


def round_length(tokens: int) -> int:
    """Return the length that tantivy reckons with: the next one below that fits its byte."""
    return LENGTHS[bisect_right(LENGTHS, tokens) - 1]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the chunks in tantivy: how many, how many hold a token; and of all: tokens per chunk."""

    rows: int
    count_holders: Callable[[str], int]
    mean_length: float


class FreshChunks:
    """Tokens of chunks by key."""

    def __init__(self) -> None:
        self.tokens: dict[int, list[str]] = {}
        self.postings: dict[str, list[tuple[int, int, int]]] = {}  # key, times, length

    def add(self, key: int, tokens: list[str]) -> None:
        """Take in a chunk."""
        self.tokens[key] = tokens
        length = round_length(len(tokens))
        for token, times in Counter(tokens).items():
            self.postings.setdefault(token, []).append((key, times, length))

    def remove(self, key: int) -> None:
        """Let go of a chunk, if it is there; until others go it counts in the statistics."""
        self.tokens.pop(key, None)

    def drop_below(self, key: int) -> None:
        """Let go of chunks that tantivy has now."""
        kept = {known: tokens for known, tokens in self.tokens.items() if known >= key}
        if len(kept) < len(self.tokens):
            self.tokens, self.postings = {}, {}
            for known, tokens in kept.items():
                self.add(known, tokens)

    def score(
        self,
        tokens: Sequence[str],
        phrases: Sequence[Sequence[str]],
        statistics: Statistics,
    ) -> dict[int, float]:
        """Return the score of every chunk that has one of the tokens and all of the phrases."""
        scores: dict[int, float] = {}
        slope = K1 * B / statistics.mean_length
        for token, asked in Counter(tokens).items():
            holders = self.postings.get(token)
            if not holders:
                continue
            known = len(holders) + statistics.count_holders(token)
            weight = asked * self._weigh(known, statistics)
            for key, times, length in holders:
                part = weight * times / (times + K1 * (1 - B) + slope * length)
                scores[key] = scores.get(key, 0.0) + part
        return {
            key: score
            for key, score in scores.items()
            if key in self.tokens and (not phrases or self._holds_all(key, phrases))
        }

    def _weigh(self, holders: int, statistics: Statistics) -> float:
        rows = max(holders, len(self.tokens) + statistics.rows)
        return (1 + K1) * math.log(1 + (rows - holders + 0.5) / (holders + 0.5))

    def _holds_all(self, key: int, phrases: Sequence[Sequence[str]]) -> bool:
        return all(holds_phrase(self.tokens[key], phrase) for phrase in phrases)


def holds_phrase(tokens: Sequence[str], phrase: Sequence[str]) -> bool:
    """Say whether a phrase's tokens stand in a list, side by side and in order."""
    size, wanted = len(phrase), list(phrase)
    return any(
        list(tokens[start : start + size]) == wanted for start in range(len(tokens) - size + 1)
    )
