from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chalklens.sessions.markdown import fence, front_matter, inline

NASTY = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            [
                "```",
                "~~~",
                "````text",
                "\n",
                "\r",
                "---",
                "# ",
                "[1]: http://e.example",
                "![](x)",
                "<script>",
                "<!--",
                "*",
                "_",
                "`",
                "|",
                "\\",
                "&amp;",
                "1. ",
                "- ",
                "> ",
                "@a",
                "$x$",
            ]
        ),
    ),
    max_size=12,
).map("".join)


def encodable(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


@given(NASTY.filter(encodable))
@settings(max_examples=80, deadline=None)
def test_a_fence_gives_the_text_back_and_nothing_escapes_it(text: str) -> None:
    page = f"before\n\n{fence(text)}\n\nafter\n"
    tokens = MarkdownIt("commonmark").parse(page)
    assert [t.type for t in tokens if t.level == 0 and t.nesting >= 0] == [
        "paragraph_open",
        "fence",
        "paragraph_open",
    ]
    [found] = [t.content for t in tokens if t.type == "fence"]
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    assert found == plain + "\n"


@given(NASTY.filter(encodable))
@settings(max_examples=80, deadline=None)
def test_inline_text_is_read_as_text_wherever_it_stands(text: str) -> None:
    wanted = " ".join(text.replace("\0", "\ufffd").split())
    for before in ("- ", "> ", "### ", "Question: ", "1. "):
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"{before}x {inline(text)}\n")
        [line] = [t for t in tokens if t.type == "inline"]
        assert {child.type for child in line.children or ()} <= {"text", "text_special"}
        shown = "".join(child.content for child in line.children or ())
        assert shown.endswith(f"x {wanted}".rstrip())


@given(NASTY.filter(encodable))
@settings(max_examples=80, deadline=None)
def test_a_line_of_nothing_else_begins_no_block(text: str) -> None:
    line = inline(text)
    if not line:
        return
    tokens = MarkdownIt("commonmark").parse(f"- {line}\n")
    kinds = [t.type for t in tokens]
    assert kinds.count("bullet_list_open") == 1
    assert not {"heading_open", "fence", "code_block", "html_block", "hr"} & set(kinds)
    assert not {"ordered_list_open", "blockquote_open"} & set(kinds)


@given(st.dictionaries(st.sampled_from(["title", "session"]), NASTY.filter(encodable)))
@settings(max_examples=60, deadline=None)
def test_front_matter_says_what_it_was_given_and_ends_where_it_should(
    fields: dict[str, Any],
) -> None:
    text = front_matter(fields)
    lines = text.split("\n")
    assert lines[0] == "---"
    assert lines[-2:] == ["---", ""]
    assert "---" not in lines[1:-2]
    assert "..." not in lines[1:-2]
    found = yaml.safe_load("\n".join(lines[1:-2]))
    flat = {name: " ".join(value.split()) for name, value in fields.items()}
    assert (found or {}) == {name: value for name, value in flat.items() if value}
