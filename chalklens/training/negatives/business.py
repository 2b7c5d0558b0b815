"""Papers of offices, shops and clubs: tables, receipts, timetables, forms.

How it is used: through `catalogue.py`; every function draws one page from a `random.Random`.

What it leaves out: which kinds are fitted on (`catalogue.py`), how letters look (`lettering.py`).
"""

import random

from chalklens.training.negatives.lettering import pick_typeface
from chalklens.training.negatives.page import Page, soft_colour, vivid_colour
from chalklens.training.negatives.sentences import (
    write_address,
    write_code_word,
    write_company,
    write_date,
    write_email,
    write_money,
    write_person,
    write_phone,
)
from chalklens.training.negatives.topics import (
    CLUBS,
    DEPARTMENTS,
    GOODS,
    MEASURES,
    MONTHS,
    REGIONS,
    TOPICS,
    TOWNS,
    WEEKDAYS,
    split_list,
)

FIELDS = split_list(
    "First name|Surname|Date of birth|Nationality|Passport number|Street|Postcode|E-mail|Telephone|"
    "Employer|Occupation|Marital status|Tax number|IBAN|Emergency contact|Place of birth|Signature"
)
TASKS = split_list(
    "Dentist|Call {N}|Team meeting|Yoga|Flight to {T}|Pick up parcel|Dinner with {N}|Submit report|"
    "Car service|Birthday {N}|Rehearsal|Board meeting|Haircut|Doctor|Swimming|Lunch {N}|Day off"
)


def draw_spreadsheet(rng: random.Random) -> Page:
    """Figures of a business with column letters."""
    columns, rows = rng.randint(4, 7), rng.randint(8, 16)
    page = Page(rng, 130 + columns * 90, 60 + rows * 25)
    head = ["", *("ABCDEFGH"[i] for i in range(columns))]
    titles = ["1", rng.choice(("Item", "Region", "Team")), *rng.sample(MONTHS, columns - 1)]
    body = [
        [str(r + 2), rng.choice((*MEASURES, *REGIONS, *DEPARTMENTS)), *_figures(rng, columns - 1)]
        for r in range(rows - 2)
    ]
    widths = [30.0, 150.0, *([82.0] * (columns - 1))]
    page.pen.rectangle((0, 0, page.width, 26), fill=(225, 228, 232))
    page.write_table(4, 4, widths, [head, titles, *body], 12, row_px=24)
    return page


def _figures(rng: random.Random, count: int) -> list[str]:
    forms = ("{:,.0f}", "{:,.2f}", "{:.1f}%", "({:,.0f})", "€{:,.0f}")
    form = rng.choice(forms)
    return [form.format(rng.uniform(1, 90 if "%" in form else 250_000)) for _ in range(count)]


def draw_receipt(rng: random.Random) -> Page:
    """A till receipt."""
    page = Page(rng, rng.randint(260, 340), rng.randint(420, 640))
    page.face = pick_typeface(rng, "code")
    page.write(page.width / 2, 16, write_company(rng).upper(), 17, centred=True)
    page.write_block(20, 42, page.width - 40, write_address(rng), 11)
    y, total = 92.0, 0.0
    for item in rng.sample(GOODS, rng.randint(4, 11)):
        price = rng.uniform(0.5, 60)
        total += price
        page.write(16, y, item, 12)
        page.write(page.width - 70, y, f"{price:.2f} {rng.choice('AB')}", 12)
        y += 20
    page.write(16, y + 8, rng.choice(("TOTAL", "SUBTOTAL", "AMOUNT DUE")), 15)
    page.write(page.width - 90, y + 8, f"{total:.2f}", 15)
    for line in rng.sample(
        (
            "VISA **** 4417",
            f"CHANGE {rng.uniform(0, 9):.2f}",
            "VAT 19%",
            "THANK YOU FOR YOUR VISIT",
            f"CASHIER {rng.randint(1, 40)}",
            write_date(rng),
        ),
        3,
    ):
        y += 24
        page.write(16, y + 12, line, 12)
    return page


def draw_invoice(rng: random.Random) -> Page:
    """An invoice with positions."""
    page = Page(rng, 600, rng.randint(520, 720))
    page.write(30, 24, write_company(rng), 22)
    page.write(400, 28, "INVOICE", 24)
    page.write(400, 62, f"No. {rng.randint(2019, 2030)}-{rng.randint(100, 9999)}", 13)
    page.write(400, 82, f"Due {write_date(rng)}", 13)
    page.write_block(30, 80, 240, f"Bill to: {write_person(rng)}, {write_address(rng)}", 13)
    rows = [["Description", "Qty", "Unit price", "Amount"]]
    for _ in range(rng.randint(3, 8)):
        count, price = rng.randint(1, 40), rng.uniform(3, 400)
        item = rng.choice((*GOODS, "Consulting hours", "Hosting", "Translation", "Freight"))
        rows.append([item, str(count), f"{price:.2f}", f"{count * price:,.2f}"])
    y = page.write_table(30, 160, [250, 60, 110, 120], rows, 13)
    page.write(340, y + 14, f"Total {write_money(rng, 9000)}", 17)
    page.write(30, y + 60, f"Payable within {rng.choice((14, 30))} days. {write_email(rng)}", 12)
    return page


def draw_timetable(rng: random.Random) -> Page:
    """Departures of trains, buses or flights."""
    dark = rng.random() < 0.4
    page = Page(rng, 560, rng.randint(300, 460), (15, 20, 45) if dark else (255, 255, 255))
    page.write(
        20, 14, rng.choice(("Departures", "Arrivals", "Line timetable", "Platform board")), 22
    )
    rows = [["Time", "Destination", "Train", "Platform", "Remarks"]]
    for hour in sorted(rng.sample(range(5, 24), rng.randint(7, 12))):
        number = f"{rng.choice(('IC', 'RE', 'S', 'EC', 'LH', 'Bus'))} {rng.randint(1, 999)}"
        note = rng.choice(("", "on time", "cancelled", f"+{rng.randint(5, 45)} min", "boarding"))
        rows.append(
            [
                f"{hour:02}:{rng.randint(0, 59):02}",
                rng.choice(TOWNS),
                number,
                str(rng.randint(1, 24)),
                note,
            ]
        )
    page.write_table(14, 54, [70, 160, 100, 80, 110], rows, 13, ruled=rng.random() < 0.5)
    return page


def draw_form(rng: random.Random) -> Page:
    """An official form to fill in."""
    page = Page(rng, rng.randint(460, 620), rng.randint(440, 640), soft_colour(rng))
    page.write(
        24,
        20,
        rng.choice(
            (
                "Application for residence",
                "Membership form",
                "Patient registration",
                "Visa application",
                "Change of address",
                "Loan request",
            )
        ),
        22,
    )
    y = 70.0
    for field in rng.sample(FIELDS, rng.randint(7, 11)):
        if y > page.height - 50:
            break
        page.write(24, y, field, 14)
        page.pen.rectangle((200, y - 4, page.width - 30, y + 22), outline=(120, 120, 120))
        if rng.random() < 0.4:
            page.write(
                208, y, rng.choice((write_person(rng), write_date(rng), write_phone(rng))), 13
            )
        y += 38
    page.write(
        24,
        page.height - 34,
        "☐ I agree to the terms and conditions",
        13,
        face="SourceSansPro-Regular",
    )
    return page


def draw_calendar_week(rng: random.Random) -> Page:
    """A diary with appointments."""
    page = Page(rng, rng.randint(560, 760), rng.randint(360, 520))
    page.write(20, 12, f"{rng.choice(MONTHS)} {rng.randint(2019, 2030)}", 22)
    days = rng.choice((5, 7))
    width = (page.width - 70) / days
    for day in range(days):
        x = 60 + day * width
        page.write(x + 4, 48, f"{WEEKDAYS[day][:3]} {rng.randint(1, 30)}", 13)
        page.pen.line((x, 44, x, page.height), fill=(190, 190, 190))
        for _ in range(rng.randint(0, 3)):
            y = rng.randint(80, page.height - 60)
            page.pen.rectangle(
                (x + 3, y, x + width - 3, y + 44), fill=soft_colour(rng), outline=vivid_colour(rng)
            )
            text = rng.choice(TASKS).format(N=write_person(rng).split()[0], T=rng.choice(TOWNS))
            page.write_block(x + 6, y + 4, width - 10, text, 11)
    for hour in range(8, 18, 2):
        page.write(10, 80 + (hour - 8) * (page.height - 90) / 10, f"{hour}:00", 12)
    return page


def draw_league_table(rng: random.Random) -> Page:
    """Standings of a league."""
    page = Page(rng, 520, rng.randint(280, 420), soft_colour(rng))
    page.write(
        20,
        14,
        f"{rng.choice(('Premier Division', 'Regional League', 'Cup group B', 'Season'))} {rng.randint(1990, 2030)}",
        20,
    )
    rows = [["#", "Club", "P", "W", "D", "L", "GD", "Pts"]]
    points = sorted(rng.sample(range(8, 90), rng.randint(7, 12)), reverse=True)
    for place, score in enumerate(points, 1):
        counts = [str(rng.randint(0, 24)) for _ in range(4)]
        difference = f"{rng.randint(-40, 50):+}"
        rows.append(
            [
                str(place),
                f"{rng.choice(TOWNS)} {rng.choice(CLUBS)}",
                *counts,
                difference,
                str(score),
            ]
        )
    page.write_table(14, 50, [30, 210, 40, 40, 40, 40, 50, 45], rows, 13, ruled=rng.random() < 0.5)
    return page


def draw_price_list(rng: random.Random) -> Page:
    """A leaflet of offers."""
    page = Page(rng, rng.randint(460, 600), rng.randint(360, 520), soft_colour(rng))
    page.write(
        20, 14, rng.choice(("WEEKLY DEALS", "FINAL SALE", "SPECIAL OFFERS", "NEW ARRIVALS")), 28
    )
    for cell, item in enumerate(rng.sample(GOODS, 6)):
        x, y = 20 + (cell % 3) * (page.width - 30) / 3, 64 + (cell // 3) * (page.height - 80) / 2
        page.pen.rectangle((x, y, x + 120, y + 80), fill=vivid_colour(rng))
        page.write(x, y + 86, item, 13)
        page.write(x, y + 104, write_money(rng, 90), 18)
        page.write(
            x,
            y + 128,
            rng.choice(("-20%", "2 for 1", "only today", "while stocks last", "per kg")),
            11,
        )
    return page


def draw_nutrition_label(rng: random.Random) -> Page:
    """What a packet says about its content."""
    page = Page(rng, rng.randint(260, 340), rng.randint(380, 480))
    page.write(16, 12, "Nutrition Facts", 26)
    page.write(16, 46, f"{rng.randint(2, 12)} servings per container", 12)
    parts = split_list(
        "Energy|Total fat|Saturated fat|Cholesterol|Sodium|Carbohydrate|Dietary fibre|Sugars|Protein|Vitamin D|Calcium|Iron"
    )
    rows = [
        [
            part,
            f"{rng.uniform(0, 60):.1f} {rng.choice(('g', 'mg', 'kcal'))}",
            f"{rng.randint(0, 99)}%",
        ]
        for part in parts
    ]
    y = page.write_table(10, 70, [130, 80, 40], rows[: rng.randint(7, 12)], 12)
    nouns = ", ".join(rng.sample(TOPICS["kitchen"].nouns, 5))
    page.write_block(12, y + 8, page.width - 24, f"Ingredients: {nouns}. Keep dry.", 11)
    return page


def draw_identity_card(rng: random.Random) -> Page:
    """A card with a portrait and data."""
    page = Page(rng, rng.randint(420, 500), rng.randint(260, 310), soft_colour(rng))
    page.write(
        20,
        12,
        rng.choice(
            ("IDENTITY CARD", "DRIVING LICENCE", "LIBRARY CARD", "STUDENT ID", "STAFF PASS")
        ),
        18,
    )
    page.pen.rectangle((20, 50, 140, 200), fill=(170, 190, 205), outline=(60, 60, 60))
    page.pen.ellipse((50, 75, 110, 145), fill=(222, 184, 150))
    page.pen.pieslice((30, 140, 130, 260), 180, 360, fill=vivid_colour(rng))
    names = ("Name", "Date of birth", "Valid until", "No.", "Issued in")
    values = (
        write_person(rng),
        write_date(rng),
        write_date(rng),
        write_code_word(rng),
        rng.choice(TOWNS),
    )
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        page.write(160, 50 + row * 34, name, 10)
        page.write(160, 63 + row * 34, value, 15)
    page.write(
        20,
        page.height - 40,
        f"{write_code_word(rng, 9)}<<{write_code_word(rng, 12)}<<<",
        14,
        face="SourceSansPro-Semibold",
    )
    return page


def draw_qr_ticket(rng: random.Random) -> Page:
    """A ticket or parcel label with a square code."""
    page = Page(rng, rng.randint(380, 520), rng.randint(220, 300))
    cells, side = rng.choice((21, 25, 29)), rng.choice((5, 6))
    for cell in range(cells * cells):
        x, y = 16 + cell % cells * side, 16 + cell // cells * side
        if rng.random() < 0.5:
            page.pen.rectangle((x, y, x + side - 1, y + side - 1), fill=(0, 0, 0))
    left = 40 + cells * side
    kind = rng.choice(("BOARDING PASS", "CONCERT TICKET", "PARCEL", "MUSEUM ENTRY", "COUPON"))
    lines = (
        kind,
        write_code_word(rng, 10),
        f"{rng.choice(TOWNS)} → {rng.choice(TOWNS)}",
        write_date(rng),
        f"Seat {rng.randint(1, 40)}{rng.choice('ABCDEF')}",
        f"Gate {rng.choice('ABC')}{rng.randint(1, 60)}",
    )
    for row, text in enumerate(lines[: rng.randint(3, 6)]):
        page.write(left, 24 + row * 32, text, 15)
    return page


KINDS = {
    "spreadsheet": draw_spreadsheet,
    "receipt": draw_receipt,
    "invoice": draw_invoice,
    "timetable": draw_timetable,
    "form": draw_form,
    "calendar_week": draw_calendar_week,
    "league_table": draw_league_table,
    "price_list": draw_price_list,
    "nutrition_label": draw_nutrition_label,
    "identity_card": draw_identity_card,
    "qr_ticket": draw_qr_ticket,
}
