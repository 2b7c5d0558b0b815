"""Word documents (.docx): paragraphs, headings, lists and tables in order, then the notes.

How it is used: `load_word(package, main, limits)`. Headings are known by their style's name or outline
level, wherever the style inherits it. Dropped: deleted and moved-away text, hidden text, field
instructions, and the fallbacks that repeat a text box.

What it leaves out: headers and footers, comments, pictures, charts, pages (they exist only in layout).
Source: ECMA-376, part 1 (WordprocessingML); elements are told by their local names, which are the
same in the strict dialect.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from retrieval.loaders.blocks import BlockFlow
from retrieval.loaders.draft import Block, Draft, DraftBuilder
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.markup import QuietTarget, local_name
from retrieval.loaders.office_package import OfficePackage, read_title, read_xml

MAX_STYLE_PARENTS = 20
_HEADING = re.compile(r"heading (\d)$", re.I)
_SKIPPED = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText", "delInstrText"})
_SHOWN = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_SWITCHED_OFF = frozenset({"0", "false", "off", "none"})


def load_word(package: OfficePackage, main: str, limits: LoadLimits) -> Draft:
    """Return the text of a Word document.

    Raises:
        MediaError: Damaged, or over a limit.
    """
    styles = _read_styles(package, main)
    builder = DraftBuilder(limits)
    body = _Body(BlockFlow(builder.add_block), styles)
    read_xml(package.read(main), body)
    for kind in ("footnotes", "endnotes"):
        for part in package.find_related(main, kind):
            builder.set_headings(())
            read_xml(package.read(part), _Body(BlockFlow(builder.add_block), {}))
    return builder.finish(read_title(package) or body.title)


@dataclass(slots=True)
class _Style:
    """A paragraph style.

    Attributes:
        level: Of a heading, 0 for none, -1 for the document's title.
        is_item: Whether it makes list items.
        parent: The style it continues.
    """

    level: int = 0
    is_item: bool = False
    parent: str = ""


class _Styles(QuietTarget):
    """Takes the events of the style sheet."""

    def __init__(self) -> None:
        self.found: dict[str, _Style] = {}
        self._style = _Style()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name, value = local_name(tag), _value(attributes)
        if name == "style":
            self._style = self.found.setdefault(_attribute(attributes, "styleId"), _Style())
        elif name == "basedOn":
            self._style.parent = value
        elif name == "name" and (heading := _HEADING.match(value)):
            self._style.level = int(heading[1])
        elif name == "name" and value.lower() == "title":
            self._style.level = -1
        elif name == "outlineLvl" and not self._style.level:
            self._style.level = _outline_level(value)
        elif name == "numPr":
            self._style.is_item = True


def _read_styles(package: OfficePackage, main: str) -> dict[str, _Style]:
    """Styles by id, with what they inherit."""
    styles = _Styles()
    for part in package.find_related(main, "styles"):
        read_xml(package.read(part), styles)
    return {name: _inherit(name, styles.found) for name in styles.found}


def _inherit(name: str, styles: Mapping[str, _Style]) -> _Style:
    chain: list[_Style] = []
    while name in styles and len(chain) < MAX_STYLE_PARENTS:
        chain.append(styles[name])
        name = chain[-1].parent
    level = next((style.level for style in chain if style.level), 0)
    return _Style(level, any(style.is_item for style in chain))


@dataclass(slots=True)
class _Paragraph:
    """A paragraph that is open."""

    parts: list[str] = field(default_factory=list[str])
    level: int = 0
    is_item: bool = False


class _Body:
    """Takes the events of the document's main part or of its notes."""

    def __init__(self, flow: BlockFlow, styles: Mapping[str, _Style]) -> None:
        self._flow, self._styles = flow, styles
        self._open: list[_Paragraph] = []
        self._skipped = 0
        self._in_text = self._in_properties = self._is_hidden = self._after_item = False
        self.title = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = local_name(tag)
        if self._skipped or name in _SKIPPED:
            self._skipped += 1
        elif name == "p":
            self._open.append(_Paragraph())
        elif name == "tr":
            self._flow.open_row()
        elif name == "tc":
            self._flow.open_cell()
        elif self._open:
            self._start_inside(name, attributes)

    def _start_inside(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in ("pPr", "rPr"):
            self._in_properties = True
        elif self._in_properties:
            self._note_property(name, attributes)
        elif name == "r":
            self._is_hidden = False
        elif name == "t":
            self._in_text = True
        elif name in _SHOWN and not self._is_hidden:
            self._open[-1].parts.append(_SHOWN[name])

    def _note_property(self, name: str, attributes: Mapping[str, str]) -> None:
        paragraph, value = self._open[-1], _value(attributes)
        if name == "pStyle":
            style = self._styles.get(value, _Style())
            paragraph.level, paragraph.is_item = style.level, style.is_item
        elif name == "outlineLvl":
            paragraph.level = _outline_level(value) or paragraph.level
        elif name == "numId":
            paragraph.is_item = value != "0"  # 0 takes the style's numbering away
        elif name in ("vanish", "webHidden"):
            self._is_hidden = value not in _SWITCHED_OFF

    def end(self, tag: str) -> None:
        """An element ends."""
        name = local_name(tag)
        if self._skipped:
            self._skipped -= 1
        elif name == "p" and self._open:
            self._finish(self._open.pop())
        elif name in ("pPr", "rPr"):
            self._in_properties = False
            if name == "pPr":  # the mark of a paragraph may be hidden, which hides no text
                self._is_hidden = False
        elif name == "t":
            self._in_text = False
        elif name == "tc":
            self._flow.close_cell()
        elif name == "tr":
            self._flow.close_row()

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._in_text and self._open and not self._skipped and not self._is_hidden:
            self._open[-1].parts.append(text)

    def close(self) -> None:
        """The part ends."""
        self._flow.close()

    def _finish(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.parts).strip()
        if not text:
            return
        if paragraph.level < 0:
            self.title = self.title or text
        is_item = paragraph.is_item and paragraph.level <= 0
        gap = 1 if is_item and self._after_item else 2
        self._after_item = is_item
        shown = f"- {text}" if is_item else text
        self._flow.add(Block(shown, gap, max(0, paragraph.level)))


def _attribute(attributes: Mapping[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if local_name(key) == name), "")


def _value(attributes: Mapping[str, str]) -> str:
    return _attribute(attributes, "val")


def _outline_level(value: str) -> int:
    """Heading level of an outline level; 9 is body text."""
    return int(value) + 1 if value.isdecimal() and len(value) == 1 and value != "9" else 0
