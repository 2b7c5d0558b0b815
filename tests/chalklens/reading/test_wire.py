from chalklens.reading.wire import dump_reading, load_reading
from chalklens.types import Box, TextLine, TextReading


def test_a_reading_survives_the_wire() -> None:
    reading = TextReading((TextLine("½ of 6 ☐", Box(1, 2, 30, 40), 0.5),), "some-reader")
    assert load_reading(dump_reading(reading)) == reading


def test_a_blank_picture_has_an_empty_reading() -> None:
    assert load_reading(dump_reading(TextReading((), "r"))).text == ""
