import io
import zipfile

import pytest

from chalklens.errors import MediaError
from retrieval.documents import Section
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import LoadedDocument, load_document

from .office_samples import DRAWING, pptx, relations, shape, slide, zipped


def load(data: bytes, limits: LoadLimits | None = None) -> LoadedDocument:
    return load_document(data, "talk.pptx", collection="c", source="talk.pptx", limits=limits)


def test_each_slide_is_a_page_under_its_title() -> None:
    slides = [
        slide(shape("Rivers", "title"), shape("Long\nWide")),
        slide(shape("Lakes", "ctrTitle"), shape("Deep")),
    ]
    loaded = load(pptx(slides, title="Water"))
    assert loaded.title == "Water"
    assert loaded.text == "Rivers\n\nLong\nWide\n\nLakes\n\nDeep"
    assert loaded.sections == (Section(0, ("Rivers",), 1), Section(19, ("Lakes",), 2))


def test_the_title_comes_first_wherever_it_is_in_the_file() -> None:
    assert load(pptx([slide(shape("Body"), shape("Top", "title"))])).text == "Top\n\nBody"


@pytest.mark.parametrize("stated", ["", "PowerPoint Presentation"])
def test_the_first_slide_gives_the_title_when_the_properties_do_not(stated: str) -> None:
    assert load(pptx([slide(shape("Rivers", "title"))], title=stated)).title == "Rivers"


def test_notes_follow_their_slide() -> None:
    loaded = load(pptx([slide(shape("Rivers", "title"))], notes="Speak slowly."))
    assert loaded.text == "Rivers\n\nNotes: Speak slowly."


def test_numbers_dates_and_footers_are_dropped() -> None:
    shapes = [shape("Words", field="slidenum"), shape("9", "sldNum"), shape("today", "dt")]
    assert load(pptx([slide(*shapes, shape("Company", "ftr"))])).text == "Words"


def test_tables_become_rows() -> None:
    cells = "".join(f"<a:tc><a:p><a:r><a:t>{c}</a:t></a:r></a:p></a:tc>" for c in "ab")
    rows = (
        f"<p:graphicFrame><a:tbl><a:tr>{cells}</a:tr><a:tr>{cells}</a:tr></a:tbl></p:graphicFrame>"
    )
    assert load(pptx([slide(rows)])).text == "| a | b |\n| a | b |"


def test_texts_of_a_diagram_are_read() -> None:
    deck = pptx([slide(shape("Rivers", "title"))])
    assert load(_with_diagram(deck)).text == "Rivers\n\nStart\nEnd"


def _with_diagram(deck: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(deck)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    texts = "".join(f"<d:pt><a:p><a:r><a:t>{t}</a:t></a:r></a:p></d:pt>" for t in ("Start", "End"))
    parts["ppt/slides/_rels/slide99.xml.rels"] = relations(("diagramData", "../diagrams/data1.xml"))
    parts["ppt/diagrams/data1.xml"] = f'<d:m xmlns:d="urn:d" xmlns:a="{DRAWING}">{texts}</d:m>'
    return zipped(parts)


def test_the_number_of_slides_has_a_limit() -> None:
    with pytest.raises(MediaError, match="more than 2 pages"):
        load(pptx([slide(shape("x"))] * 3), LoadLimits(pages=2))
