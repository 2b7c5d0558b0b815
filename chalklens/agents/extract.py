"""An answer without a model: the best sentences of the passages, labels and text of the pictures.

How it is used: `write_extract(inquiry, material)` gives the body, `introduce(question)` the words before
it that say what it is. Sentences are taken literally, each with the number of its passage, so every
citation holds. What it leaves out: understanding the question; a sentence counts by the words it shares
with it, weighted by how rare they are among the sentences at hand, and by the rank of its passage.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalklens.agents.language import SMALL_WORDS, find_language
from chalklens.agents.prompt_text import name_labels
from chalklens.agents.records import Inquiry, Material, Passage
from chalklens.agents.sentences import split_sentences
from chalklens.types import Labelling, Picture

MAX_SENTENCES = 4
MAX_SENTENCE_CHARS = 400
MIN_SENTENCE_WEIGHT = 12
"""A character of scripts without spaces counts double."""
LEAST_SHARE = 0.4
"""Sentences with less of the best one's score only share a chance word."""
MAX_TEXT_CHARS = 300
_WORD = re.compile(r"[a-z0-9_]{2,}|[^\W\d_a-z]{2,}")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_WRAPPED = re.compile(r"(?<=[^\n])\n(?=[^\n\s\-*#|>])")
_LIST_SIGN = re.compile(r"^(?:[-*>#|\s]|\d+\.\s)+")
_INTRODUCTIONS = {
    "en": "No vision-language model answered. These are sentences from the documents and facts about "
    "the pictures, not an answer:",
    "zh": "没有视觉语言模型作答。以下是文档中的原句和图片的已知信息,不是经过推理的回答:",
}
_NOTHING = {
    "en": "Nothing was found that bears on the question.",
    "zh": "没有找到与问题有关的内容。",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, as it stands there but for line ends."""

    number: int
    text: str
    words: frozenset[str]


def introduce(question: str) -> str:
    """Say that what follows is an extract; in Chinese for a Chinese question, else in English."""
    return _INTRODUCTIONS.get(find_language(question), _INTRODUCTIONS["en"])


def write_extract(inquiry: Inquiry, material: Material) -> str:
    """Return what is known for certain: untrusted words of documents and pictures, cited."""
    lines = [
        *_describe_pictures(material.pictures, material.labels),
        *(f"- {one.text} [{one.number}]" for one in choose(inquiry.question, material.passages)),
    ]
    nothing = _NOTHING.get(find_language(inquiry.question), _NOTHING["en"])
    return "\n".join(lines) or nothing


def choose(question: str, passages: Sequence[Passage]) -> list[Sentence]:
    """Return the sentences that share most with the question, in the order of the passages."""
    wanted = words_of(question)
    sentences = [sentence for passage in passages for sentence in _cut(passage)]
    spread = Counter(word for sentence in sentences for word in sentence.words & wanted)
    scored = [(_score(sentence, wanted, spread), sentence) for sentence in sentences]
    least = max((score for score, _ in scored), default=0.0) * LEAST_SHARE
    best = sorted((pair for pair in scored if pair[0] > least), key=lambda pair: -pair[0])
    chosen = dict.fromkeys(sentence for _, sentence in best)
    return sorted(list(chosen)[:MAX_SENTENCES], key=lambda sentence: sentence.number)


def words_of(text: str) -> frozenset[str]:
    """Return what is compared: words, and pairs of characters in scripts without spaces."""
    folded = text.casefold()
    telling = (word for word in _WORD.findall(folded) if word not in SMALL_WORDS)
    words = {word.rstrip("s") if word.isascii() else word for word in telling}
    runs = _HAN.findall(folded)
    return frozenset(words | {run[i : i + 2] for run in runs for i in range(len(run) - 1)})


def _cut(passage: Passage) -> Iterator[Sentence]:
    for piece in split_sentences(_WRAPPED.sub(" ", passage.hit.text)):
        text = _LIST_SIGN.sub("", piece).strip()
        weight = len(text) + sum(map(len, _HAN.findall(text)))
        if weight >= MIN_SENTENCE_WEIGHT and len(text) <= MAX_SENTENCE_CHARS:
            yield Sentence(passage.number, text, words_of(text))


def _score(sentence: Sentence, wanted: frozenset[str], spread: Counter[str]) -> float:
    shared = sum(1 / math.log2(1 + spread[word]) for word in sentence.words & wanted)
    return shared / math.sqrt(1 + sentence.number)


def _describe_pictures(pictures: Sequence[Picture], labels: Sequence[Labelling]) -> Iterator[str]:
    for number, (picture, labelling) in enumerate(zip(pictures, labels, strict=False), start=1):
        yield f"- Picture {number} ({picture.name}): EduGraph labels: {name_labels(labelling)}"
        read = " ".join(labelling.reading.text.split()) if labelling.reading else ""
        if read:
            yield f"- Text on picture {number}: {read[:MAX_TEXT_CHARS]}"
