# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
"""HTML and XML as a stream of events, by libxml2: no tree, so neither size nor depth matters.

How it is used: `feed_html(text, target)` and `feed_xml(data, target)` call the target's `start(tag,
attributes)`, `end(tag)`, `data(text)` and, at the end, `close()`. Nothing outside the document is
opened. XML with a document type is refused, so there are no entities to expand.

What it leaves out: comments, processing instructions, namespaces (`local_name` cuts them off: they
differ between dialects of the same format).
"""

from collections.abc import Mapping
from typing import Protocol

import lxml.etree as etree

from chalklens.errors import MediaError


class MarkupTarget(Protocol):
    """Takes the events of a parser."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        ...

    def end(self, tag: str) -> None:
        """An element ends."""
        ...

    def data(self, text: str) -> None:
        """Text between tags."""
        ...

    def close(self) -> None:
        """The document ends."""
        ...


class QuietTarget:
    """A target that takes no notice; others build on it what they need."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def data(self, text: str) -> None:
        """Text between tags."""

    def close(self) -> None:
        """The document ends."""


class _Guarded:
    """Passes events on, and refuses a document type."""

    def __init__(self, target: MarkupTarget) -> None:
        self.start, self.end = target.start, target.end
        self.data, self.close = target.data, target.close

    def doctype(self, *_: object) -> None:
        """Documents of this kind have none."""
        raise MediaError(
            "The document contains a document type, which is not allowed.",
            "Open it in the program that made it and save it again.",
        )


def feed_html(text: str, target: MarkupTarget) -> None:
    """Read HTML, however broken.

    Raises:
        MediaError: libxml2 gives up.
    """
    data = text.replace("\0", "").encode("utf-8", "replace")
    if not data.strip():
        return
    parser = etree.HTMLParser(target=target, encoding="utf-8", huge_tree=True, no_network=True)
    try:
        parser.feed(data)
        parser.close()
    except etree.XMLSyntaxError:
        raise MediaError(
            "The HTML page cannot be read: it is damaged.",
            "Open it in a browser and save it again.",
        ) from None


def feed_xml(data: bytes, target: MarkupTarget) -> bool:
    """Read XML; return whether it was well-formed to its end.

    Raises:
        MediaError: It has a document type.
    """
    parser = etree.XMLParser(target=_Guarded(target), resolve_entities=False, no_network=True)
    try:
        parser.feed(data)
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return True


def local_name(tag: str) -> str:
    """Return a tag or attribute name without its namespace."""
    return tag.rpartition("}")[2]
