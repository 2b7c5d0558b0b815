import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalklens.errors import MediaError
from retrieval.documents import Section
from retrieval.loaders.cleaning import clean_line, clean_text
from retrieval.loaders.draft import Draft, DraftBuilder, drop_empty_sections, insert_readings
from retrieval.loaders.limits import LoadLimits

LIMITS = LoadLimits()


def build_scan() -> Draft:
    builder = DraftBuilder(LIMITS)
    for page, text in enumerate(["", "typed", "", "end"], start=1):
        builder.set_headings((f"part {page}",))
        if text:
            builder.open_page(page)
            builder.add(text)
        else:
            builder.add_blank_page(page)
    return builder.finish("Title", ("tag",), scanned_pages=(1, 3))


def test_readings_are_put_where_their_pages_are() -> None:
    draft = insert_readings(build_scan(), {1: "first", 3: "third", 4: "not this"}, LIMITS)
    assert draft.text == "first\n\ntyped\n\nthird\n\nend"
    assert [(s.start, s.page) for s in draft.sections] == [(0, 1), (7, 2), (14, 3), (21, 4)]
    assert [s.headings for s in draft.sections] == [(f"part {i}",) for i in (1, 2, 3, 4)]
    assert (draft.scanned_pages, draft.title, draft.tags) == ((), "Title", ("tag",))


def test_pages_that_were_not_read_are_still_named() -> None:
    draft = insert_readings(build_scan(), {1: "first", 3: " "}, LIMITS)
    assert draft.scanned_pages == (3,)
    assert draft.text == "first\n\ntyped\n\nend"


def test_readings_count_against_the_limit() -> None:
    with pytest.raises(MediaError, match="characters"):
        insert_readings(build_scan(), {1: "x" * 100}, LoadLimits(characters=50))


def test_sections_without_text_are_dropped_and_the_first_begins_at_zero() -> None:
    draft = drop_empty_sections(build_scan())
    assert draft.sections == (Section(0, ("part 2",), 2), Section(7, ("part 4",), 4))
    assert drop_empty_sections(Draft("")).sections == (Section(0),)


def test_limits_hold_while_a_text_grows() -> None:
    builder = DraftBuilder(LoadLimits(characters=10, sections=2))
    builder.add("12345")
    with pytest.raises(MediaError, match="10 characters"):
        builder.add("67890")
    builder = DraftBuilder(LoadLimits(sections=2))
    builder.add_heading(1, "a")
    builder.add_heading(1, "b")
    with pytest.raises(MediaError, match="2 headings and pages"):
        builder.add_heading(1, "c")


def test_deeper_headings_end_with_the_one_above_them() -> None:
    builder = DraftBuilder(LIMITS)
    for level, text in ((2, "a"), (4, "b"), (3, "c"), (1, "d")):
        builder.add_heading(level, text)
    assert [s.headings for s in builder.finish().sections] == [
        ("a",),
        ("a", "b"),
        ("a", "c"),
        ("d",),
    ]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne"),
        ("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"),
        ("nul\0 bell\x07 del\x7f c1\x9b", "nul bell del c1"),
        ("pass\u200bword\u00ad\ufeff \u202eevil\u202c", "password evil"),
        ("tags\U000e0041\U000e007f", "tags"),
        ("\ud800 lone", "\ufffd lone"),
        ("no\u00a0break", "no break"),
        ("می\u200cخواهم 👩\u200d🔬", "می\u200cخواهم 👩\u200d🔬"),
        ("a\u200db\u200c", "ab"),
    ],
)
def test_only_what_can_be_seen_is_kept(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert cleaned.encode().decode() == cleaned
    assert len(clean_line(text, 20)) <= 20
