"""Text from pictures and models made safe to show: nothing invisible, nothing that steers a terminal.

How it is used: `clean_text(line)` on whatever was read from a picture, written by a model or taken
from a file name, before it goes to a client or a terminal. Control characters (all but newline and
tab), bidirectional overrides, zero-width and other format characters, tag characters, variation
selectors beyond U+FE0F and lone surrogates become visible escapes like `\\u202e`, so that a reader
sees that something was there; ANSI sequences lose their escape character the same way.

What it leaves out: judging what the text says. It stays data, whoever wrote it.
Source of the classes: Unicode categories Cc, Cf, Cs, Zl and Zp (Unicode Standard 14, chapter 4.5).
"""

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e01ef]"
)


def clean_text(text: str) -> str:
    """Return the text with line ends as newlines and everything unseen as an escape."""
    return _UNSEEN.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
