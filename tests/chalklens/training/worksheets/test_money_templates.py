"""Templates about money: the rules are kept, drawn pieces and written amounts agree."""

import re
from collections.abc import Callable

import pytest

from chalklens.training.worksheets import catalogue
from chalklens.training.worksheets.figures_money import label_pieces, write_amount
from chalklens.training.worksheets.sheet import render_sheet
from chalklens.training.worksheets.templates import TEMPLATES

NAMES = [n for n in catalogue.names() if ".money_" in TEMPLATES[n].__module__]


def to_cents(text: str) -> int:
    """The cents of a written amount."""
    if text.endswith("¢"):
        return int(text[:-1])
    return round(float(text.removeprefix("$")) * 100)


@pytest.mark.parametrize("name", NAMES)
def test_sheets_about_money_keep_the_rules(
    name: str, check_template: Callable[[str, range], None]
) -> None:
    check_template(name, range(8))
    assert render_sheet(name, 2).picture.tobytes() == render_sheet(name, 2).picture.tobytes()


@pytest.mark.parametrize(
    ("cents", "text"), [(5, "5¢"), (99, "99¢"), (100, "$1"), (305, "$3.05"), (2000, "$20")]
)
def test_amounts_are_written_as_on_price_tags(cents: int, text: str) -> None:
    assert write_amount(cents) == text
    assert to_cents(text) == cents


def test_pieces_give_the_labels_of_their_denominations() -> None:
    assert label_pieces([100, 25, 25]) == {
        "Banknotes",
        "Coins",
        "MajorDenomination",
        "QuarterDenomination",
    }
    assert label_pieces([1, 5, 10]) == {
        "Coins",
        "HundredthDenomination",
        "TenthDenomination",
        "TwentiethDenomination",
    }
    assert label_pieces([]) == frozenset()


@pytest.mark.parametrize("name", ["money_story", "money_prices", "money_change"])
def test_the_equation_of_a_solved_money_story_is_right(name: str) -> None:
    amount = r"(\$?\d+(?:\.\d\d)?¢?)"
    checked = 0
    for seed in range(60):
        sheet = render_sheet(name, seed)
        found = re.search(rf"{amount} ([+−]) {amount} = {amount}(?:\s|$)", sheet.text)
        if not (found and sheet.solution):
            continue
        first, sign, second, total = found.groups()
        sum_ = to_cents(first) + (1 if sign == "+" else -1) * to_cents(second)
        assert sum_ == to_cents(total), sheet.text
        assert ("Addition" in sheet.labels) == (sign == "+")
        checked += 1
    assert checked >= 3


def test_every_coin_that_is_drawn_is_in_the_labels() -> None:
    for seed in range(30):
        sheet = render_sheet("money_counting", seed)
        kinds = {figure.kind for figure in sheet.figures}
        assert ("coin" in kinds) == ("Coins" in sheet.labels)
        assert ("bill" in kinds) == ("Banknotes" in sheet.labels)
