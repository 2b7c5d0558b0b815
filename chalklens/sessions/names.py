"""File names from titles: nothing in a title can lead elsewhere, hide or collide by spelling.

How it is used: `for name in candidate_names("Fractions, week 3", day): ...` and take the first that is
free: `2026-11-27-fractions-week-3.md`, then `...-2.md` to `...-9.md`, then some with random ends.
Letters and digits of every script stay, in compatibility form (NFKC) and lower case, so that two
spellings of one title are one name on every file system; everything else becomes a dash. The date
in front keeps away empty, hidden and reserved names (`CON`), and options (`--help`).

What it leaves out: whether a name is free, which only creating the file can tell (`files.py`).
"""

import secrets
import unicodedata
from collections.abc import Iterator

MAX_SLUG_CHARS = 60
MAX_SLUG_BYTES = 120
NUMBERED = 9
DRAWN = 8
SUFFIX = ".md"
EMPTY = "session"
# Letters by category that show nothing: Hangul fillers (Unicode, DerivedCoreProperties,
# Default_Ignorable_Code_Point).
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")


def make_slug(title: str) -> str:
    """Return 1 to 60 letters, digits and single dashes, at most 120 bytes in UTF-8."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).casefold())
    words = "".join(c if c.isalnum() and c not in _UNSEEN else " " for c in folded).split()
    slug = "-".join(words)[:MAX_SLUG_CHARS]
    return slug.encode()[:MAX_SLUG_BYTES].decode("utf-8", "ignore").strip("-") or EMPTY


def candidate_names(title: str, day: str) -> Iterator[str]:
    """Yield file names for a title, the plainest first; `day` as in 2026-11-27."""
    stem = f"{day}-{make_slug(title)}"
    yield stem + SUFFIX
    for number in range(2, NUMBERED + 1):
        yield f"{stem}-{number}{SUFFIX}"
    for _ in range(DRAWN):
        yield f"{stem}-{secrets.token_hex(4)}{SUFFIX}"
