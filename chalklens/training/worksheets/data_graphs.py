"""Worksheets about bar graphs, picture graphs, tally charts and tables of counts.

How it is used: importing it registers its templates. Labels, as the corpus gives them: Statistics,
the kind of graph and the step of its scale; drawing a graph is VisualArticulation, reading one off is
Interpretation, calculating with what it shows ProcedureExecution with the operation.

What it leaves out: measured data on line plots (`measurement_plots`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_graph import (
    Data,
    draw_bar_graph,
    draw_pictograph,
    draw_table,
    draw_tally,
)
from chalklens.training.worksheets.flow import Blank, paragraph, write_answer_line
from chalklens.training.worksheets.labels import AREA_OF, step_label
from chalklens.training.worksheets.panels import (
    reserve,
    write_answer,
    write_choices,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_BASE = frozenset(("Statistics", "IntegerNumbers"))
_TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Favorite fruit", ("Apples", "Pears", "Plums", "Grapes", "Bananas")),
    ("Pets", ("Dogs", "Cats", "Birds", "Fish", "Rabbits")),
    ("Things sold", ("Books", "Kites", "Balls", "Pens", "Cards")),
    ("Sports we like", ("Soccer", "Tennis", "Running", "Swimming")),
    ("Favorite color", ("Red", "Blue", "Green", "Yellow")),
    ("Weather in May", ("Sunny", "Cloudy", "Rainy", "Windy")),
    ("How we get to school", ("Bus", "Bike", "Walk", "Car")),
    ("Garden", ("Roses", "Tulips", "Daisies", "Lilies")),
    ("Shells found", ("Mina", "Otto", "Ravi", "Sara")),
    ("Days", ("Monday", "Tuesday", "Wednesday", "Friday")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Survey:
    """What a sheet is about: a topic and its data."""

    topic: str
    data: Data


def choose_survey(rng: random.Random, step: int = 0) -> Survey:
    """Three to five categories with different counts on a scale of steps."""
    topic, names = rng.choice(_TOPICS)
    names = tuple(rng.sample(names, rng.choice((3, 3, 3, 4, min(5, len(names))))))
    step = step or rng.choice((1, 1, 2, 5, 10))
    counts = tuple(step * n for n in rng.sample(range(1, 10), len(names)))
    return Survey(topic, Data(names, counts, step))


def draw_graph(
    canvas: Canvas, rng: random.Random, kind: str, survey: Survey, *, shown: bool
) -> None:
    """A bar or picture graph in the flow of the page, with the topic above and the scale or key below."""
    height = (
        rng.uniform(150, 215)
        if kind == "bar"
        else rng.uniform(32, 42) * len(survey.data.names) + 30
    )
    if rng.random() < 0.5:
        paragraph(canvas, survey.topic, size=canvas.style.size * 0.85, bold=True)
    place = reserve(canvas, rng, height, rng.uniform(300, 520))
    step = survey.data.step
    noun = "item" if step == 1 else "items"
    if kind == "bar":
        caption = vary(rng, f"[Items|How many|Count|Number] [– steps of {step}|(steps of {step})|]")
        draw_bar_graph(canvas, rng, place, survey.data, shown=shown, caption=caption)
    else:
        key = vary(
            rng,
            f"[Each symbol = {step} {noun}|Key: 1 picture = {step} {noun}|One picture stands for {step} {noun}|Each picture means {step}]",
        )
        draw_pictograph(canvas, rng, place, survey.data, shown=shown, key=key)


def label_graph(kind: str, survey: Survey) -> frozenset[str]:
    """Area and scope of a graph."""
    return _BASE | {"BarGraph" if kind == "bar" else "PictureGraph", step_label(survey.data.step)}


def graph_titles(kind: str) -> tuple[str, ...]:
    """Titles that sheets with this kind of graph have."""
    name = "Bar graph" if kind == "bar" else "Picture graph"
    return (name, name, f"{name}s", "Data", "Graphs", "Our survey", "Data and graphs")


def name_graph(rng: random.Random, kind: str) -> str:
    """A noun for the graph."""
    return rng.choice(
        ("bar graph", "bar graph", "bar chart", "graph")
        if kind == "bar"
        else ("picture graph", "picture graph", "pictograph", "graph")
    )


@template
def data_graph_drawing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Counts in a list, a table or tallies, and the frame of a graph to draw."""
    kind = rng.choice(("bar", "picture"))
    survey = choose_survey(rng)
    instruct(canvas, rng, _DRAW, graph_titles(kind), graph=name_graph(rng, kind))
    _show_counts(canvas, rng, survey)
    draw_graph(canvas, rng, kind, survey, shown=canvas.style.solution)
    return label_graph(kind, survey) | {"VisualArticulation"}


_DRAW = (
    "[Make|Draw] the {graph} that belongs to the data.",
    "[Make|Complete|Finish] the {graph} [with|from|using] the [data|numbers] [above|given|below].",
    "Show the data in the {graph}.",
    "[Use|Take] the [table|numbers] to [draw|make|complete] the {graph}.",
    "[Represent|Show] [these|the] [counts|numbers] [as|with|in] a {graph}.",
    "Draw the [missing bars or pictures|missing part] of the {graph}.",
    "Fill in the {graph} so that it [shows|fits] the data.",
    "Turn the [list|data|counts] into a {graph}.",
)


def _show_counts(canvas: Canvas, rng: random.Random, survey: Survey) -> None:
    data, look = survey.data, rng.choice(("list", "table", "row", "tally"))
    if look == "list":
        paragraph(
            canvas, "   ".join(f"{n}: {c}" for n, c in zip(data.names, data.counts, strict=True))
        )
    elif look == "tally" and data.step == 1:
        _draw_tally_chart(canvas, rng, survey, strokes=True, numbers=False)
    elif look == "table":
        rows = [("", "Count"), *((n, str(c)) for n, c in zip(data.names, data.counts, strict=True))]
        draw_table(canvas, rng, reserve(canvas, rng, 22 * len(rows), 240, framed=False), rows)
    else:
        rows = [data.names, [str(c) for c in data.counts]]
        draw_table(canvas, rng, reserve(canvas, rng, 48, 90 * len(data.names), framed=False), rows)
    canvas.y += 6


@template
def data_sorting_cards(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Unsorted observations to be grouped, then shown in a graph."""
    kind = rng.choice(("bar", "picture"))
    survey = choose_survey(rng)
    names, step = survey.data.names, survey.data.step
    grouping = step == 1 and rng.random() < 0.5
    instruct(
        canvas,
        rng,
        _CLASSIFY if grouping else _COLLECT,
        graph_titles(kind),
        graph=name_graph(rng, kind),
    )
    cards = [n for n, c in zip(names, survey.data.counts, strict=True) for _ in range(c // step)]
    rng.shuffle(cards)
    if step > 1 or rng.random() < 0.6:
        text = vary(
            rng,
            f"[Each|One|Every] card [stands for|counts as|means] {step} {'item' if step == 1 else 'items'}.",
        )
        paragraph(canvas, text, size=canvas.style.size * 0.8)
    _write_cards(canvas, rng, cards, names)
    draw_graph(canvas, rng, kind, survey, shown=canvas.style.solution)
    sorting = (
        frozenset(("ConceptClassification", "ObjectSorting")) if grouping else frozenset[str]()
    )
    return label_graph(kind, survey) | sorting | {"VisualArticulation"}


_CLASSIFY = (
    "Sort the cards [first|into groups]. Show each group in the {graph}.",
    "[Classify|Sort] the [cards|words] [first|]. Then [draw|fill in] the {graph}.",
    "[Organize|Sort] the data into groups and show [them|the groups] in the {graph}.",
    "Put the cards [into|in] groups of the same kind and draw the {graph}.",
)
_COLLECT = (
    "Count the [observations|cards] of each [kind|category] and complete the {graph}.",
    "How many of each [kind|category] are there? [Show it in|Draw] the {graph}.",
    "[Use|Look at] the [cards|observations] [and|to] [draw|complete] the {graph}.",
    "Draw a {graph} of the [collected data|shuffled observations].",
    "Find each count, then [make|fill in] the {graph}.",
)


def _write_cards(
    canvas: Canvas, rng: random.Random, cards: Sequence[str], names: Sequence[str]
) -> None:
    size = canvas.style.size * 0.72
    x, y, framed = canvas.left, canvas.y + size, rng.random() < 0.5
    for card in cards:
        width = canvas.measure(card, size) + size
        if x + width > canvas.right:
            x, y = canvas.left, y + size * 1.7
        colour = canvas.style.palette[names.index(card) % 6]
        if framed:
            canvas.rectangle(
                Area(x, y - size * 0.75, x + width, y + size * 0.75),
                fill=soften(colour, 0.88),
                outline=soften(colour, 0.5),
                radius=3,
            )
        canvas.text(
            x + width / 2, y, card, size=size, anchor="m", colour=colour if not framed else None
        )
        x += width + size * 0.5
    canvas.y = y + size * 1.6


@template
def data_graph_reading(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A finished graph; one count is asked for."""
    kind = rng.choice(("bar", "picture"))
    survey = choose_survey(rng)
    index = rng.randrange(len(survey.data.names))
    noun = survey.data.names[index]
    instruct(canvas, rng, _READ, graph_titles(kind), graph=name_graph(rng, kind), noun=noun)
    draw_graph(canvas, rng, kind, survey, shown=True)
    answer = str(survey.data.counts[index])
    if rng.random() < 0.6:
        write_answer(
            canvas,
            rng,
            (rng.choice((f"{noun} = ", f"{noun}: ", f"{noun} count: ")), Blank(answer, digits=3)),
        )
    else:
        write_answer_line(canvas, rng, answer)
    return label_graph(kind, survey) | {"Interpretation"}


_READ = (
    "How many are shown for {noun}?",
    "How many [votes|items] does {noun} have?",
    "[Read|Look at] the {graph}. [What is the number for {noun}?|How many belong to {noun}?]",
    "What [number|count] does the {graph} show for {noun}?",
    "[Find|Read off] the [number|count] for {noun}.",
    "How many [items|things] are in the group {noun}?",
    "Use the {graph} to tell how many [there are in|belong to] {noun}.",
    "Which number belongs to {noun}?",
)


@template
def data_graph_arithmetic(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A finished graph; counts are added or compared."""
    kind = rng.choice(("bar", "picture"))
    survey = choose_survey(rng)
    sign = rng.choice("+−")
    chosen = rng.sample(range(len(survey.data.names)), 2)
    more, less = sorted(chosen, key=lambda i: -survey.data.counts[i])
    names = {
        "more": survey.data.names[more],
        "less": survey.data.names[less],
        "graph": name_graph(rng, kind),
    }
    instruct(canvas, rng, _CALCULATE[sign], graph_titles(kind), **names)
    draw_graph(canvas, rng, kind, survey, shown=True)
    high, low = survey.data.counts[more], survey.data.counts[less]
    answer = high + low if sign == "+" else high - low
    if rng.random() < 0.5:
        write_answer(
            canvas, rng, (Blank(str(high)), f" {sign} ", Blank(str(low)), " = ", Blank(str(answer)))
        )
    else:
        write_answer_line(canvas, rng, str(answer))
        write_conclusion(canvas, rng, f"{high} {sign} {low} = {answer}")
    return label_graph(kind, survey) | {AREA_OF[sign], "ProcedureExecution"}


_CALCULATE = {
    "+": (
        "How many {more} and {less} are there [altogether|in all|together]?",
        "[Use|Read] the {graph}. How many are {more} and {less} in all?",
        "Add the [numbers|counts] for {more} and {less}.",
        "[Find|Work out] the total of {more} and {less}.",
        "What is the sum of the [counts|values] for {less} and {more}?",
        "Put {more} and {less} together. How many is that?",
        "{less} and {more}: how many [altogether|in total]?",
        "How many items do {less} and {more} have together?",
    ),
    "−": (
        "How many more {more} than {less} are there?",
        "How many fewer {less} than {more} are there?",
        "[Use|Read] the {graph}. How many more are in {more} than in {less}?",
        "[Find|Work out] the difference between {more} and {less}.",
        "By how [much|many] is the [count|number] for {more} greater than for {less}?",
        "Compare {more} and {less}. How many more [does|has] {more} [have|got]?",
        "How many less are in {less} than in {more}?",
        "What is the difference [between|of] the [bars|rows|counts] for {more} and {less}?",
    ),
}


@template
def data_most_least(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A finished graph; the category with the most or least is asked for."""
    kind = rng.choice(("bar", "picture"))
    survey = choose_survey(rng)
    extreme = rng.choice(("most", "least"))
    counts = survey.data.counts
    right = counts.index(max(counts) if extreme == "most" else min(counts))
    word = rng.choice(
        ("most", "largest number", "highest count")
        if extreme == "most"
        else ("least", "smallest number", "lowest count")
    )
    instruct(canvas, rng, _EXTREME, graph_titles(kind), word=word, graph=name_graph(rng, kind))
    draw_graph(canvas, rng, kind, survey, shown=True)
    write_choices(canvas, rng, survey.data.names, {right})
    return label_graph(kind, survey) | {"Interpretation", "Most" if extreme == "most" else "Least"}


_EXTREME = (
    "Which [category|group] has the {word}?",
    "[Read|Look at] the {graph}. Which [one|category] has the {word}?",
    "[Find|Name|Circle|Mark] the [group|category] with the {word}.",
    "What has the {word} [in the graph|]?",
    "Which [bar or row|category] shows the {word}?",
)


def _draw_tally_chart(
    canvas: Canvas, rng: random.Random, survey: Survey, *, strokes: bool, numbers: bool
) -> list[Area]:
    """A chart with names, strokes and numbers; the cells for the numbers."""
    data = survey.data
    columns = (
        "",
        rng.choice(("Tally", "Tally marks", "Marks")),
        rng.choice(("Count", "Number", "Total")),
    )
    rows = [
        columns,
        *((n, "", str(c) if numbers else "") for n, c in zip(data.names, data.counts, strict=True)),
    ]
    place = reserve(canvas, rng, 27 * len(rows), rng.uniform(280, 380), framed=False)
    cells = draw_table(canvas, rng, place, rows)
    for row, count in zip(cells[1:], data.counts if strokes else (), strict=False):
        draw_tally(canvas, row[1].x0 + 8, row[1].middle[1], count, 15)
    return [row[2] for row in cells[1:]]


@template
def data_tally(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A tally chart: numbers to write for strokes, or strokes to draw for numbers."""
    survey, drawing = choose_survey(rng, step=1), rng.random() < 0.4
    instruct(
        canvas,
        rng,
        _TALLY_DRAW if drawing else _TALLY_READ,
        ("Tally chart", "Tally marks", "Data", "Counting votes"),
    )
    paragraph(canvas, survey.topic, size=canvas.style.size * 0.85, bold=True)
    solved = canvas.style.solution
    cells = _draw_tally_chart(canvas, rng, survey, strokes=not drawing or solved, numbers=drawing)
    for cell, count in zip(cells, survey.data.counts, strict=True):
        if solved and not drawing:
            canvas.text(*cell.middle, str(count), bold=True, anchor="m", colour=canvas.style.accent)
    ability = "VisualArticulation" if drawing else "Interpretation"
    return _BASE | {"StepsOf1", ability}


_TALLY_READ = (
    "Count the tally marks. [Write the numbers.|How many of each are there?]",
    "[Read|Look at] the tally chart and write [the totals|each number].",
    "How many [votes|marks] are there [in each row|for each]?",
    "Write the number [for|of] [each tally|the tally marks].",
    "[Fill in|Complete] the last column.",
)
_TALLY_DRAW = (
    "Draw tally marks for [each number|the numbers].",
    "[Show|Record] the [counts|numbers] with tally marks.",
    "[Make|Complete] the tally chart.",
    "Draw the strokes that [belong to|fit] each number.",
)
