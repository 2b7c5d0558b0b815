"""Figures of pages: targets as written, captions before alternative texts."""

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.figures import MAX_CAPTION_CHARS, MAX_FIGURES, find_figures


def found(text: str, form: str) -> list[tuple[str, str]]:
    return [(figure.target, figure.caption) for figure in find_figures(text, form)]


def test_a_figures_caption_counts_more_than_the_alternative_text():
    page = """<p><img src="a.png" alt="An apple"></p>
    <figure><img src=" b.png " alt="B"><img src="c.png">
      <figcaption>Two <b>pears</b> &amp; a plum</figcaption></figure>
    <figure><figcaption>Before</figcaption><img src="d.png"></figure><img alt="no target">"""
    assert found(page, "html") == [
        ("a.png", "An apple"),
        ("b.png", "Two pears & a plum"),
        ("c.png", "Two pears & a plum"),
        ("d.png", "Before"),
        ("", "no target"),
    ]


def test_markdown_has_pictures_of_its_own_and_in_html():
    text = 'See ![an *apple*](a.png "title").\n\n<figure><img src="b.png">\n<figcaption>Pear</figcaption></figure>\n\n`![code](c.png)`\n'
    assert found(text, "markdown") == [("a.png", "an *apple*"), ("b.png", "Pear")]
    assert found(text, "text") == []


def test_there_is_a_limit_to_both_numbers_and_lengths():
    page = f'<img src="a.png" alt="{"x" * 5000}">' * (MAX_FIGURES + 50)
    figures = find_figures(page, "html")
    assert len(figures) == MAX_FIGURES
    assert {len(figure.caption) for figure in figures} == {MAX_CAPTION_CHARS}
    assert len(find_figures("![a](b)\n\n" * 300, "markdown")) == MAX_FIGURES


def test_a_mark_that_begins_nothing_hides_no_figure():
    assert found('<![if x]><img src="a.png" alt="A"><![endif]><![a](b)', "html") == [("a.png", "A")]


MARKS = [
    "<![",
    "<img src=a>",
    "<figure>",
    "</figure>",
    "<figcaption>",
    "</figcaption>",
    "![a](b)",
    "<",
    "x",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MARKS) | st.text(max_size=5), max_size=12).map("".join))
def test_any_text_gives_figures(text: str):
    assert all(figure.target is not None for figure in find_figures(text, "html"))
    assert all(figure.target is not None for figure in find_figures(text, "markdown"))
