"""Text of others inside Markdown of ours: it stays text, whatever is in it.

How it is used: `fence(text)` for what should be kept word for word, `inline(text)` for names within
a line, `front_matter(fields)` for the head of a file. A fence is longer than any row of backticks in the
text, so nothing can close it; inline text has everything escaped that CommonMark 0.31 or GitHub's
tables and mentions would read as markup; front matter is written by a YAML library.

What it leaves out: characters that are not seen (`tools/cleaning.py` shows them as escapes).
"""

import re
from collections.abc import Mapping
from typing import Any, cast

_MARKUP = re.compile(r"([\\`*_\[\]<>&!#|~$@])")
_BLOCK_START = re.compile(r"^(\d{1,9})?([-+=.):])")
_TICKS = re.compile(r"`+")
MIN_TICKS = 3


def fence(text: str) -> str:
    """Return the text as a fenced block; line ends become newlines, NUL and the like a mark."""
    body = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    ticks = max([MIN_TICKS - 1, *(len(run) for run in _TICKS.findall(body))]) + 1
    return f"{'`' * ticks}text\n{body}\n{'`' * ticks}"


def inline(text: str) -> str:
    """Return the text on one line, white space collapsed, with nothing left that is markup."""
    line = " ".join(text.replace("\0", "\ufffd").split())
    return _BLOCK_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", line))


def front_matter(fields: Mapping[str, Any]) -> str:
    """Return the fields as YAML between `---`, texts on one line; empty ones are left out."""
    import yaml  # not before the first response

    flat = {name: _flatten(value) for name, value in fields.items()}
    kept = {name: value for name, value in flat.items() if value not in (None, "", [], {})}
    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=1_000)
    return f"---\n{text}---\n"


def _flatten(value: Any) -> Any:
    if isinstance(value, list):
        return [_flatten(item) for item in cast("list[Any]", value)]
    return " ".join(value.split()) if isinstance(value, str) else value


def shorten(text: str, max_chars: int) -> str:
    """Return the beginning of a text, with an ellipsis where something is missing."""
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
