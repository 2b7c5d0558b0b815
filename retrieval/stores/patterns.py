"""Shell patterns as regular expressions that PostgreSQL and Lucene understand alike.

How it is used: `write_regex("guides/[a-c]*.pdf")` gives `guides/[a-c].*\\.pdf`, not anchored. The meaning
is that of `fnmatch.fnmatchcase`: `*` also crosses `/`, a `[` without its `]` stands for itself. What it
leaves out: matching.
"""

NOTHING = "[\uffff]"  # a character that no name has
PLAIN = frozenset("/ _-,:;=%!'`")


def write_regex(pattern: str) -> str:
    """Return the regular expression of a shell pattern."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        end = _find_end(pattern, position) if character == "[" else -1
        if end > 0:
            parts.append(_write_class(pattern[position:end]))
            position = end + 1
        else:
            parts.append({"*": ".*", "?": "."}.get(character) or _escape(character))
    return "".join(parts)


def _find_end(pattern: str, start: int) -> int:
    """Return where the class that begins at `start` has its `]`; -1 for nowhere."""
    first = start + 1 if pattern[start : start + 1] == "!" else start
    return pattern.find("]", first + 1)


def _write_class(inside: str) -> str:
    negated = inside.startswith("!")
    items = _list_items(inside[1:] if negated else inside)
    if not items:
        return "." if negated else NOTHING
    return f"[{'^' if negated else ''}{''.join(items)}]"


def _list_items(inside: str) -> list[str]:
    items: list[str] = []
    position = 0
    while position < len(inside):
        first, last = inside[position], inside[position]
        if inside[position + 1 : position + 2] == "-" and position + 2 < len(inside):
            last = inside[position + 2]
            position += 2
        position += 1
        if first <= last:  # a range the wrong way round holds nothing
            items.append(_escape_in_class(first))
            items.extend(["-", _escape_in_class(last)] if first != last else [])
    return items


def _escape(character: str) -> str:
    return character if not _is_special(character) else "\\" + character


def _escape_in_class(character: str) -> str:
    return "\\" + character if character == "-" or _is_special(character) else character


def _is_special(character: str) -> bool:
    return character.isascii() and not character.isalnum() and character not in PLAIN
