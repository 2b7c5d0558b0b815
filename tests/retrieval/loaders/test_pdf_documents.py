import io
from collections.abc import Sequence

import pytest
from PIL import Image

from chalklens.errors import MediaError
from retrieval.documents import Section
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import LoadedDocument, load_document
from tests.chalklens.media.pdf_samples import encrypted_pdf, pdf, scripted_pdf

FONT = "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
CHINESE_FONT = (
    "/Resources<</Font<</F1<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H"
    "/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>"
    "/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/StemV 80"
    "/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700>>>>]>>>>>>"
)
RED_BOX = b"1 0 0 rg 0 0 72 36 re f"


def page(*lines: str) -> bytes:
    """Content of a page with lines from the top."""
    rows = (f"1 0 0 1 5 {60 - 9 * i} Tm ({line}) Tj" for i, line in enumerate(lines))
    return f"BT /F1 8 Tf {' '.join(rows)} ET".encode()


def document(pages: Sequence[bytes], outline: Sequence[tuple[str, int, int]] = ()) -> bytes:
    """A PDF; outline entries are words, page, and the number of their parent (0 for none)."""
    first = 3 + 2 * len(pages)
    objects: list[bytes] = []
    tops = [i for i, (_, _, parent) in enumerate(outline, start=1) if not parent]
    if outline:
        objects.append(f"<</First {first + tops[0]} 0 R/Last {first + tops[-1]} 0 R>>".encode())
    for i, (words, target, parent) in enumerate(outline, start=1):
        siblings = [j for j, (_, _, p) in enumerate(outline, start=1) if p == parent and j > i]
        children = [j for j, (_, _, p) in enumerate(outline, start=1) if p == i]
        following = f"/Next {first + siblings[0]} 0 R" if siblings else ""
        inner = (
            f"/First {first + children[0]} 0 R/Last {first + children[-1]} 0 R" if children else ""
        )
        objects.append(
            f"<</Title({words})/Parent {first + parent} 0 R/Dest[{1 + 2 * target} 0 R/Fit]"
            f"{following}{inner}>>".encode()
        )
    extra = f"/Outlines {first} 0 R" if outline else ""
    return pdf(contents=pages, page_extra=FONT, catalog_extra=extra, objects=objects)


def load(data: bytes, limits: LoadLimits | None = None) -> LoadedDocument:
    return load_document(data, "a.pdf", collection="c", source="a.pdf", limits=limits)


def test_each_page_is_a_section() -> None:
    loaded = load(document([page("First page"), page("Second page")]))
    assert loaded.text == "First page\n\nSecond page"
    assert loaded.sections == (Section(0, (), 1), Section(12, (), 2))
    assert (loaded.title, loaded.unread_pages) == ("a", ())


def test_outline_entries_begin_sections_where_their_words_stand() -> None:
    pages = [page("Start", "words"), page(*["x" * 30] * 3, "1.1 Next part", "more"), page("end")]
    outline = [("Start", 1, 0), ("next  PART", 2, 1), ("Nowhere", 3, 0)]
    loaded = load(document(pages, outline))
    found = [(s.page, s.headings, loaded.text[s.start :].split("\n")[0]) for s in loaded.sections]
    assert found == [
        (1, ("Start",), "Start"),
        (2, ("Start",), "x" * 30),
        (2, ("Start", "next PART"), "1.1 Next part"),
        (3, ("Nowhere",), "end"),
    ]


def test_a_running_head_above_a_heading_belongs_to_it() -> None:
    loaded = load(document([page("17", "Chapter", "words")], [("Chapter", 1, 0)]))
    assert loaded.sections == (Section(0, ("Chapter",), 1),)


def test_pages_that_only_show_something_are_reported() -> None:
    loaded = load(document([page("Words here"), RED_BOX, b"", page("7")]))
    assert loaded.unread_pages == (2, 4)
    assert loaded.text == "Words here\n\n7"


def test_a_scan_without_a_text_layer_is_an_error_that_says_so() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (100, 100), "white").save(buffer, "PDF")
    with pytest.raises(MediaError, match="scanned document") as caught:
        load(buffer.getvalue())
    assert caught.value.code == "no_text"


def test_words_and_chinese_lines_cut_by_the_page_are_joined() -> None:
    english = load(document([page("This sentence has a hy-", "phen in it.", "Next line.")]))
    assert english.text == "This sentence has a hyphen in it.\nNext line."
    lines = ("检索系统把文档切成段落再为每", "个段落建立索引。", "完毕")
    rows = (
        f"1 0 0 1 5 {60 - 9 * i} Tm <{t.encode('utf-16-be').hex()}> Tj" for i, t in enumerate(lines)
    )
    content = f"BT /F1 8 Tf {' '.join(rows)} ET".encode()
    chinese = load(pdf(contents=[content], page_extra=CHINESE_FONT))
    assert chinese.text == "检索系统把文档切成段落再为每个段落建立索引。\n完毕"


def test_scripts_and_actions_do_nothing() -> None:
    with pytest.raises(MediaError, match="No text"):
        load(scripted_pdf())


def test_an_encrypted_document_needs_a_password() -> None:
    with pytest.raises(MediaError, match="needs a password"):
        load(encrypted_pdf())


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", pdf(contents=[]), b"%PDF-1.7\n" + bytes(1000), pdf()[:60]]
)
def test_a_damaged_document_is_a_clear_error(data: bytes) -> None:
    with pytest.raises(MediaError) as caught:
        load(data)
    assert caught.value.hint


def test_the_number_of_pages_has_a_limit() -> None:
    with pytest.raises(MediaError, match="more than 2 pages"):
        load(document([page("x")] * 3), LoadLimits(pages=2))
