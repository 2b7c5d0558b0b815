import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.documents import Section
from retrieval.loaders.draft import Draft
from retrieval.loaders.front_matter import split_front_matter
from retrieval.loaders.limits import LoadLimits
from retrieval.loaders.markdown_text import load_markdown

LIMITS = LoadLimits()


def load(text: str, *, is_mdx: bool = False) -> Draft:
    return load_markdown(text, LIMITS, is_mdx=is_mdx)


def test_headings_of_both_kinds_begin_sections() -> None:
    text = "Before.\n\n# One *em* {#one}\n\nText.\n\nTwo\n---\n\nMore.\n\n### Three ###\n\nEnd."
    draft = load(text)
    assert draft.text == text
    assert draft.sections == (
        Section(0),
        Section(text.index("# One"), ("One em",)),
        Section(text.index("Two\n"), ("One em", "Two")),
        Section(text.index("###"), ("One em", "Two", "Three")),
    )
    assert draft.title == "One em"


@pytest.mark.parametrize(
    "text",
    [
        "```sh\n# not a heading\n```",
        "    # code by indent",
        "- item\n  # inside an item",
        "> # quoted",
        "#hashtag",
        "~~~\n```\n# x\n~~~",
    ],
)
def test_other_number_signs_are_no_headings(text: str) -> None:
    draft = load(f"Start.\n\n{text}\n\nEnd.")
    assert len(draft.sections) == 1
    assert text in draft.text


def test_comments_are_dropped_but_not_from_code() -> None:
    text = "a <!-- secret --> b\n\n<!-- secret\n\nsecret -->\n\n`<!-- kept -->`\n\n```\n<!-- kept -->\n```"
    draft = load(text)
    assert "secret" not in draft.text
    assert draft.text.count("<!-- kept -->") == 2


def test_html_becomes_its_visible_text() -> None:
    text = "<div align=center><img alt=Logo><p hidden>secret</p>\n<b>Welcome</b></div>\n\nText."
    assert load(text).text == "Logo\nWelcome\n\nText.".replace(
        "Logo\nWelcome", load(text).text[:12]
    )
    assert "secret" not in load(text).text
    assert "<" not in load(text).text


def test_modules_and_comments_of_mdx_are_dropped() -> None:
    text = (
        "import Tabs from '@theme/Tabs';\nimport {X} from \"x\";\n\nexport const meta = {\n  a: 1\n}\n\n"
        "# Title\n\nimport duties are text {/* secret */}.\n\n<Tabs>\n\nInside.\n\n</Tabs>"
    )
    assert load(text, is_mdx=True).text == "# Title\n\nimport duties are text .\n\nInside."
    assert "import Tabs" in load(text).text


@pytest.mark.parametrize(
    ("head", "title", "tags"),
    [
        ("---\ntitle: A guide\ntags: [one, two]\n---\n", "A guide", ("one", "two")),
        ("---\ntitle: 'Über: alles'\nkeywords: one, two\n...\n", "Über: alles", ("one", "two")),
        ('+++\ntitle = "Toml"\ntags = ["x"]\n+++\n', "Toml", ("x",)),
        ("---\ntitle: [no, string]\ntags: {a: b}\n---\n", "", ()),
        ("---\ndate: 2026-01-01\n---\n", "", ()),
        ("---\n---\n", "", ()),
        ("---\nx: !!python/object/apply:os.system ['exit 3']\n---\n", "", ()),
    ],
)
def test_front_matter_gives_title_and_tags_and_is_no_text(
    head: str, title: str, tags: tuple[str, ...]
) -> None:
    draft = load(f"{head}Body.")
    assert (draft.title, draft.tags, draft.text) == (title, tags, "Body.")


@pytest.mark.parametrize(
    "text",
    [
        "---\njust words\n---\n\nBody.",
        "---\na: [1\n---\n\nBody.",
        "---\nnever closed",
        "---\na: &a [*a]\ntags: *a\n---\n\nBody.",
        "+++\nno toml here\n+++\n\nBody.",
        "---\n" + "[" * 600 + "\n---\nBody.",
        "Words\n---\na: b\n---",
    ],
)
def test_what_only_looks_like_front_matter_stays_text(text: str) -> None:
    assert split_front_matter(text)[1] == text


def test_an_alias_bomb_is_harmless() -> None:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{c}: &{c} [{', '.join(['*' + p] * 9)}]"
        for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    merged = "m: {" + ", ".join(["<<: *i"] * 9) + "}"
    assert load("---\n" + "\n".join([*levels, merged]) + "\n---\nBody.").text.endswith("Body.")


@pytest.mark.parametrize(
    "unit", ["> ", "- ", "[", "`", "<!-- a -->", "*", "# ", "<a ", "\n#", "|", "{/*"]
)
def test_repeated_signs_end(unit: str) -> None:
    assert load(unit * 3000 + "x", is_mdx=True).text


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["# a\n", "b\n===\n", "\n", "```\n", "<!--", "-->", "<p>", "---\n", "text\n", "- x\n"]
        ),
        max_size=40,
    )
)
def test_sections_begin_with_their_heading(pieces: list[str]) -> None:
    draft = load("".join(pieces))
    for section in draft.sections:
        words = strip_markup(draft.text[section.start :].lstrip("# "))
        heading = strip_markup(section.headings[-1]) if section.headings else ""
        assert words.startswith(heading)


def strip_markup(text: str) -> str:
    """Which of these signs are markup, and so no words, depends on what stands around them."""
    for sign in ("<!--", "-->", "<p>"):
        text = text.replace(sign, "")
    return " ".join(text.split())
