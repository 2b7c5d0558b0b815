import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.breaks import weigh
from retrieval.chunking import ChunkSettings, cut_document
from retrieval.documents import Chunk, Document, Section

SETTINGS = ChunkSettings()
SENTENCE = "The quick brown fox jumps over the lazy dog near the river bank today. "
CHINESE = "检索系统把文档切成段落，再为每个段落建立索引。"


def document(text: str, *sections: Section) -> Document:
    return Document("c", "s", "t", text, sections or (Section(0),), "0" * 64)


def cut(text: str, *sections: Section) -> tuple[Chunk, ...]:
    chunks = cut_document(document(text, *sections))
    check(document(text, *sections), chunks)
    return chunks


def check(made: Document, chunks: Sequence[Chunk], settings: ChunkSettings = SETTINGS) -> None:
    """Assert what holds for all chunks of all documents."""
    done = 0
    for ordinal, chunk in enumerate(chunks):
        assert chunk.ordinal == ordinal
        assert made.text[chunk.start : chunk.end] == chunk.text
        assert chunk.text == chunk.text.strip() != ""
        assert made.text[done : chunk.start].strip() == ""
        assert weigh(chunk.text, settings.wide_weight) <= settings.maximum
        inside = [s for s in made.sections if s.start <= chunk.start]
        assert (chunk.headings, chunk.page) == (inside[-1].headings, inside[-1].page)
        done = chunk.end
    assert made.text[done:].strip() == ""


def test_a_document_of_three_hundred_words_stays_whole() -> None:
    text = (SENTENCE * 24).strip()
    assert len(text.split()) > 300
    assert [chunk.text for chunk in cut(text)] == [text]


def test_a_chinese_document_of_eight_hundred_characters_stays_whole() -> None:
    assert len(cut(CHINESE * 35)) == 1


def test_a_long_text_is_cut_into_chunks_of_about_the_target() -> None:
    chunks = cut(SENTENCE * 200)
    assert all(700 < len(chunk.text) < 1150 for chunk in chunks)
    assert all(chunk.text.endswith("today.") for chunk in chunks)


def test_a_long_chinese_text_is_cut_at_sentences() -> None:
    chunks = cut(CHINESE * 300)
    assert all(300 < len(chunk.text) < 520 for chunk in chunks)
    assert all(chunk.text.endswith("。") for chunk in chunks)


def test_there_is_no_small_rest() -> None:
    for count in range(29, 60):
        chunks = cut(SENTENCE * count)
        assert min(len(chunk.text) for chunk in chunks) > 500


def test_closing_quotes_stay_with_their_sentence() -> None:
    chinese = cut("他说：“今天天气很好，我们去公园散步吧！”老师回答：“好的，下午就去。”" * 60)
    assert all(chunk.text.endswith(("！”", "。”")) for chunk in chinese)
    english = cut('He said: "The weather is very fine today!" She answered: "Let us go out." ' * 60)
    assert all(chunk.text.endswith('"') for chunk in english)


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    sentence = "According to Dr. J. Smith et al. the U.S. value in Fig. 3 is 5.2 m, e.g. in No. 7 of p. 9. "
    assert all(chunk.text.endswith("p. 9.") for chunk in cut(sentence * 80))


def test_lower_case_text_is_still_cut_after_a_full_stop() -> None:
    chunks = cut("the flow over a flat plate was measured at several speeds . " * 100)
    assert all(chunk.text.endswith(" .") for chunk in chunks)


def test_lines_wrapped_by_width_are_not_taken_for_sentences() -> None:
    words = "These words were wrapped\nby a program that keeps\nits lines very short. "
    assert all(chunk.text.endswith("short.") for chunk in cut(words * 60))


def test_rows_and_items_are_not_cut_inside() -> None:
    rows = "\n".join(
        f"name: Person {i}. Known as P. | born: {1800 + i} | city: Town" for i in range(120)
    )
    assert all(chunk.text.startswith("name: ") for chunk in cut(rows))
    items = "\n".join(f"- item {i} is one of the many things to do" for i in range(120))
    assert all(chunk.text.startswith("- item") for chunk in cut(items))


def test_paragraphs_are_preferred_to_sentences() -> None:
    text = "\n\n".join((SENTENCE * n).strip() for n in (7, 8, 6, 9, 7, 8))
    paragraphs = set(text.split("\n\n"))
    assert all(set(chunk.text.split("\n\n")) <= paragraphs for chunk in cut(text))


def test_no_chunk_reaches_across_a_page() -> None:
    pages = ["Short page.", SENTENCE * 3, SENTENCE * 40, "End."]
    starts = list(itertools.accumulate([0, *(len(page) + 2 for page in pages[:-1])]))
    sections = [Section(start, (), page) for page, start in enumerate(starts, start=1)]
    chunks = cut("\n\n".join(pages), *sections)
    assert [chunk.page for chunk in chunks if chunk.page != 3] == [1, 2, 4]
    assert chunks[0].text == "Short page."


def test_no_chunk_reaches_across_an_outermost_heading() -> None:
    text = "Before.\n\n# One\n\nFirst.\n\n# Two\n\nSecond.\n\n# Two\n\nAgain."
    starts = [0, text.index("# One"), text.index("# Two"), text.rindex("# Two")]
    headings: list[tuple[str, ...]] = [(), ("One",), ("Two",), ("Two",)]
    sections = [Section(s, h) for s, h in zip(starts, headings, strict=True)]
    assert [chunk.headings for chunk in cut(text, *sections)][:3] == headings[:3]


def test_small_sections_are_joined_and_larger_ones_are_not() -> None:
    small = [f"## Part {i}\n\nA few words about it." for i in range(6)]
    text = "# All\n\n" + "\n\n".join(small)
    sections = [Section(0, ("All",))]
    sections += [Section(text.index(f"## Part {i}"), ("All", f"Part {i}")) for i in range(6)]
    assert len(cut(text, *sections)) == 1
    large = [f"## Part {i}\n\n" + SENTENCE * 9 for i in range(3)]
    text = "\n\n".join(large)
    sections = [Section(text.index(f"## Part {i}"), ("All", f"Part {i}")) for i in range(3)]
    chunks = cut(text, *sections)
    assert [chunk.headings for chunk in chunks] == [s.headings for s in sections]


def test_code_that_fits_is_not_cut() -> None:
    code = "```py\n" + "".join(f"value_{i} = compute({i})\n\n" for i in range(50)) + "```"
    chunks = cut(f"{SENTENCE * 8}\n\n{code}\n\n{SENTENCE * 8}")
    assert any(code in chunk.text for chunk in chunks)


def test_a_table_that_fits_is_not_cut() -> None:
    table = "\n".join(f"| row {i} | some value. Another one. |" for i in range(36))
    chunks = cut(f"{SENTENCE * 9}\n\n{table}\n\n{SENTENCE * 9}")
    assert any(table in chunk.text for chunk in chunks)


def test_a_table_that_does_not_fit_is_cut_between_rows() -> None:
    chunks = cut("\n".join(f"| row {i} | some value. Another one. |" for i in range(300)))
    assert all(chunk.text.startswith("| row") and chunk.text.endswith("|") for chunk in chunks)


def test_an_unclosed_fence_is_plain_text() -> None:
    assert len(cut("```\n" + SENTENCE * 100)) > 5


def test_a_word_without_end_is_cut_anyway() -> None:
    assert len(cut("a" * 10_000)) >= 5
    assert len(cut("字" * 5_000)) >= 5


def test_letters_stay_with_their_marks() -> None:
    for text in ("e\u0301" * 4000, "👩🏽\u200d🔬" * 2000):
        assert all(not chunk.text.startswith(("\u0301", "\u200d", "🏽")) for chunk in cut(text))


def test_white_space_alone_has_no_chunks() -> None:
    assert cut(" \n\t\n ") == ()
    assert cut("") == ()
    assert [chunk.text for chunk in cut("\n" * 9000 + "x" + " " * 9000)] == ["x"]


def test_the_description_changes_with_every_setting() -> None:
    variants = [
        ChunkSettings(),
        ChunkSettings(target=500),
        ChunkSettings(maximum=1500),
        ChunkSettings(wide_weight=2.5),
    ]
    assert len({variant.describe() for variant in variants}) == 4


LETTERS = ["word", "Word.", "e.g.", "第一句。", "……”", "| a |\n", "!", "？", "\u0301", "1.5"]
WORDS = st.sampled_from(
    [*LETTERS, "\n", "\n\n", "\t  ", "```\n", "- item\n", "x" * 300, "字" * 200]
)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(WORDS, max_size=120),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.integers(1, 2)), max_size=6),
    st.sampled_from([SETTINGS, ChunkSettings(120, 300), ChunkSettings(60, 90, 1.0)]),
)
def test_chunks_cover_every_document_exactly(
    words: list[str], places: list[tuple[float, int, int]], chosen: ChunkSettings
) -> None:
    text = " ".join(words)
    sections = [Section(0)]
    for share, depth, page in sorted(places):
        headings = tuple(f"h{page}{level}" for level in range(depth))
        sections.append(Section(int(share * len(text)), headings, page))
    made = document(text, *sections)
    chunks = cut_document(made, chosen)
    check(made, chunks, chosen)
    hard = {s.start for b, s in itertools.pairwise(sections) if b.page != s.page}
    assert not any(c.start < place < c.end for c in chunks for place in hard)


@pytest.mark.parametrize(
    "unit", ["a.\n\n", "```\n", "|a|b|\n", '"', ". ", ", ", "`", "。", "\n\t", " "]
)
def test_repeated_signs_are_cut_in_linear_work(unit: str) -> None:
    text = unit * (40_000 // len(unit))
    check(document(text), cut_document(document(text)))
