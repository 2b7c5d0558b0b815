import logging

from server.logs import MAX_MESSAGE_CHARS, LineFormatter


def _format(message: str) -> str:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "got %s", (message,), None)
    return LineFormatter("%(levelname)s %(message)s").format(record)


def test_a_message_cannot_forge_a_line_or_move_the_cursor() -> None:
    text = _format("a\nERROR forged\x1b[2J\u202e\u00e9")
    assert text == "WARNING got a\\nERROR forged\\x1b[2J\\u202e\u00e9"


def test_a_long_message_is_cut() -> None:
    assert len(_format("x" * 100_000)) <= MAX_MESSAGE_CHARS
