import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import MediaError
from retrieval.documents import Section
from retrieval.loaders.draft import Draft
from retrieval.loaders.html_pages import find_charset, load_html, read_fragment
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.loading import load_document

LIMITS = LoadLimits()


def load(body: str, head: str = "") -> Draft:
    return load_html(f"<html><head>{head}</head><body>{body}</body></html>", LIMITS)


def test_title_headings_and_text_are_kept_in_order() -> None:
    draft = load(
        "<h1>One</h1><p>First <b>bold</b> text.</p><h2>Sub</h2>More.", "<title>A &amp; B</title>"
    )
    assert draft.title == "A & B"
    assert draft.text == "One\n\nFirst bold text.\n\nSub\n\nMore."
    assert draft.sections == (Section(0, ("One",)), Section(23, ("One", "Sub")))


def test_the_first_heading_is_the_title_when_there_is_no_other() -> None:
    assert load("<h1>Guide<a>¶</a></h1>x").title == "Guide"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>if (a < b) secret()</script>",
        "<style>.secret{}</style>",
        "<!-- secret -->",
        "<template><p>secret</p></template>",
        "<noscript>secret</noscript>",
        "<span hidden>secret</span>",
        "<div style='color: red; DISPLAY : none'>a<p>secret</p></div>",
        "<div style='visibility:hidden'>secret</div>",
        "<span style='font-size:0'>secret</span>",
        "<span style='opacity: 0.0'>secret</span>",
        "<i aria-hidden=true>secret</i>",
        "<img hidden alt=secret>",
        "<p hidden>secret<br>secret<img alt=x></p>",
        "<iframe src=x>secret</iframe>",
        "<video><p>secret</p></video>",
        "<svg><title>secret</title></svg>",
        "<input type=hidden value=secret>",
        "<?php secret ?>",
        "<p title=secret></p>",
    ],
)
def test_what_a_reader_does_not_see_is_dropped(hidden: str) -> None:
    assert load(f"<p>before</p>{hidden}<p>after</p>", "<title>t</title>").text == "before\n\nafter"


@pytest.mark.parametrize(
    "style", ["opacity:0.5", "font-size:0.8em", "display:inline", "max-height:10px"]
)
def test_what_is_only_small_or_pale_is_kept(style: str) -> None:
    assert load(f"<span style='{style}'>seen</span>").text == "seen"


def test_tables_become_rows() -> None:
    rows = "<tr><th>Name<th>Born<tr><td>Ada<td>1815<tr><td><p>Bob<p>Lee<td><ul><li>x<li>y</ul>"
    assert load(f"a<table>{rows}</table>b").text == (
        "a\n\n| Name | Born |\n| Ada | 1815 |\n| Bob Lee | - x - y |\n\nb"
    )


def test_a_table_that_lays_out_the_page_becomes_its_blocks() -> None:
    draft = load("<table><tr><td>Menu</td><td><h1>Main</h1><p>Text.</p></td></tr></table>")
    assert draft.text == "Menu\n\nMain\n\nText."
    assert draft.sections[-1].headings == ("Main",)


def test_code_keeps_its_lines_between_fences() -> None:
    assert load("<pre>def f():\n    return '```'</pre>").text == (
        "````\ndef f():\n    return '```'\n````"
    )


def test_lines_and_lists_are_lines() -> None:
    assert load("a<br>b<div>c</div><ul><li>d<li>e</ul>f").text == "a\nb\nc\n\n- d\n- e\n\nf"


def test_readings_beside_characters_are_dropped() -> None:
    assert load("<ruby>検索<rp>(</rp><rt>けんさく</rt><rp>)</rp></ruby>する").text == "検索する"


def test_the_text_of_a_picture_is_kept() -> None:
    assert read_fragment("<p>a<img alt='a cat'>b</p>") == "a a cat b"


def test_depth_does_not_matter() -> None:
    assert load("<div>" * 30_000 + "deep" + "</div>" * 30_000).text == "deep"
    assert load("<table><tr><td>" * 500 + "deep").text == "deep"


def test_broken_markup_is_read_as_far_as_it_goes() -> None:
    assert load("<p>a<b>b</p>c</b></div></td><p>d").text.split() == ["ab", "c", "d"]
    assert load("<p>a &amp &nosuch; &#x110000; b<p").text.startswith("a & &nosuch;")


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b'<meta charset="gbk">', "gbk"),
        (b"<META http-equiv=content-type content='text/html; charset=Big5'>", "Big5"),
        (b"<meta name=x content=y>", ""),
    ],
)
def test_the_declared_encoding_is_found(head: bytes, found: str) -> None:
    assert find_charset(b"<html><head>" + head) == found


def test_a_page_in_another_encoding_is_read() -> None:
    page = "<html><meta charset=gb2312><title>检索</title><p>检索系统把文档切成段落。"
    loaded = load_document(page.encode("gbk"), "a.html", collection="c", source="s")
    assert (loaded.title, loaded.text) == ("检索", "检索系统把文档切成段落。")


def test_a_page_without_visible_text_is_an_error() -> None:
    with pytest.raises(MediaError, match="no text"):
        load_document(b"<html><script>x()</script>", "a.html", collection="c", source="s")


TAGS = [
    "p",
    "div",
    "b",
    "h1",
    "h2",
    "td",
    "tr",
    "table",
    "li",
    "pre",
    "br",
    "script",
    "title",
    "img",
]
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(["<!--", "-->", "<p hidden>", "&amp;", "&#x41;", "<![CDATA[", "]]>", "<", '"']),
    st.text(max_size=8),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_markup_becomes_clean_text_with_sections_in_order(pieces: list[str]) -> None:
    draft = load_html("".join(pieces), LIMITS)
    starts = [section.start for section in draft.sections]
    assert starts == sorted(starts)
    assert not set(draft.text) & set("\0\r\ufeff\u200b")
    assert draft.text.encode().decode() == draft.text
    for section in draft.sections:
        words = draft.text[section.start :].split()
        assert not section.headings or words[: len(section.headings[-1].split())]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abc<>&\"' \n中", min_size=1, max_size=20), min_size=1, max_size=6))
def test_escaped_text_comes_back_as_it_was(texts: list[str]) -> None:
    body = "".join(f"<p>{html.escape(text)}</p>" for text in texts)
    expected = [" ".join(text.split()) for text in texts]
    assert load(body).text == "\n\n".join(text for text in expected if text)
