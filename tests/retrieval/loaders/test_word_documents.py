import pytest

from chalklens.errors import MediaError
from retrieval.documents import Section
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import LoadedDocument, load_document

from .office_samples import WORD, docx, paragraph, table, zipped


def load(data: bytes, limits: LoadLimits | None = None) -> LoadedDocument:
    return load_document(data, "report.docx", collection="c", source="report.docx", limits=limits)


def text_of(body: str) -> str:
    return load(docx(body)).text


def test_paragraphs_headings_and_sections_are_kept() -> None:
    body = (
        paragraph("One", "H1") + paragraph("First.") + paragraph("Sub", "H2") + paragraph("More.")
    )
    loaded = load(docx(body, title="My report"))
    assert loaded.title == "My report"
    assert loaded.text == "One\n\nFirst.\n\nSub\n\nMore."
    assert loaded.sections == (Section(0, ("One",)), Section(13, ("One", "Sub")))


@pytest.mark.parametrize(
    ("style", "level"), [("H2", 1), ("Own", 1), ("Out", 1), ("A", 0), ("?", 0)]
)
def test_a_heading_is_known_by_what_its_style_inherits(style: str, level: int) -> None:
    assert len(load(docx(paragraph("Words", style))).sections[0].headings) == level


def test_the_title_paragraph_is_the_title_when_the_properties_have_none() -> None:
    loaded = load(docx(paragraph("On rivers", "T") + paragraph("Text.")))
    assert (loaded.title, loaded.sections) == ("On rivers", (Section(0),))


def test_a_file_without_title_is_called_by_its_name() -> None:
    assert load(docx(paragraph("Text."))).title == "report"


def test_list_items_stay_together() -> None:
    body = paragraph("one", "Item") + paragraph("two", "Item") + paragraph("After.")
    assert text_of(body) == "- one\n- two\n\nAfter."


def test_tables_become_rows_and_long_cells_paragraphs() -> None:
    rows = table([["a", "b|c"], ["1", ""]])
    layout = f"<w:tbl><w:tr><w:tc>{paragraph('x' * 700)}</w:tc><w:tc>{paragraph('y')}</w:tc></w:tr></w:tbl>"
    text = text_of(paragraph("Before.") + rows + paragraph("After.") + layout)
    assert text == f"Before.\n\n| a | b\\|c |\n| 1 |  |\n\nAfter.\n\n{'x' * 700}\n\ny"


def test_a_table_in_a_cell_becomes_part_of_its_row() -> None:
    inner = table([["1", "2"]])
    body = f"<w:tbl><w:tr><w:tc>{inner}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>"
    assert text_of(body) == "| \\| 1 \\| 2 \\| | b |"


@pytest.mark.parametrize(
    "hidden",
    [
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>",
        '<w:del w:id="1"><w:r><w:delText>secret</w:delText></w:r></w:del>',
        '<w:moveFrom w:id="1"><w:r><w:t>secret</w:t></w:r></w:moveFrom>',
        "<w:r><w:instrText>secret</w:instrText></w:r>",
    ],
)
def test_what_a_reader_does_not_see_is_dropped(hidden: str) -> None:
    body = f"<w:p><w:r><w:t>a</w:t></w:r>{hidden}<w:r><w:t>b</w:t></w:r></w:p>"
    assert text_of(body) == "ab"


@pytest.mark.parametrize(
    "shown",
    [
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r>',
        '<w:ins w:id="1"><w:r><w:t>seen</w:t></w:r></w:ins>',
        "<w:hyperlink><w:r><w:t>seen</w:t></w:r></w:hyperlink>",
        "<w:sdt><w:sdtContent><w:r><w:t>seen</w:t></w:r></w:sdtContent></w:sdt>",
    ],
)
def test_what_a_reader_sees_is_kept_wherever_it_is_nested(shown: str) -> None:
    assert text_of(f"<w:p>{shown}</w:p>") == "seen"


def test_content_controls_around_paragraphs_are_read() -> None:
    assert text_of(f"<w:sdt><w:sdtContent>{paragraph('inside')}</w:sdtContent></w:sdt>") == "inside"


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    body = (
        "<w:p><w:r><mc:AlternateContent xmlns:mc='urn:mc'>"
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        "<w:r><w:t>around</w:t></w:r></w:p>"
    )
    assert text_of(body) == "boxed\n\naround"


def test_breaks_and_tabs_are_white_space_but_tab_stops_are_not() -> None:
    stops = '<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
    body = f"<w:p>{stops}<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"
    assert text_of(body) == "a\tb\nc"


def test_footnotes_come_last_and_under_no_heading() -> None:
    notes = f'<w:footnotes xmlns:w="{WORD}"><w:footnote>{paragraph("A note.")}</w:footnote></w:footnotes>'
    data = docx(paragraph("One", "H1"), extra={"word/footnotes.xml": notes})
    loaded = load(data)
    assert loaded.text == "One\n\nA note."
    assert loaded.sections[-1] == Section(5)


def test_the_strict_dialect_is_read_as_well() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    part = f'<w:document xmlns:w="{strict}"><w:body>{paragraph("Words.")}</w:body></w:document>'
    assert load(docx("", extra={"word/document.xml": part})).text == "Words."


def test_an_entity_bomb_is_refused() -> None:
    part = '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'
    with pytest.raises(MediaError, match="document type"):
        load(docx("", extra={"word/document.xml": part}))


@pytest.mark.parametrize("part", ["", "<w:document>", "no xml", b"\xff\xfe\0", "<a>" * 300])
def test_a_damaged_part_is_a_clear_error(part: str | bytes) -> None:
    with pytest.raises(MediaError, match="damaged"):
        load(docx("", extra={"word/document.xml": part}))


def test_a_document_without_words_is_an_error() -> None:
    with pytest.raises(MediaError, match="no text"):
        load(docx(paragraph(" ")))


def test_an_archive_of_something_else_is_refused_by_name() -> None:
    with pytest.raises(MediaError, match="archive"):
        load(zipped({"a.txt": "words"}))
    with pytest.raises(MediaError, match="Word and PowerPoint"):
        load(zipped({"_rels/.rels": _main("xl/workbook.xml"), "xl/workbook.xml": "<a/>"}))


def _main(part: str) -> str:
    return (
        '<R xmlns="urn:r"><Relationship Id="1" Target="'
        + part
        + '" Type="urn:x/officeDocument"/></R>'
    )
