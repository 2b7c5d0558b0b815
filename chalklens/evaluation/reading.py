"""`chalklens eval reading`: read text compared with the words that are on the pages.

How it is used: `evaluate_reading(ReadingEvaluation(data, "val"), progress)`. A word is a run of
letters and digits, in lower case (`\\w+`); words of a page are compared as a multiset, over all
pages together. Tokens are what stands between blanks, as printed: signs count, and so does where a
reader puts a blank. What it leaves out: positions, and order.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chalklens.labelling.corpus import Corpus
from chalklens.labelling.corpus_readings import open_reading_cache, read_worksheets

Progress = Callable[[int, int, str], None]
"""Gets steps done, steps in all, and what is being done."""

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ReadingEvaluation:
    """What to score.

    Attributes:
        data: Corpus folder with `words.jsonl`.
        split: One of its splits.
        cache: Folder for `readings.jsonl`; what it has is not read again.
        max_pages: Score only the first ones.
    """

    data: Path
    split: str
    cache: Path
    max_pages: int | None = None


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """What was found.

    Attributes:
        split, reader: What was read by what.
        pages: How many pages; `read_now` of them were not in the cache.
        word_recall, word_precision: Of words in lower case.
        token_recall, token_precision: Of what stands between blanks, as it is.
        page_s: Seconds per page read now, two processes together; None when all were known.
    """

    split: str
    reader: str
    pages: int
    read_now: int
    word_recall: float
    word_precision: float
    token_recall: float
    token_precision: float
    page_s: float | None

    def facts(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        return asdict(self)


def evaluate_reading(options: ReadingEvaluation, progress: Progress) -> ReadingReport:
    """Read the pages of a split and compare.

    Raises:
        InputError: The split, a picture or `words.jsonl` is missing.
        TimeLimitError, WorkerError: A page could not be read.
    """
    corpus = Corpus(options.data)
    try:
        sheets = corpus.worksheets(options.split)[: options.max_pages]
        words = corpus.words()
        cache = open_reading_cache(options.cache)
        known, start = len(cache), time.perf_counter()
        readings = read_worksheets(corpus, sheets, cache, progress)
        seconds, read_now = time.perf_counter() - start, len(cache) - known
    finally:
        corpus.close()
    pairs = [
        (" ".join(words.get(sheet.id, ())), reading.text)
        for sheet, reading in zip(sheets, readings, strict=True)
    ]
    word_recall, word_precision = compare(pairs, split_words)
    token_recall, token_precision = compare(pairs, str.split)
    return ReadingReport(
        split=options.split,
        reader=cache.reader,
        pages=len(sheets),
        read_now=read_now,
        word_recall=word_recall,
        word_precision=word_precision,
        token_recall=token_recall,
        token_precision=token_precision,
        page_s=seconds / read_now if read_now else None,
    )


def split_words(text: str) -> list[str]:
    """Runs of letters and digits, in lower case."""
    return WORD.findall(text.lower())


def compare(
    pairs: Iterable[tuple[str, str]], split: Callable[[str], list[str]]
) -> tuple[float, float]:
    """Return recall and precision of read text against printed text, pooled over all pages."""
    printed = read = shared = 0
    for wanted, given in pairs:
        wanted_words, given_words = Counter(split(wanted)), Counter(split(given))
        printed += wanted_words.total()
        read += given_words.total()
        shared += (wanted_words & given_words).total()
    return shared / max(1, printed), shared / max(1, read)
