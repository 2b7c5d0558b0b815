"""Boolean expressions of Milvus, from a filter and a head.

How it is used: `write_filter(where, head, documents)`; `quote` for every string in it. Only what Milvus
2.3, Milvus 2.5 and milvus-lite 3 all understand is used: https://milvus.io/docs/boolean.md. What it
leaves out: shell patterns, which Milvus lacks (the caller resolves them to documents).
"""

import re
from collections.abc import Collection, Iterable, Sequence

from chalklens.types import SearchFilter
from retrieval.stores.revisions import Head

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
NOT_A_WORD = re.compile(r"\W")
NEVER = "revision < 0"


def quote(text: str) -> str:
    """Return a string literal."""
    return '"' + "".join(ESCAPES.get(character, character) for character in text) + '"'


def write_list(items: Iterable[str]) -> str:
    """Return a list of string literals."""
    return "[" + ", ".join(map(quote, items)) + "]"


def write_visible(head: Head) -> str:
    """Return what is true of rows that readers may see."""
    visible = f"revision <= {head.generation}"
    if not head.superseded:
        return visible
    gone = f"document in {write_list(head.superseded)} and revision < {head.generation}"
    return f"{visible} and not ({gone})"


def write_filter(where: SearchFilter, head: Head, documents: Collection[str] | None) -> str:
    """Return the filter on chunks; `documents` are those the source patterns allow, None for all."""
    parts = [write_visible(head)]
    if documents is not None:
        parts.append(f"document in {write_list(sorted(documents))}" if documents else NEVER)
    if where.collections:
        parts.append(f"collection in {write_list(where.collections)}")
    if where.tags:
        parts.append(f"array_contains_all(tags, {write_list(where.tags)})")
    if where.first_page is not None or where.last_page is not None:
        parts.append(f"page >= {max(1, where.first_page or 1)}")
    if where.last_page is not None:
        parts.append(f"page <= {where.last_page}")
    if where.modified_from is not None:
        parts.append(f"modified >= {where.modified_from!r}")
    if where.modified_to is not None:
        parts.append(f"modified <= {where.modified_to!r}")
    return " and ".join(parts)


def write_tokens(tokens: Sequence[str]) -> str:
    """Return tokens as text that every analyzer cuts into the same words again.

    milvus-lite knows no whitespace tokenizer: its `standard` one keeps letters, digits and `_`.
    """
    return " ".join(NOT_A_WORD.sub(lambda match: f"_{ord(match[0]):x}_", token) for token in tokens)


def write_phrases(phrases: Sequence[Sequence[str]]) -> str:
    """Return conditions on the field `tokens`, which begins and ends with a space."""
    return "".join(
        f" and tokens like {quote(f'% {write_tokens(phrase)} %')}" for phrase in phrases if phrase
    )
