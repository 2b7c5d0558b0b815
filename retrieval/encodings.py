"""Bytes to text: which encoding a file is in, and whether it is text at all.

How it is used: `decode_text(data, declared)` returns the text and the encoding it was found in. In
this order: a byte order mark, ISO-2022-JP escapes, UTF-16/32 seen by its zero bytes, UTF-8 (a few
damaged characters do not make it something else), what the document declares, and then a guess:
East Asian encodings by the share of everyday characters (`character_frequency`), anything else by
charset-normalizer among the code pages that fit how high bytes are spread. Binary data is refused.

What it leaves out: EBCDIC, DOS code pages, UTF-7, HZ. A few letters of a legacy encoding stay a guess.
"""

import codecs
import re
from dataclasses import dataclass

from chalklens.errors import MediaError
from retrieval.character_frequency import EAST_ASIAN, rate_everyday

SAMPLE_BYTES = 64 << 10
MAX_DAMAGED_SHARE = 0.05
MAX_CONTROL_SHARE = 0.005
MIN_EVERYDAY_SHARE = 0.8

_MARKS = (  # the longer ones first: UTF-32-LE begins like UTF-16-LE
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_WESTERN = ("cp1252", "cp1250", "iso8859_2")
_CODE_PAGES = (
    *_WESTERN,
    "cp1254",
    "cp1257",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1255",
    "cp1256",
    "tis_620",
)
# What browsers do: GBK means its superset, Latin-1 means Windows-1252.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Tried before, or no character set at all.
_NOT_DECLARED = ("utf", "ascii", "unicode", "raw", "idna", "punycode", "undefined")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_HIGH_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# What cp1252 shows inside words when the text is in another code page.
_MISPLACED = re.compile(
    r"[^\W\d_][\x80-\x9f¡¢£¤¥¦§¨¬¯±²³µ¶¸¹º¼½¾¿÷×]|[a-zà-ÿ][ŠŒŽŸÀ-ÖØ-Þ]|\b[³¹¿][a-z]"
)
# Controls no text file has; form feed, escape and backspace occur in logs and manuals.
_CONTROLS = re.compile("[\0-\x07\x0e-\x1a\x1c-\x1f\x7f\ufffd-\uffff]")
_ALPHABETS = re.compile("[\t\n\r\x20-\x7e\u00a0-\u024f\u0370-\u06ff\u2010-\u2026]")
_IDEOGRAPHS = re.compile("[\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text without a byte order mark, and the Python name of its encoding."""

    text: str
    encoding: str


def decode_text(data: bytes, declared: str = "") -> DecodedText:
    """Return the text of a file.

    Args:
        data: The whole file.
        declared: What a header or the document itself says; believed where nothing speaks against.

    Raises:
        MediaError: Empty, or not text.
    """
    found = (
        _by_mark(data)
        or _by_escapes(data)
        or _as_wide(data)
        or _as_utf8(data)
        or _as_declared(data, declared)
        or _as_guessed(data)
    )
    if not found.text.strip():
        raise MediaError("The file is empty.", "Check that it was saved completely.")
    _check_is_text(found.text)
    return found


def _by_mark(data: bytes) -> DecodedText | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return DecodedText(data[len(mark) :].decode(encoding, "replace"), encoding)
    return None


def _by_escapes(data: bytes) -> DecodedText | None:
    if data.isascii() and _ISO_2022_JP.search(data):
        return _strict(data, "iso2022_jp_2")
    return None


def _as_wide(data: bytes) -> DecodedText | None:
    """UTF-16 or UTF-32 without a mark, which has zero bytes wherever there is a space or a letter."""
    sample = data[: SAMPLE_BYTES & ~3]
    if len(sample) < 4 or sample.count(0) <= len(sample) // 16:
        return None
    share, encoding = max((_rate_expected(sample, encoding), encoding) for encoding in _WIDE)
    if share < 1 - 2 * MAX_DAMAGED_SHARE:
        return None
    return DecodedText(data.decode(encoding, "replace"), encoding)


def _rate_expected(sample: bytes, encoding: str) -> float:
    """Share of characters that occur in texts; swapped bytes of ASCII are ideographs, so those less."""
    text = sample.decode(encoding, "replace")
    expected = len(_ALPHABETS.findall(text)) + 0.95 * len(_IDEOGRAPHS.findall(text))
    return expected / max(len(text), 1)


def _as_utf8(data: bytes) -> DecodedText | None:
    """Strict UTF-8, or UTF-8 with a few damaged characters or the last one cut off."""
    try:
        return DecodedText(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        cut_off = error.end == len(data) and error.reason == "unexpected end of data"
    text = data.decode("utf-8", "replace")
    sound = sum(map(len, re.findall("[^\0-\x7f\ufffd]+", text)))
    if sound and (cut_off or text.count("\ufffd") <= sound * MAX_DAMAGED_SHARE):
        return DecodedText(text.removesuffix("\ufffd"), "utf-8")
    return None


def _as_declared(data: bytes, declared: str) -> DecodedText | None:
    try:
        encoding = codecs.lookup(declared.strip()).name if declared.isascii() else ""
    except (LookupError, ValueError):
        return None
    if not encoding or encoding.startswith(_NOT_DECLARED):
        return None
    return _strict(data, _SUPERSETS.get(encoding, encoding))


def _as_guessed(data: bytes) -> DecodedText:
    for encoding in (*_guess(data), "cp1252"):
        if found := _strict(data, encoding):
            return found
    return DecodedText(data.decode("cp1252", "replace"), "cp1252")


def _guess(data: bytes) -> list[str]:
    """Encodings that may fit, best first."""
    sample, start = _sample(data), data[: SAMPLE_BYTES & ~1]
    shares = {  # lines cannot be told apart in UTF-16
        encoding: rate_everyday(start if encoding.startswith("utf") else sample, encoding)
        for encoding in EAST_ASIAN
    }
    encoding = max(shares, key=shares.__getitem__)  # the first of equals
    if shares[encoding] >= MIN_EVERYDAY_SHARE:
        return [encoding]
    if _is_in_runs(sample):
        return _ask_library(sample)
    plain = [name for name in _WESTERN if _reads_well(sample, name)]
    return plain or _ask_library(sample)


def _sample(data: bytes) -> bytes:
    """Lines with bytes above ASCII, cut where no character of any encoding is cut in two."""
    lines: list[bytes] = []
    size = 0
    for match in _HIGH_LINE.finditer(data):
        lines.append(match[0][: SAMPLE_BYTES - size])
        size += len(lines[-1])
        if size >= SAMPLE_BYTES:
            break
    sample = b"".join(lines)
    if size < SAMPLE_BYTES:
        return sample
    end = max(sample.rfind(byte) for byte in (b"\n", b" ", b"\r", b","))
    return sample[: end + 1] or sample


def _is_in_runs(sample: bytes) -> bool:
    """Tell whether most bytes above ASCII have another one beside them: no Latin alphabet."""
    runs = _HIGH_RUN.findall(sample)
    return sum(len(run) > 1 for run in runs) * 2 > len(runs)


def _reads_well(sample: bytes, encoding: str) -> bool:
    """Tell whether no symbol stands inside a word."""
    found = _strict(sample, encoding)
    return found is not None and not _MISPLACED.search(found.text)


def _ask_library(sample: bytes) -> list[str]:
    """What charset-normalizer takes for likely."""
    from charset_normalizer import from_bytes

    return [match.encoding for match in from_bytes(sample, cp_isolation=list(_CODE_PAGES))]


def _strict(data: bytes, encoding: str) -> DecodedText | None:
    try:
        return DecodedText(data.decode(encoding), encoding)
    except (UnicodeError, LookupError):
        return None


def _check_is_text(text: str) -> None:
    if len(_CONTROLS.findall(text)) > max(1, len(text) * MAX_CONTROL_SHARE):
        raise MediaError(
            "The file is not text: it holds binary data.",
            "Documents can be text, Markdown, HTML, CSV, JSON, Word, PowerPoint, PDF or pictures.",
        )
