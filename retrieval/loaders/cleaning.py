"""What of a text is kept: characters that can be seen, and lines that end in `\\n`.

How it is used: every loader passes text through `clean_text` before offsets count in it. Dropped are
NUL and other controls, terminal escapes, and what hides or reorders text without being seen:
bidirectional overrides, zero-width spaces, Unicode tags. Kept are joiners (Persian, Indic scripts and
emoji need them) and everything that has a shape.

What it leaves out: normalisation of Unicode forms (`tokens` does it for search) and of white space.
"""

import re

_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\)?|[@-Z\\^_])"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u202f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile(
    "[\0-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_LOOSE_JOINERS = re.compile("(?<=[\0-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\0-\x7f]|\\Z)")
TITLE_CHARS = 300


def clean_text(text: str) -> str:
    """Return the visible text with `\\n` at the end of lines; valid UTF-8 can be made of it."""
    text = _TERMINAL.sub("", text)
    text = _LINE_ENDS.sub("\n", text)
    text = _SPACES.sub(" ", text)
    text = _LOOSE_JOINERS.sub("", _UNSEEN.sub("", text))
    return _SURROGATES.sub("\ufffd", text)


def clean_line(text: str, max_chars: int = TITLE_CHARS) -> str:
    """Return visible text on one line, shortened with `…`."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= max_chars else line[: max_chars - 1] + "…"
