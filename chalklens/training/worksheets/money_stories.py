"""Worksheets about coins, bills, prices and change.

How it is used: importing it registers its templates. Labels, as the corpus gives them: a story with
drawn money carries its denominations; a story with written amounts the kind of number and
TwoOperands; both are SingleStep stories read as text.

What it leaves out: other measured quantities (`measurement_stories`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_money import draw_money, label_pieces, write_amount
from chalklens.training.worksheets.flow import Blank, lay_out, write_answer_line, write_expression
from chalklens.training.worksheets.labels import AREA_OF
from chalklens.training.worksheets.objects import THINGS
from chalklens.training.worksheets.panels import reserve, split, write_answer, write_conclusion
from chalklens.training.worksheets.phrasing import instruct, with_article
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import NAMES, vary

_STORY = frozenset(("Dollar", "SingleStep", "TextualReception"))
_TITLES = (
    "Money",
    "Money problems",
    "Stories about money",
    "Shopping",
    "At the store",
    "Coins and bills",
    "Counting money",
    "Dollars and cents",
)


def choose_pieces(rng: random.Random, coin: int, *, bills: bool) -> list[int]:
    """Some coins of one kind, with or without dollar bills before them."""
    most = {1: 5, 5: 4, 10: 6, 25: 3}[coin] if coin else 0
    coins = [coin] * rng.randint(1, most) if coin else []
    return [100] * (rng.randint(1, 4) if bills or not coin else 0) + coins


@template
def money_story(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Money received or spent, with the coins and bills of both amounts drawn."""
    coin, bills = rng.choice((0, 1, 5, 10, 25)), rng.random() < 0.5
    first, second = sorted(
        (choose_pieces(rng, coin, bills=bills) for _ in range(2)), key=sum, reverse=True
    )
    sign = rng.choice("+−") if sum(first) > sum(second) else "+"
    if sign == "+" and rng.random() < 0.5:
        first, second = second, first
    amounts = {
        "first": write_amount(sum(first)),
        "second": write_amount(sum(second)),
        "name": rng.choice(NAMES),
    }
    instruct(canvas, rng, _STORIES[sign], _TITLES, **amounts)
    _draw_amounts(canvas, rng, (first, second))
    total = sum(first) + sum(second) if sign == "+" else sum(first) - sum(second)
    _ask_total(canvas, rng, amounts["first"], sign, amounts["second"], write_amount(total))
    return _STORY | {AREA_OF[sign]} | label_pieces([*first, *second])


_STORIES = {
    "+": (
        "{name} has {first}. A friend gives {name} {second}. How much is that [now|altogether|in all]?",
        "{name} has {first} and [is given|gets|wins] {second}. How much is that [altogether|in all|together]?",
        "There is {first} in [a|the] [piggy bank|purse|jar]. {name} puts in {second} more. How much [money |]is [in it|there] now?",
        "{name} saves {first} on Monday and {second} on Tuesday. How much [has been saved|is that in all]?",
        "{name} pays {first} for [a pen|juice|an apple] and {second} for [a card|bread|a pear]. How much [is spent|does that cost] [in all|altogether]?",
        "One pocket holds {first}, the other {second}. [Find|Work out] the total.",
        "A [ticket|toy|snack] costs {first}. A [drink|book|ball] costs {second}. What do they cost together?",
        "{name} earned {first} and later {second}. How much [money |]did {name} earn?",
    ),
    "−": (
        "{name} has {first} and [pays|gives away|loses] {second}. How much stays in the purse?",
        "{name} has {first} and buys [a pen|a snack|an apple|a card] for {second}. How much [money |]is left?",
        "A [toy|ticket|book] costs {second}. {name} pays with {first}. How much change [is there|does {name} get]?",
        "There is {first} in the [jar|purse]. {name} takes out {second}. How much [stays in|remains|is left]?",
        "{name} had {first} and spent {second}. [How much remains?|What is left?]",
        "{name} gives {second} of [her|his] {first} to a friend. What [is left|does {name} keep]?",
        "How much more is {first} than {second}?",
        "{name} wants a [ball|game|kite] for {first} and has {second}. How much is missing?",
    ),
}  # fmt: skip


def _draw_amounts(canvas: Canvas, rng: random.Random, amounts: tuple[list[int], list[int]]) -> None:
    """The pieces of two amounts, beside or below one another, with their names and values."""
    side_by_side = rng.random() < 0.6
    place = reserve(canvas, rng, rng.uniform(100, 130) if side_by_side else rng.uniform(150, 190))
    boxes = split(place, 2, 1) if side_by_side else split(place, 1, 2)
    names = rng.choice(
        (
            ("Amount 1", "Amount 2"),
            ("First", "Second"),
            ("A", "B"),
            ("", ""),
            ("Money 1", "Money 2"),
        )
    )
    valued, look = rng.random() < 0.6, rng.random()
    for box, pieces, name in zip(boxes, amounts, names, strict=True):
        text = f"{name} {write_amount(sum(pieces)) if valued else ''}".strip()
        if text:
            canvas.text(box.x0, box.y0 + 8, text, size=canvas.style.size * 0.75)
        draw_money(canvas, random.Random(look), Area(box.x0, box.y0 + 20, box.x1, box.y1), pieces)


def _ask_total(
    canvas: Canvas, rng: random.Random, first: str, sign: str, second: str, answer: str
) -> None:
    """The equation or an answer line."""
    if rng.random() < 0.6:
        write_answer(canvas, rng, (f"{first} {sign} {second} = ", Blank(answer, digits=4)))
    else:
        write_answer_line(canvas, rng, answer)


@template
def money_counting(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Coins and bills whose value is asked for."""
    instruct(canvas, rng, _COUNT, _TITLES)
    pieces: list[int] = []
    mixed = rng.random() < 0.6
    coin = rng.choice((1, 5, 10, 25))
    bills = rng.random() < 0.3
    look = rng.random()
    for cell in lay_out(canvas, rng, rng.choice((1, 2, 3, 4)), 150, 90):
        row = [c for c in (25, 10, 5, 1) for _ in range(rng.randint(0, 3))] if mixed else []
        row = [100] * (rng.randint(1, 3) if bills else 0) + (row or [coin] * rng.randint(2, 7))
        draw_money(canvas, random.Random(look), Area(cell.x0, cell.y0, cell.x1, cell.y1 - 30), row)
        write_expression(canvas, cell.x0, cell.y1 - 14, (Blank(write_amount(sum(row)), digits=5),))
        pieces += row
    return label_pieces(pieces) | {"Dollar", "Addition", "ProcedureExecution"}


_COUNT = (
    "How much money is [this|there|shown]?",
    "Count the money. [Write the amount.|How much is it?]",
    "[Find|Write] the value of [the|each group of] coins.",
    "What [are|is] the [coins|money] worth [altogether|in all]?",
    "Add up the [coins|money]. [Write the total.|]",
    "How much [is|do you have] in [each|the] [purse|group]?",
    "Write the total amount[ of money|].",
    "[Work out|Find] how much money you see.",
)


@template
def money_prices(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Things with price tags; two of them are bought or compared."""
    decimal = rng.random() < 0.5
    things = rng.sample(THINGS, rng.choice((2, 3, 4)))
    prices = rng.sample(
        [c for c in range(105, 990, 5) if c % 100] if decimal else list(range(200, 5000, 100)),
        len(things),
    )
    one, two = sorted(range(len(things))[:2], key=lambda i: -prices[i])
    sign = rng.choice("+−")
    names = {
        "first": things[one].singular,
        "second": things[two].singular,
        "name": rng.choice(NAMES),
    }
    instruct(
        canvas,
        rng,
        _PRICES[sign],
        (*_TITLES, "Prices", "Price tags"),
        **{k: v if k == "name" else _definite(v) for k, v in names.items()},
    )
    place = reserve(canvas, rng, rng.uniform(116, 136))
    for box, thing, price in zip(split(place, len(things)), things, prices, strict=True):
        x = box.middle[0]
        thing.draw(
            canvas, x, box.y0 + 30, min(26, box.width / 2.4), rng.choice(canvas.style.palette)
        )
        canvas.text(x, box.y0 + 66, thing.singular, size=canvas.style.size * 0.75, anchor="m")
        tag = Area(x - 30, box.y1 - 22, x + 30, box.y1)
        canvas.rectangle(tag, fill=soften((250, 204, 21), 0.6), outline=canvas.style.ink, radius=3)
        canvas.text(*tag.middle, write_amount(price), size=13, bold=True, anchor="m")
        canvas.figure("everyday_object", Area(x - 26, box.y0 + 4, x + 26, box.y0 + 56))
    total = prices[one] + prices[two] if sign == "+" else prices[one] - prices[two]
    _ask_total(
        canvas, rng, write_amount(prices[one]), sign, write_amount(prices[two]), write_amount(total)
    )
    kind = "DecimalNumbers" if decimal else "IntegerNumbers"
    return _STORY | {AREA_OF[sign], kind, "TwoOperands"}


def _definite(noun: str) -> str:
    return f"the {noun}"


_PRICES = {
    "+": (
        "{name} buys {first} and {second}. How much [is that|does {name} pay] [in all|altogether]?",
        "How much do {first} and {second} cost together?",
        "Find the total price of {first} and {second}.",
        "What is the price of {first} and {second} [together|in all]?",
    ),
    "−": (
        "How much more does {first} cost than {second}?",
        "How much [cheaper|less expensive] is {second} than {first}?",
        "Find the difference [in price |]between {first} and {second}.",
        "{name} [compares prices|goes shopping]. By how much is {first} more expensive than {second}?",
    ),
}


@template
def money_change(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Paying with a bill and getting change."""
    decimal = rng.random() < 0.6
    paid = rng.choice((500, 1000, 2000, 5000))
    price = rng.randrange(paid // 10, paid, 5) if decimal else 100 * rng.randint(1, paid // 100 - 1)
    thing = rng.choice(THINGS)
    names = {
        "thing": with_article(thing.singular),
        "price": write_amount(price),
        "paid": write_amount(paid),
    }
    instruct(
        canvas, rng, _CHANGE, (*_TITLES, "Making change", "Change"), name=rng.choice(NAMES), **names
    )
    place = reserve(canvas, rng, 70, rng.uniform(180, 260))
    thing.draw(canvas, place.x0 + 30, place.middle[1], 24, rng.choice(canvas.style.palette))
    canvas.figure(
        "everyday_object",
        Area(place.x0 + 4, place.middle[1] - 26, place.x0 + 56, place.middle[1] + 26),
    )
    draw_money(canvas, rng, Area(place.x1 - 100, place.y0 + 8, place.x1, place.y1), [paid])
    _ask_total(canvas, rng, names["paid"], "−", names["price"], write_amount(paid - price))
    write_conclusion(
        canvas,
        rng,
        vary(rng, "[The change is|You get back|The customer gets]")
        + f" {write_amount(paid - price)}.",
    )
    kind = "IntegerNumbers" if price % 100 == 0 else "DecimalNumbers"
    return _STORY | {"Subtraction", kind, "TwoOperands", "Banknotes", "MajorDenomination"}


_CHANGE = (
    "{name} buys {thing} for {price} and pays with {paid}. How much change [does {name} get|is due|comes back]?",
    "{thing} costs {price}. You [pay with|give] a {paid} bill. [What is your change?|How much do you get back?]",
    "{name} has a {paid} bill and buys {thing} for {price}. How much is left?",
    "What is the change from {paid} for {thing} that costs {price}?",
    "{name} pays {price} for {thing} with a {paid} bill. Find the change.",
)
