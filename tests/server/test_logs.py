import logging
import os
from collections.abc import Generator

import pytest

from server.logs import MAX_MESSAGE_CHARS, LineFormatter, PassingHandler

PIPE_BYTES = 64 * 2**10


def _format(message: str) -> str:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "got %s", (message,), None)
    return LineFormatter("%(levelname)s %(message)s").format(record)


def test_a_message_cannot_forge_a_line_or_move_the_cursor() -> None:
    text = _format("a\nERROR forged\x1b[2J\u202e\u00e9")
    assert text == "WARNING got a\\nERROR forged\\x1b[2J\\u202e\u00e9"


def test_a_long_message_is_cut() -> None:
    assert len(_format("x" * 100_000)) <= MAX_MESSAGE_CHARS


@pytest.fixture
def pipe() -> Generator[tuple[int, int]]:
    source, sink = os.pipe()
    yield source, sink
    os.close(source)
    os.close(sink)


def _record(message: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.WARNING, "", 0, message, None, None)


def test_a_full_pipe_does_not_hold_the_writer_and_the_gap_is_told(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    handler = PassingHandler(sink)
    for _ in range(100):
        handler.handle(_record("x" * 1_999))
    lines = os.read(source, PIPE_BYTES).splitlines()
    handler.handle(_record("next"))
    *held, gap, following = os.read(source, PIPE_BYTES).splitlines()
    assert set(lines + held) == {b"x" * 1_999}
    dropped = 100 - len(lines + held)
    assert gap == b"(%d log lines were dropped: nobody read them)" % dropped
    assert following == b"next"


def test_a_stack_trace_longer_than_one_write_comes_whole(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    PassingHandler(sink).handle(_record("line\n" * 5_000))
    assert os.read(source, PIPE_BYTES) == b"line\n" * 5_000 + b"\n"


def test_no_stderr_is_no_failure() -> None:
    source, sink = os.pipe()
    os.close(source)
    os.close(sink)
    PassingHandler(sink).handle(_record("x"))
