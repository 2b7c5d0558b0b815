"""Charts of businesses and sciences, diagrams, maps and plans.

How it is used: through `catalogue.py`; every function draws one page from a `random.Random`. What
it leaves out: bar graphs and line plots as children draw them, which are elementary mathematics.
"""

import math
import random

from chalklens.training.negatives.page import Page, soft_colour, vivid_colour
from chalklens.training.negatives.sentences import pick_topic, write_company
from chalklens.training.negatives.topics import (
    DEPARTMENTS,
    MEASURES,
    MONTHS,
    REGIONS,
    TOWNS,
    split_list,
)

STEPS = split_list(
    "Start|Approve request?|Send invoice|Notify customer|Archive|Validate input|Escalate|Log in|Retry|"
    "Ship order|Database|API gateway|Load balancer|Cache|Deploy|Run tests|Merge|Close ticket|End|Review"
)
VARIABLES = split_list(
    "Temperature (K)|Pressure (hPa)|Wavelength (nm)|Voltage (mV)|Concentration (mol/l)|Age (years)|"
    "Blood pressure|Income (k€)|Latency (ms)|Signal to noise (dB)|Absorbance|Loss|Epoch|Velocity (m/s)"
)
ROOMS = split_list(
    "Kitchen|Bedroom|Bath|Hall|Living room|Office|Storage|Balcony|Garage|Dining|Stairs"
)


def _draw_axes(page: Page, unit: str) -> tuple[float, float, float, float]:
    """Axes with figures; returns left, top, right, bottom of the plane."""
    left, top, right, bottom = 70.0, 60.0, page.width - 30.0, page.height - 60.0
    page.pen.line((left, top, left, bottom, right, bottom), fill=page.ink, width=2)
    step = page.rng.choice((0.2, 0.5, 25, 100, 250, 1500, 20_000))
    for tick in range(6):
        y = bottom - tick * (bottom - top) / 5
        page.write(14, y - 8, f"{tick * step:,.6g}{unit}", 11)
        if page.rng.random() < 0.7:
            page.pen.line((left, y, right, y), fill=(210, 210, 210))
    return left, top, right, bottom


def _title(page: Page) -> None:
    rng = page.rng
    page.write(
        30,
        14,
        f"{rng.choice(MEASURES)} {rng.choice(('by', 'in', 'of'))} {rng.choice((*REGIONS, write_company(rng)))} {rng.randint(1990, 2030)}",
        18,
    )


def draw_line_chart(rng: random.Random) -> Page:
    """Curves over months or years."""
    page = Page(rng, rng.randint(460, 640), rng.randint(300, 420), soft_colour(rng))
    _title(page)
    left, top, right, bottom = _draw_axes(page, rng.choice(("", "%", "k", "M", " €")))
    year = rng.randint(1980, 2020)
    for slot in range(6):
        label = MONTHS[slot * 2][:3] if year % 2 else str(year + slot)
        page.write(left + slot * (right - left) / 6, bottom + 8, label, 12)
    for series in range(rng.randint(1, 4)):
        colour, y = vivid_colour(rng), rng.uniform(top, bottom)
        points: list[tuple[float, float]] = []
        for i in range(25):
            y = min(bottom, max(top, y + rng.uniform(-25, 25)))
            points.append((left + i * (right - left) / 24, y))
        page.pen.line(points, fill=colour, width=3)
        page.write(
            left + 20 + series * 120,
            page.height - 26,
            rng.choice((*REGIONS, *DEPARTMENTS)),
            12,
            ink=colour,
        )
    return page


def draw_pie_chart(rng: random.Random) -> Page:
    """Shares of a whole, with a legend."""
    page = Page(rng, rng.randint(440, 580), rng.randint(300, 400), soft_colour(rng))
    _title(page)
    weights = [rng.uniform(0.3, 2) for _ in range(rng.randint(3, 7))]
    start, hole = rng.uniform(0, 360), rng.random() < 0.4
    names = rng.sample((*REGIONS, *DEPARTMENTS), len(weights))
    for row, (name, weight) in enumerate(zip(names, weights, strict=True)):
        extent, colour = 360 * weight / sum(weights), vivid_colour(rng)
        page.pen.pieslice((40, 60, 260, 280), start, start + extent, fill=colour)
        page.pen.rectangle((290, 70 + row * 28, 306, 86 + row * 28), fill=colour)
        page.write(314, 68 + row * 28, f"{name} {100 * weight / sum(weights):.1f}%", 14)
        start += extent
    if hole:
        page.pen.ellipse((105, 125, 195, 215), fill=(255, 255, 255))
    return page


def draw_flowchart(rng: random.Random) -> Page:
    """Boxes and arrows."""
    page = Page(rng, rng.randint(460, 640), rng.randint(340, 520), soft_colour(rng))
    columns, rows = rng.choice((2, 3)), rng.choice((3, 4))
    names = rng.sample(STEPS, columns * rows)
    for cell, name in enumerate(names):
        x = 20 + cell % columns * (page.width - 20) / columns
        y = 24 + cell // columns * (page.height - 30) / rows
        shape = page.pen.ellipse if rng.random() < 0.3 else page.pen.rectangle
        shape((x, y, x + 140, y + 54), fill=soft_colour(rng), outline=page.ink, width=2)
        page.write(x + 70, y + 18, name, 14, centred=True)
        if rng.random() < 0.8:
            page.pen.line(
                (x + 70, y + 54, x + 70, y + (page.height - 30) / rows), fill=page.ink, width=2
            )
        if rng.random() < 0.25:
            page.write(x + 78, y + 58, rng.choice(("yes", "no", "timeout", "ok")), 12)
    return page


def draw_organisation_chart(rng: random.Random) -> Page:
    """Who leads whom."""
    page = Page(rng, 640, 340)
    page.write(24, 12, f"{write_company(rng)}: organisation", 18)
    titles = ("Chief executive", "Head of", "Head of", "Head of", "Team", "Team", "Team", "Team")
    places = (
        (320, 60),
        (120, 150),
        (320, 150),
        (520, 150),
        (80, 250),
        (240, 250),
        (400, 250),
        (560, 250),
    )
    for title, (x, y) in zip(titles, places, strict=True):
        page.pen.rectangle((x - 75, y, x + 75, y + 50), outline=page.ink, fill=soft_colour(rng))
        name = title if title.startswith("Chief") else f"{title} {rng.choice(DEPARTMENTS)}"
        page.write_block(x - 70, y + 6, 140, name, 12)
        page.pen.line((x, y, 320, 110), fill=page.ink)
    return page


def draw_street_map(rng: random.Random) -> Page:
    """Streets, blocks, names and a scale."""
    page = Page(rng, rng.randint(420, 600), rng.randint(360, 520), (236, 232, 222))
    for _ in range(rng.randint(8, 16)):
        x, y = rng.randint(0, page.width), rng.randint(0, page.height)
        angle, width = rng.uniform(0, math.pi), rng.choice((4, 7, 12))
        dx, dy = 900 * math.cos(angle), 900 * math.sin(angle)
        page.pen.line(
            (x - dx, y - dy, x + dx, y + dy),
            fill=rng.choice(((255, 255, 255), (250, 220, 130))),
            width=width,
        )
    x, y = rng.randint(0, page.width), rng.randint(0, page.height)
    page.pen.ellipse((x - 80, y - 50, x + 80, y + 50), fill=(160, 205, 230))
    for _ in range(rng.randint(4, 10)):
        name = rng.choice(
            (
                f"{rng.choice(TOWNS)} Street",
                "Park",
                "City Hall",
                "Hospital",
                "Museum",
                "River",
                "Station",
                f"A{rng.randint(1, 99)}",
            )
        )
        page.write(
            rng.randint(5, page.width - 110),
            rng.randint(5, page.height - 25),
            name,
            rng.randint(11, 16),
        )
    page.write(
        page.width - 80,
        page.height - 22,
        rng.choice(("500 m", "2 km", "N ↑")),
        12,
        face="SourceSansPro-Regular",
    )
    return page


def draw_labelled_diagram(rng: random.Random) -> Page:
    """A thing with lines to the names of its parts."""
    page = Page(rng, rng.randint(420, 560), rng.randint(340, 460))
    topic = pick_topic(rng)
    page.write(20, 14, f"Parts of the {rng.choice(topic.nouns)}", 20)
    cx, cy = page.width / 2, page.height / 2 + 15
    for _ in range(rng.randint(2, 5)):
        a, b = rng.randint(20, 90), rng.randint(20, 90)
        page.pen.ellipse(
            (cx - a, cy - b, cx + a, cy + b), outline=page.ink, fill=soft_colour(rng), width=2
        )
    parts = (
        "stem",
        "shell",
        "outer wall",
        "valve",
        "lens",
        "root",
        "core",
        "membrane",
        "handle",
        "wing",
        "nucleus",
        "blade",
        "axle",
        "vein",
        "filter",
    )
    for number, part in enumerate(rng.sample(parts, rng.randint(4, 7))):
        left, y = number % 2 == 0, 70 + number * 42
        x = 20 if left else page.width - 110
        page.pen.line(
            (x + (80 if left else 0), y + 8, cx + rng.randint(-40, 40), cy + rng.randint(-40, 40)),
            fill=page.ink,
        )
        page.write(x, y, part, 15)
    return page


def draw_scatter_chart(rng: random.Random) -> Page:
    """Points of two measured variables."""
    page = Page(rng, rng.randint(440, 600), rng.randint(320, 440))
    across, up = rng.sample(VARIABLES, 2)
    page.write(
        30, 14, f"{up} vs. {across} (n = {rng.randint(20, 900)}, p < 0.0{rng.randint(1, 5)})", 15
    )
    left, top, right, bottom = _draw_axes(page, "")
    slope, colour = rng.uniform(-1, 1), vivid_colour(rng)
    for _ in range(rng.randint(40, 160)):
        t = rng.random()
        y = (top + bottom) / 2 + (t - 0.5) * slope * (bottom - top) + rng.gauss(0, 25)
        x, y = left + t * (right - left), min(bottom, max(top, y))
        page.pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=colour)
    page.write((left + right) / 2, bottom + 24, across, 14, centred=True)
    page.write(left + 10, top - 18, up, 13)
    return page


def draw_stacked_bar_chart(rng: random.Random) -> Page:
    """Bars in layers, by quarter."""
    page = Page(rng, rng.randint(480, 640), rng.randint(320, 420))
    _title(page)
    left, _, right, bottom = _draw_axes(page, rng.choice(("k", "M", " k€", "%")))
    colours = [vivid_colour(rng) for _ in range(rng.randint(2, 4))]
    for slot in range(rng.choice((4, 5, 6))):
        x, y = left + 20 + slot * (right - left - 20) / 6, bottom
        for colour in colours:
            height = rng.uniform(10, 60)
            page.pen.rectangle((x, y - height, x + 44, y), fill=colour)
            y -= height
        page.write(x, bottom + 8, f"Q{slot % 4 + 1}/{rng.randint(19, 30)}", 12)
    for row, colour in enumerate(colours):
        page.write(
            left + row * 130, page.height - 26, rng.choice((*DEPARTMENTS, *REGIONS)), 12, ink=colour
        )
    return page


def draw_floor_plan(rng: random.Random) -> Page:
    """Rooms with names and areas."""
    page = Page(rng, rng.randint(440, 600), rng.randint(340, 460))
    columns, rows = rng.choice((2, 3)), 2
    for cell in range(columns * rows):
        w, h = (page.width - 40) / columns, (page.height - 60) / rows
        x, y = 20 + cell % columns * w, 40 + cell // columns * h
        page.pen.rectangle((x, y, x + w, y + h), outline=page.ink, width=5)
        page.write(x + w / 2, y + h / 2 - 20, rng.choice(ROOMS), 16, centred=True)
        page.write(x + w / 2, y + h / 2 + 2, f"{rng.uniform(4, 40):.1f} m²", 13, centred=True)
        page.pen.arc((x + w - 50, y + h - 50, x + w, y + h), 180, 270, fill=page.ink, width=2)
    page.write(
        20, 10, rng.choice(("Ground floor", "First floor", "Apartment B", "Basement level")), 18
    )
    return page


KINDS = {
    "line_chart": draw_line_chart,
    "pie_chart": draw_pie_chart,
    "flowchart": draw_flowchart,
    "organisation_chart": draw_organisation_chart,
    "street_map": draw_street_map,
    "labelled_diagram": draw_labelled_diagram,
    "scatter_chart": draw_scatter_chart,
    "stacked_bar_chart": draw_stacked_bar_chart,
    "floor_plan": draw_floor_plan,
}
