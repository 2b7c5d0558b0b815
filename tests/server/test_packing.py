import json
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.types import TextContent

from server.packing import pack_result, shorten, to_json
from tools.results import CutOrder, ToolResult


class Report(ToolResult):
    """A result with lists that may be long."""

    cut_order: ClassVar[CutOrder] = (("pages.*.notes", "text"), ("pages",))

    title: str = ""
    text: str = ""
    pages: list[dict[str, Any]] = []  # noqa: RUF012  (pydantic copies it)


class Shelf:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def __call__(self, data: bytes) -> str:
        self.kept.append(data)
        return f"chalklens://artifacts/{len(self.kept):032x}"


def test_a_small_result_is_sent_whole_and_nothing_is_kept() -> None:
    shelf = Shelf()
    packed = pack_result(Report(title="½"), shelf)
    [block] = packed.content
    assert isinstance(block, TextContent)
    assert (
        json.loads(block.text)
        == packed.structured_content
        == {
            "status": "done",
            "title": "½",
            "text": "",
            "pages": [],
        }
    )
    assert shelf.kept == []


def test_a_result_of_which_nothing_can_be_left_out_is_not_said_to_be_cut() -> None:
    shelf = Shelf()
    packed = pack_result(Report(title="x" * 1000), shelf, max_bytes=500)
    assert packed.structured_content is not None
    assert packed.structured_content["title"] == "x" * 1000
    assert "truncated" not in packed.structured_content
    assert len(packed.content) == 1
    assert shelf.kept == []


@given(
    text=st.text(max_size=3000),
    pages=st.lists(st.lists(st.text(max_size=60), max_size=40), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_any_result_fits_and_the_whole_is_kept(text: str, pages: list[list[str]]) -> None:
    shelf = Shelf()
    report = Report(text=text, pages=[{"notes": notes} for notes in pages])
    packed = pack_result(report, shelf, max_bytes=1000)
    [block, *links] = packed.content
    assert isinstance(block, TextContent)
    assert len(block.text.encode()) <= 1000
    assert json.loads(block.text) == packed.structured_content
    assert len(links) == len(shelf.kept)
    if shelf.kept:
        assert json.loads(shelf.kept[0])["text"] == text
        assert packed.structured_content is not None
        assert packed.structured_content["truncated"] is True


def test_the_least_important_goes_first_and_the_longest_of_it() -> None:
    pages = [{"notes": ["x" * 50] * 64}, {"notes": ["y"]}]
    document: dict[str, Any] = {"title": "t", "text": "z" * 200, "pages": pages}
    shorten(document, Report.cut_order, 700)
    assert len(to_json(document).encode()) <= 700
    assert document["text"] == "z" * 200
    assert [len(page["notes"]) for page in document["pages"]] == [8, 1]


def test_whole_entries_go_only_when_nothing_else_is_left() -> None:
    pages = [{"notes": ["x" * 50], "name": "n" * 90} for _ in range(16)]
    document: dict[str, Any] = {"text": "", "pages": pages}
    shorten(document, Report.cut_order, 500)
    assert [page["notes"] for page in document["pages"]] == [[]] * 4
