from collections.abc import Sequence

import pytest

from chalklens.engines.parameters import GenerationParameters
from chalklens.engines.rows import Row, RowRequest
from tests.chalklens.engines.listener import Listener

STOP, THINK_END = 1, 2


class Letters:
    """Token n is the character n."""

    def step(self, token_id: int) -> str:
        return chr(token_id)

    def decode(self, token_ids: Sequence[int]) -> str:
        return "".join(map(chr, token_ids))


@pytest.fixture
def listener() -> Listener:
    return Listener()


def row(listener: Listener, *, tokens: int = 1000, think_end_id: int | None = None) -> Row:
    parameters = GenerationParameters(tokens, loop_tokens=64)
    request = RowRequest("?", None, (), parameters, tokens, max_pixels=65_536)
    return Row(listener, request, Letters(), [STOP], think_end_id)


def feed(answering: Row, text: str) -> None:
    for character in text:
        if answering.accept(ord(character)):
            return


def test_text_streams_and_ends_with_the_turn(listener: Listener) -> None:
    answering = row(listener)
    feed(answering, "Two.")
    assert not listener.answer
    assert answering.accept(STOP)
    assert "".join(part["text"] for part in listener.parts) == listener.answer["text"] == "Two."
    assert listener.answer["finish_reason"] == "stop"


def test_the_token_limit_ends_the_answer(listener: Listener) -> None:
    feed(row(listener, tokens=3), "abcdef")
    assert (listener.answer["text"], listener.answer["finish_reason"]) == ("abc", "length")


def test_a_caller_who_left_gets_not_one_token_more(listener: Listener) -> None:
    answering = row(listener)
    feed(answering, "abc")
    listener.cancelled = True
    assert answering.accept(ord("d"))
    assert listener.answer["finish_reason"] == "cancelled"
    assert answering.token_ids == [ord(c) for c in "abc"]


def test_a_loop_ends_the_answer_and_is_cut(listener: Listener) -> None:
    feed(row(listener), "I see: " + "an apple, " * 50)
    assert listener.answer["finish_reason"] == "loop"
    assert listener.answer["text"].startswith("I see: an apple,")
    assert listener.answer["text"].count("apple") == 1


def test_thoughts_are_counted_as_tokens_but_are_no_text(listener: Listener) -> None:
    answering = row(listener, think_end_id=THINK_END)
    feed(answering, "hm")
    answering.accept(THINK_END)
    feed(answering, "Two")
    answering.accept(STOP)
    assert "".join(part["text"] for part in listener.parts) == listener.answer["text"] == "Two"
    assert len(listener.answer["token_ids"]) == 6


def test_thoughts_that_never_end_leave_an_empty_answer(listener: Listener) -> None:
    feed(row(listener, tokens=4, think_end_id=THINK_END), "hmmmmm")
    assert (listener.answer["text"], listener.answer["finish_reason"]) == ("", "length")


def test_a_row_that_has_its_answer_cannot_fail_any_more(listener: Listener) -> None:
    answering = row(listener)
    answering.accept(STOP)
    answering.fail(RuntimeError())
    assert listener.error is None
    assert answering.accept(ord("x"))
    assert answering.done
