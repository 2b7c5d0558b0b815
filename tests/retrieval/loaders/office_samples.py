"""Small Word and PowerPoint files for tests, written part by part so that each can be wrong."""

import io
import zipfile
from collections.abc import Mapping, Sequence

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"

STYLES = f"""<w:styles xmlns:w="{WORD}">
<w:style w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="H2"><w:name w:val="heading 2"/></w:style>
<w:style w:styleId="Own"><w:name w:val="My chapter"/><w:basedOn w:val="H1"/></w:style>
<w:style w:styleId="Out"><w:name w:val="Deep"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:styleId="Item"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:styleId="A"><w:name w:val="Loop"/><w:basedOn w:val="B"/></w:style>
<w:style w:styleId="B"><w:name w:val="Loop"/><w:basedOn w:val="A"/></w:style>
</w:styles>"""


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """Return a relationship part; a target is the last word of its type, and where it is."""
    rows = (
        f'<Relationship Id="r{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{"".join(rows)}</Relationships>'


def core(title: str) -> str:
    """Return the core properties with a title."""
    return (
        '<p:coreProperties xmlns:p="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></p:coreProperties>'
    )


def paragraph(text: str, style: str = "", run: str = "") -> str:
    """Return a paragraph with one run; `run` are its properties."""
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table of plain cells."""
    cells = ("".join(f"<w:tc>{paragraph(c)}</w:tc>" for c in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def docx(body: str, *, title: str = "", extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a Word file with a body, styles, and other parts."""
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(
            ("officeDocument", "word/document.xml"), ("core-properties", "/docProps/core.xml")
        ),
        "docProps/core.xml": core(title),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        "word/_rels/document.xml.rels": relations(
            ("styles", "styles.xml"), ("footnotes", "footnotes.xml")
        ),
        "word/styles.xml": STYLES,
    }
    return zipped({**parts, **(extra or {})})


def shape(text: str, kind: str = "body", field: str = "") -> str:
    """Return a shape whose lines are paragraphs; `field` adds a field of this type."""
    lines = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    added = f'<a:p><a:fld type="{field}"><a:t>17</a:t></a:fld></a:p>' if field else ""
    return (
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        f"<p:txBody>{lines}{added}</p:txBody></p:sp>"
    )


def slide(*shapes: str) -> str:
    """Return a slide part."""
    return f'<p:sld xmlns:p="{SLIDE}" xmlns:a="{DRAWING}">{"".join(shapes)}</p:sld>'


def pptx(slides: Sequence[str], *, title: str = "", notes: str = "") -> bytes:
    """Return a presentation; `notes` are those of the first slide."""
    order = "".join(f'<p:sldId r:id="r{i}"/>' for i in range(1, len(slides) + 1))
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(
            ("officeDocument", "ppt/presentation.xml"), ("core-properties", "docProps/core.xml")
        ),
        "docProps/core.xml": core(title),
        "ppt/presentation.xml": (
            f'<p:presentation xmlns:p="{SLIDE}" xmlns:r="{OFFICE}">{order}</p:presentation>'
        ),
        # Named against their order, which the presentation decides.
        "ppt/_rels/presentation.xml.rels": relations(
            *[("slide", f"slides/slide{99 - i}.xml") for i in range(len(slides))]
        ),
    }
    for i, content in enumerate(slides):
        parts[f"ppt/slides/slide{99 - i}.xml"] = content
    if notes:
        target = ("notesSlide", "../notesSlides/notes.xml")
        parts["ppt/slides/_rels/slide99.xml.rels"] = relations(target)
        parts["ppt/notesSlides/notes.xml"] = slide(shape(notes), shape("1", "sldNum"))
    return zipped(parts)
