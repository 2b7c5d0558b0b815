"""Repeats: what looks and reads the same goes, what only resembles stays."""

import io
import random
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from chalklens.training.data.duplicates import DuplicateFinder, PictureMark, mark_picture

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def paint(seed: int) -> Image.Image:
    """Soft shapes, as in a photograph."""
    lottery = random.Random(seed)
    grey = Image.new("L", (16, 12))
    grey.putdata([lottery.randrange(256) for _ in range(192)])
    return grey.resize((320, 240), Image.Resampling.BICUBIC).convert("RGB")


def print_page(number: str) -> Image.Image:
    page = Image.new("RGB", (320, 200), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((10, 10, 310, 14), fill="black")
    pen.rectangle((10, 100, 310, 130), fill="navy")
    for left in (20, 126, 233):
        pen.rectangle((left, 160, left + 60, 185), outline="black", width=3)
    pen.text((20, 40), f"Divide {number} by 7.", fill="black", font_size=14)
    return page


def mark(image: Image.Image) -> PictureMark:
    return mark_picture(image.tobytes(), *image.size)


def write_text(seed: int, words: int = 200) -> list[str]:
    lottery = random.Random(seed)
    return ["".join(lottery.choices(LETTERS, k=6)) for _ in range(words)]


def test_a_smaller_jpeg_of_a_photograph_repeats_it():
    image = paint(1)
    file = io.BytesIO()
    image.resize((240, 180)).save(file, "JPEG", quality=85)
    finder = DuplicateFinder()
    assert finder.add("a", "A thing.", [mark(image)]) is None
    assert finder.add("b", "A thing.", [mark(Image.open(file))]) == "a"


def test_another_picture_or_another_text_is_no_repeat():
    finder = DuplicateFinder()
    ours, other = mark(paint(1)), mark(paint(2))
    assert finder.add("a", "A thing.", [ours]) is None
    assert finder.add("b", "A thing.", [other]) is None
    assert finder.add("c", "Another thing.", [ours]) is None
    assert finder.add("d", "A thing.", [ours, ours]) is None
    assert finder.add("e", "A thing.", []) is None


@pytest.mark.parametrize("flipped", [0, 1, 4, 5])
def test_up_to_four_of_256_bits_may_differ(flipped: int):
    finder = DuplicateFinder()
    ours = mark(paint(3))
    finder.add("a", "A thing.", [ours])
    bits = ours.bits ^ sum(1 << (60 * bit + 3) for bit in range(flipped))
    assert (finder.add("b", "A thing.", [replace(ours, bits=bits)]) == "a") == (flipped <= 4)


def test_a_worksheet_with_other_numbers_is_another_one_although_the_hash_is_the_same():
    ours, other = mark(print_page("12")), mark(print_page("17"))
    assert (ours.bits ^ other.bits).bit_count() <= 4
    finder = DuplicateFinder()
    assert finder.add("a", "A thing.", [ours]) is None
    assert finder.add("b", "A thing.", [other]) is None
    assert finder.add("c", "A thing.", [mark(print_page("12"))]) == "a"


def test_texts_are_compared_without_case_width_and_white_space():
    finder = DuplicateFinder()
    assert finder.add("a", "What is\nＡddition?", []) is None
    assert finder.add("b", "  what IS addition? ", []) == "a"
    assert finder.add("c", "What is subtraction?", []) is None


def test_a_long_text_with_one_word_changed_repeats_the_other():
    words = write_text(1)
    finder = DuplicateFinder()
    assert finder.add("a", " ".join(words), []) is None
    assert finder.add("b", " ".join([*words[:99], "changed", *words[100:]]), []) == "a"
    assert finder.add("c", " ".join(write_text(2)), []) is None
    half = [*words[:100], *write_text(3, 100)]
    assert finder.add("d", " ".join(half), []) is None


def test_other_numbers_make_another_task_however_long_the_rest():
    words = write_text(4)
    finder = DuplicateFinder()
    assert finder.add("a", " ".join([*words, "12"]), []) is None
    assert finder.add("b", " ".join([*words, "13"]), []) is None


def test_short_texts_repeat_only_when_they_are_the_same():
    finder = DuplicateFinder()
    assert finder.add("a", "Which concepts is NumbersSmallerTen part of?", []) is None
    assert finder.add("b", "Which concepts is NumbersLargerTen part of?", []) is None
