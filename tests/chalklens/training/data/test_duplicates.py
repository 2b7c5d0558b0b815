"""Repeats: what looks and reads the same goes, what only resembles stays."""

import io
import random

import pytest
from PIL import Image, ImageDraw

from chalklens.training.data.duplicates import DuplicateFinder, hash_picture
from tests.chalklens.training.data.conversions import draw_png

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def open_png(seed: int) -> Image.Image:
    return Image.open(io.BytesIO(draw_png(seed, (160, 120)))).convert("RGB")


def hash_image(image: Image.Image) -> int:
    return hash_picture(image.tobytes(), *image.size)


def write_text(seed: int, words: int = 200) -> list[str]:
    lottery = random.Random(seed)
    return ["".join(lottery.choices(LETTERS, k=6)) for _ in range(words)]


def test_a_smaller_jpeg_of_a_picture_repeats_it():
    image = open_png(1)
    file = io.BytesIO()
    image.resize((120, 90)).save(file, "JPEG", quality=85)
    finder = DuplicateFinder()
    assert finder.add("a", "A thing.", [hash_image(image)]) is None
    assert finder.add("b", "A thing.", [hash_image(Image.open(file))]) == "a"


def test_another_picture_or_another_text_is_no_repeat():
    finder = DuplicateFinder()
    ours, other = hash_image(open_png(1)), hash_image(open_png(2))
    assert finder.add("a", "A thing.", [ours]) is None
    assert finder.add("b", "A thing.", [other]) is None
    assert finder.add("c", "Another thing.", [ours]) is None
    assert finder.add("d", "A thing.", [ours, ours]) is None
    assert finder.add("e", "A thing.", []) is None


@pytest.mark.parametrize("flipped", [0, 1, 4, 5])
def test_up_to_four_of_256_bits_may_differ(flipped: int):
    finder = DuplicateFinder()
    hash_ = hash_image(open_png(3))
    finder.add("a", "A thing.", [hash_])
    changed = hash_ ^ sum(1 << (60 * bit + 3) for bit in range(flipped))
    assert (finder.add("b", "A thing.", [changed]) == "a") == (flipped <= 4)


def test_one_more_stroke_in_a_drawing_is_another_picture():
    image = Image.new("RGB", (512, 256), "white")
    hashes: list[int] = []
    for answer in ("12 + 7 =", "12 + 7 = 19"):
        page = image.copy()
        ImageDraw.Draw(page).text((60, 100), answer, fill="black", font_size=60)
        hashes.append(hash_image(page))
    assert (hashes[0] ^ hashes[1]).bit_count() > 4


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
