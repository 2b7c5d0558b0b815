"""PowerPoint presentations (.pptx): a page per slide, its title as heading, then its notes.

How it is used: `load_slides(package, main, limits)`. Shapes come in the order of the file, which is the
order in which a screen reader takes them; tables become rows, SmartArt its texts. Slide numbers and
dates are dropped.

What it leaves out: masters and layouts, comments, pictures, charts, animation.
Source: ECMA-376, part 1 (PresentationML, DrawingML).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from retrieval.loaders.blocks import BlockFlow
from retrieval.loaders.draft import Block, Draft, DraftBuilder
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.markup import QuietTarget, local_name
from retrieval.loaders.office_package import OfficePackage, read_title, read_xml

_TITLES = frozenset({"title", "ctrTitle"})
_REPEATED = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})
_FIELDS = ("slidenum", "datetime")
# What PowerPoint writes by itself.
_NO_TITLES = frozenset({"", "powerpoint presentation", "presentation", "slide 1", "title slide"})


def load_slides(package: OfficePackage, main: str, limits: LoadLimits) -> Draft:
    """Return the text of a presentation, one page per slide.

    Raises:
        MediaError: Damaged, or over a limit.
    """
    builder, first_title = DraftBuilder(limits), ""
    for page, part in enumerate(_list_slides(package, main), start=1):
        shapes = _read_shapes(package, part)
        builder.set_headings(())
        builder.open_page(page)
        for shape in sorted(shapes, key=lambda shape: not shape.is_title):  # the title first
            first_title = first_title or (shape.text if shape.is_title else "")
            _add_shape(builder, shape)
        _add_extras(builder, package, part)
    stated = read_title(package)
    return builder.finish(first_title if stated.lower() in _NO_TITLES else stated)


def _list_slides(package: OfficePackage, main: str) -> list[str]:
    """Parts of the slides in the order in which they are shown."""
    targets = {relation.id: relation.target for relation in package.list_relations(main)}
    order = _SlideOrder()
    read_xml(package.read(main), order)
    return [targets[name] for name in order.found if name in targets]


def _add_shape(builder: DraftBuilder, shape: "_Shape") -> None:
    if shape.is_title:
        builder.add_heading(1, shape.text)
        return
    for block in shape.blocks:
        builder.add_block(block)


def _add_extras(builder: DraftBuilder, package: OfficePackage, part: str) -> None:
    for kind, label in (("diagramData", ""), ("notesSlide", "Notes: ")):
        for extra in package.find_related(part, kind):
            texts = [shape.text for shape in _read_shapes(package, extra) if shape.blocks]
            if texts:
                builder.add(label + "\n".join(texts))


def _read_shapes(package: OfficePackage, part: str) -> list["_Shape"]:
    slide = _Slide()
    read_xml(package.read(part), slide)
    return [shape for shape in slide.shapes if shape.kind not in _REPEATED]


class _SlideOrder(QuietTarget):
    """Takes the events of the presentation part."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if local_name(tag) == "sldId":
            named = (value for key, value in attributes.items() if key.endswith("}id"))
            self.found += list(named)[:1]


@dataclass(slots=True)
class _Shape:
    """A shape with text."""

    kind: str = ""
    blocks: list[Block] = field(default_factory=list[Block])

    @property
    def is_title(self) -> bool:
        return self.kind in _TITLES and bool(self.blocks)

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


class _Slide:
    """Takes the events of a slide, of its notes or of a diagram."""

    def __init__(self) -> None:
        self.shapes = [_Shape()]  # texts of a diagram are in no shape
        self._flow = BlockFlow(self._accept)
        self._parts: list[str] = []
        self._skipped = 0
        self._in_text = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = local_name(tag)
        if self._skipped or name == "Fallback" or _is_field(name, attributes):
            self._skipped += 1
        elif name in ("sp", "graphicFrame"):
            self.shapes.append(_Shape())
        elif name == "ph":
            self.shapes[-1].kind = attributes.get("type", "")
        elif name == "br":
            self._parts.append("\n")
        elif name == "tr":
            self._flow.open_row()
        elif name == "tc":
            self._flow.open_cell()
        self._in_text = name == "t" and not self._skipped

    def end(self, tag: str) -> None:
        """An element ends."""
        name = local_name(tag)
        self._in_text = False
        if self._skipped:
            self._skipped -= 1
        elif name == "p":
            self._finish_paragraph()
        elif name == "tc":
            self._flow.close_cell()
        elif name == "tr":
            self._flow.close_row()

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._in_text:
            self._parts.append(text)

    def close(self) -> None:
        """The part ends."""
        self._flow.close()

    def _finish_paragraph(self) -> None:
        text, self._parts = "".join(self._parts).strip(), []
        if text:
            self._flow.add(Block(text, gap=1 if self.shapes[-1].blocks else 2))

    def _accept(self, block: Block) -> None:
        self.shapes[-1].blocks.append(block)


def _is_field(name: str, attributes: Mapping[str, str]) -> bool:
    """Tell whether an element is a slide number or a date."""
    return name == "fld" and attributes.get("type", "").startswith(_FIELDS)
