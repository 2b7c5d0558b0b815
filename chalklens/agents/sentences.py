"""Text cut into sentences, in scripts with and without spaces.

How it is used: `"".join(split_sentences(text)) == text`; a citation mark after the full stop belongs to
the sentence before it. What it leaves out: abbreviations; `e.g. this` is two pieces, which costs
nothing where sentences are taken away or quoted.
"""

import re

MARK = r"[\[［【]\s*\d{1,3}(?:\s*[,，、;–-]\s*\d{1,3})*\s*[\]］】](?!\()"
"""A citation such as `[2]`, `[1, 3]`, `[1-3]` or `【2】`; not the name of a Markdown link."""
_END = re.compile(
    rf"(?:[.!?…]+(?=[\"'”’」』)\s\[［【]|$)|[。！？]+)[\"'”’」』)]*(?:\s*{MARK})*\s*|\n+\s*"
)


def split_sentences(text: str) -> list[str]:
    """Return the sentences, each with the white space that follows it."""
    pieces: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() > start:
            pieces.append(text[start : match.end()])
            start = match.end()
    return [*pieces, text[start:]] if start < len(text) else pieces
