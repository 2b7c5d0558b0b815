"""Everyday characters of East Asian writing: they tell which encoding a text is in.

How it is used: `rate_everyday(sample, encoding)` for each of `EAST_ASIAN`; the right one rates close
to 1. The national standards list everyday characters apart from rare ones, and text read in the
wrong encoding falls among the rare ones (Li and Momoi, "A composite approach to language/encoding
detection", 2001): GB 2312 level 1 (rows 16-55), Big5 level 1 (lead bytes A4-C6), JIS X 0208 level 1
(rows 16-47) and kana, KS X 1001 Hangul (rows 16-40).

What it leaves out: alphabets; `encodings` asks charset-normalizer about those.
"""

import re
from functools import cache

# Korean and Japanese first: their everyday characters are everyday Chinese ones when misread.
EAST_ASIAN = ("cp949", "euc_jp", "cp932", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_MIN_KANA_SHARE = 0.15
_NOT_ASCII = re.compile("[^\0-\x7f]")
_KANA = re.compile("[\u3040-\u30ff]")
_IN_A_LATIN_WORD = re.compile("(?<=[a-z])[^\0-\x7f]|[^\0-\x7f](?=[a-z])")
_PUNCTUATION = "\u3000、。，．・：；？！…—～‘’“”「」『』（）〔〕《》〈〉【】％－·ー々"


def rate_everyday(sample: bytes, encoding: str) -> float:
    """Return the share (0 to 1) of non-ASCII characters that are everyday ones; 0 if it is not valid.

    Japanese without kana is taken for Chinese.
    """
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    found = _NOT_ASCII.findall(text)
    if not found or "\0" in text or len(_IN_A_LATIN_WORD.findall(text)) * 2 > len(found):
        return 0.0
    if encoding in ("cp932", "euc_jp") and len(_KANA.findall(text)) < len(found) * _MIN_KANA_SHARE:
        return 0.0
    everyday = _everyday(encoding)
    return sum(character in everyday for character in found) / len(found)


@cache
def _everyday(encoding: str) -> frozenset[str]:
    kana = frozenset(map(chr, range(0x3041, 0x3100)))
    match encoding:
        case "gb18030":
            letters = _rows("gb2312", 0xB0, 0xD7)
        case "big5hkscs":
            letters = _rows("big5", 0xA4, 0xC6)
        case "cp932" | "euc_jp":
            letters = _rows("euc_jp", 0xB0, 0xCF) | kana
        case "cp949":
            letters = _rows("euc_kr", 0xB0, 0xC8)
        case _:
            letters = frozenset[str]().union(*map(_everyday, EAST_ASIAN[:5]))
    return letters | frozenset(_PUNCTUATION)


def _rows(encoding: str, first: int, last: int) -> frozenset[str]:
    """All characters whose first byte is in a range."""
    return frozenset(
        bytes([lead, trail]).decode(encoding, "ignore")
        for lead in range(first, last + 1)
        for trail in range(0x40, 0xFF)
    )
