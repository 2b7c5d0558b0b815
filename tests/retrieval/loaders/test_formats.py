import pytest

from chalklens.errors import MediaError
from retrieval.loaders.formats import SUPPORTED, detect_format, find_suffix, parse_content_type
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import load_document, name_title

PDF, ZIP, PNG = b"%PDF-1.7\n", b"PK\x03\x04....", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


@pytest.mark.parametrize(
    ("data", "name", "content_type", "expected"),
    [
        (b"words", "a.md", "", "markdown"),
        (b"words", "A.MDX", "", "mdx"),
        (b"words", "noname", "", "text"),
        (b"words", "https://x.org/guide.html?a=1.pdf#b", "", "html"),
        (b"words", "https://x.org/", "text/html; charset=gbk", "html"),
        (b"words", "https://x.org/a", "application/json", "json"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "noname", "", "html"),
        (PDF, "a.txt", "text/plain", "pdf"),
        (b"\r\n" + PDF, "a.pdf", "", "pdf"),
        (ZIP, "a.txt", "", "office"),
        (PNG, "a.docx", "", "picture"),
        (b"BMW builds cars", "a.txt", "", "text"),
        (b"GIF89a is a format", "a.md", "", "markdown"),
        ("BM: wörter".encode("utf-16-le"), "a.txt", "", "text"),
    ],
)
def test_content_decides_then_the_name_then_the_server(
    data: bytes, name: str, content_type: str, expected: str
) -> None:
    assert detect_format(data, name, content_type) == expected


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "a.txt", "empty"),
        (OLE, "a.docx", "password-protected"),
        (OLE, "a.doc", "before 2007"),
        (b"{\\rtf1 x}", "a.rtf", "RTF"),
        (b"\x1f\x8b\x08", "a.txt", "archive"),
        (b"7z\xbc\xaf\x27\x1c", "a", "archive"),
        (b"\x7fELF", "a", "program"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a.pdf", "Git LFS"),
        (b"<html>login first</html>", "a.pdf", "does not fit"),
        (b"words", "a.docx", "does not fit"),
        (b"words", "a.png", "does not fit"),
    ],
)
def test_what_is_not_loaded_is_called_by_its_name(data: bytes, name: str, said: str) -> None:
    with pytest.raises(MediaError, match=said) as caught:
        detect_format(data, name)
    assert caught.value.hint


def test_suffixes_are_written_in_lower_case_with_a_dot() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUPPORTED)
    assert find_suffix("C:\\docs\\A.PDF") == ".pdf"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html; charset=GBK", ("text/html", "gbk")),
        ("TEXT/CSV", ("text/csv", "")),
        ("", ("", "")),
        ("nonsense\r\nx: y", ("text/plain", "")),
        ('text/html; charset="utf-8"; x=y', ("text/html", "utf-8")),
    ],
)
def test_a_content_type_is_taken_apart(header: str, expected: tuple[str, str]) -> None:
    assert parse_content_type(header) == expected


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("docs/annual report.v2.pdf", "annual report.v2"),
        ("https://x.org/a/first%20steps.html?q=1", "first steps"),
        ("https://x.org/", "x.org"),
        ("C:\\a\\b.txt", "b"),
        ("", "untitled"),
    ],
)
def test_a_name_is_the_title_when_there_is_no_other(name: str, title: str) -> None:
    assert name_title(name) == title


def test_form_feeds_part_pages_of_plain_text() -> None:
    loaded = load_document(b"one\ftwo\n", "a.txt", collection="c", source="s")
    assert loaded.text == "one\n\ntwo"
    assert [section.page for section in loaded.sections] == [1, 2]


def test_a_document_says_where_it_came_from() -> None:
    loaded = load_document(
        b"---\ntags: [b, c]\n---\nWords.",
        "x/a.md",
        collection="c",
        source="a.md",
        modified=5,
        tags=("a", "b"),
    )
    assert (loaded.collection, loaded.source, loaded.modified) == ("c", "a.md", 5)
    assert (loaded.title, loaded.tags, loaded.mime_type) == ("a", ("a", "b", "c"), "text/markdown")
    assert len(loaded.sha256) == 64


def test_a_file_over_its_limit_is_refused() -> None:
    with pytest.raises(MediaError, match="larger than"):
        load_document(
            b"x" * 11, "a.txt", collection="c", source="s", limits=LoadLimits(text_bytes=10)
        )


def test_a_picture_alone_has_no_text() -> None:
    with pytest.raises(MediaError, match="picture") as caught:
        load_document(PNG, "a.png", collection="c", source="s")
    assert caught.value.code == "no_text"
