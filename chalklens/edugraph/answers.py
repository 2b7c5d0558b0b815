"""Reads JSON out of a model's answer, however untidy: the values that are complete, and no more.

How it is used: `read_values(text)` returns the objects and arrays found in the text, in order, as
dicts and lists. Chatter around them, code fences, single quotes, missing quotes, comments, trailing
commas and a missing end are all forgiven. A string or word that the end of the text cuts off is
dropped, because half an id may be another id (`NumbersSmaller10` of `NumbersSmaller1000`).

What it leaves out: any meaning (see `labels`), and repair of answers that are not JSON-like at all.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

MAX_DEPTH: Final = 32

_START: Final = re.compile(r"[{\[]")
_TOKEN: Final = re.compile(
    r"""
      (?P<space>   \s+ | //[^\n]* | `+ )
    | (?P<string>  "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | “[^”\n]*” )
    | (?P<cut>     ["'“][^\n]* )
    | (?P<sign>    [{}\[\],:] )
    | (?P<word>    [^\s{}\[\],"'“`]+ )
    """,
    re.VERBOSE,
)
_CLOSES: Final = {"}": dict, "]": list}
_CONSTANTS: Final[dict[str, Any]] = {
    "null": None, "none": None, "true": True, "false": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The values of a text. `truncated`: something was cut off or never closed."""

    values: list[Any]
    truncated: bool


@dataclass(slots=True)
class _Frame:
    """An object or array being read. `key` is the name waiting for its value."""

    container: dict[str, Any] | list[Any]
    key: str | None = None
    loose: str | None = None  # a text that is a key if a colon follows

    def put(self, value: Any) -> None:
        if isinstance(self.container, list):
            self.container.append(value)
        elif self.key is not None:
            self.container[self.key] = value
            self.key = None
        elif isinstance(value, str):
            self.loose = value

    def colon(self) -> None:
        self.key, self.loose = self.loose, None

    def comma(self) -> None:
        """End an entry; a text without a value, as in a Python set, becomes a key without one."""
        if isinstance(self.container, dict) and self.loose is not None:
            self.container.setdefault(self.loose, None)
        self.key = self.loose = None


@dataclass(slots=True)
class _Scan:
    values: list[Any] = field(default_factory=list[Any])
    stack: list[_Frame] = field(default_factory=list[_Frame])
    truncated: bool = False

    def open(self, container: dict[str, Any] | list[Any]) -> None:
        if self.stack:
            self.stack[-1].put(container)
        else:
            self.values.append(container)
        self.stack.append(_Frame(container))

    def close(self, kind: type) -> None:
        """Close the innermost value of this kind, and what was left open inside it."""
        for depth in range(len(self.stack) - 1, -1, -1):
            if isinstance(self.stack[depth].container, kind):
                for frame in self.stack[depth:]:
                    frame.comma()
                del self.stack[depth:]
                return


def read_values(text: str) -> Answer:
    """Find the JSON-like objects and arrays in a text.

    Returns:
        The outermost values in the order of the text. Values nested deeper than `MAX_DEPTH` end the
        reading there.
    """
    scan = _Scan()
    position = 0
    while len(scan.stack) <= MAX_DEPTH:
        if not scan.stack:
            start = _START.search(text, position)
            position = start.start() if start else len(text)
        token = _TOKEN.match(text, position)
        if token is None:
            break
        position = token.end()
        _feed(scan, token, at_end=position == len(text))
    scan.truncated |= bool(scan.stack)
    return Answer(scan.values, scan.truncated)


def _feed(scan: _Scan, token: re.Match[str], *, at_end: bool) -> None:
    text = token[0]
    match token.lastgroup:
        case "sign":
            _feed_sign(scan, text)
        case "string":
            scan.stack[-1].put(_unquoted(text))
        case "cut":
            scan.truncated = True
        case "word" if at_end:
            scan.truncated = True
        case "word":
            scan.stack[-1].put(_constant(text.removesuffix(":")))
            if text.endswith(":"):
                scan.stack[-1].colon()
        case _:
            pass


def _feed_sign(scan: _Scan, sign: str) -> None:
    if sign == "{":
        scan.open({})
    elif sign == "[":
        scan.open([])
    elif sign == ":":
        scan.stack[-1].colon()
    elif sign == ",":
        scan.stack[-1].comma()
    else:
        scan.close(_CLOSES[sign])


def _unquoted(text: str) -> str:
    try:
        value = str(json.loads(text, strict=False))
    except ValueError:
        value = re.sub(r"\\(.)", r"\1", text[1:-1])
    return value.encode("utf-8", "replace").decode("utf-8")  # an escape may name half a character


def _constant(word: str) -> Any:
    if word.lower() in _CONSTANTS:
        return _CONSTANTS[word.lower()]
    try:
        return float(word)
    except ValueError:
        return word
