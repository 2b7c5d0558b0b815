# pyright: reportUnknownMemberType=false
"""Front matter of Markdown files: YAML between `---` lines, or TOML between `+++` lines.

How it is used: `split_front_matter(text)` returns what it says and the rest. What looks like it but
cannot be read as a mapping stays text, so that nothing is lost. YAML tags are never followed: every
scalar is a string (`BaseLoader`), and merge keys, which can grow without end, are plain keys.

What it leaves out: every key but title and tags.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from retrieval.loaders.cleaning import clean_line

FRONT_MATTER_CHARS = 64 << 10
MAX_TAGS = 32
TAG_CHARS = 64
_TAG_KEYS = ("tags", "keywords", "categories")
_ENDS = {"---": ("---", "..."), "+++": ("+++",)}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Title and tags, possibly empty."""

    title: str = ""
    tags: tuple[str, ...] = ()


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return the front matter and the text after it; all of the text when there is none."""
    mark = text.partition("\n")[0].rstrip()
    lines = text[:FRONT_MATTER_CHARS].split("\n")
    ends = _ENDS.get(mark, ())
    end = next((i for i, line in enumerate(lines) if i and line.rstrip() in ends), None)
    if end is None:
        return FrontMatter(), text
    head = "\n".join(lines[1:end])
    facts = _read_toml(head) if mark == "+++" else _read_yaml(head)
    if facts is None:
        return FrontMatter(), text
    rest = text[sum(len(line) + 1 for line in lines[: end + 1]) :]
    return FrontMatter(_read_title(facts), _read_tags(facts)), rest


def _read_yaml(text: str) -> Mapping[str, object] | None:
    import yaml

    loader = yaml.BaseLoader(text)
    try:
        found = loader.get_single_data()
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    finally:
        loader.dispose()
    if found is None and not text.strip():
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else None


def _read_toml(text: str) -> Mapping[str, object] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _read_title(facts: Mapping[str, object]) -> str:
    title = facts.get("title")
    return clean_line(title) if isinstance(title, str) else ""


def _read_tags(facts: Mapping[str, object]) -> tuple[str, ...]:
    found: list[str] = []
    for key in _TAG_KEYS:
        value = facts.get(key)
        words = value.split(",") if isinstance(value, str) else value
        if isinstance(words, list):
            found += [word for word in cast("list[object]", words) if isinstance(word, str)]
    tags = (clean_line(word, TAG_CHARS) for word in found)
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS]
