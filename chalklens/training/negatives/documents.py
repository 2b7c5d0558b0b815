"""Printed and written pages: prose, news, letters, recipes, posters and their like.

How it is used: through `catalogue.py`; every function draws one page from a `random.Random`.

What it leaves out: which kinds are fitted on (`catalogue.py`), how letters look (`lettering.py`).
"""

import random

from chalklens.training.negatives.lettering import pick_typeface
from chalklens.training.negatives.page import Page, soft_colour, vivid_colour
from chalklens.training.negatives.sentences import (
    fill_pattern,
    pick_topic,
    write_address,
    write_company,
    write_date,
    write_headline,
    write_message,
    write_money,
    write_person,
    write_phone,
    write_prose,
    write_sentence,
)
from chalklens.training.negatives.topics import DISHES, TOPICS, TOWNS, split_list, split_words

FOREIGN = split_list(
    "Der alte Kapitän stand am Hafen und wartete auf das Schiff. Niemand wusste, wann es kommt.|"
    "Am Abend regnete es, und die Kinder liefen schnell nach Hause. Die Großmutter kochte Suppe.|"
    "Bitte schließen Sie die Tür. Das Büro ist heute wegen einer Feier nicht geöffnet.|"
    "La vieille dame ouvrait la fenêtre chaque matin pour écouter les oiseaux du jardin.|"
    "Nous avons marché longtemps dans la forêt sans trouver le chemin du village.|"
    "El tren salió tarde de la estación y los viajeros tuvieron que esperar bajo la lluvia.|"
    "Mi hermana trabaja en una librería y por la noche escribe cuentos para sus amigos.|"
    "Il gatto dorme sul tetto mentre il vento muove le foglie degli alberi.|"
    "Domani andremo al mare con gli zii, se il tempo sarà bello.|"
    "De bakker opent zijn winkel vroeg, want iedereen wil vers brood bij het ontbijt.|"
    "O menino correu pela praia e encontrou uma garrafa com uma carta dentro.|"
    "Yaşlı adam her sabah parkta oturur ve gazetesini okurdu.|"
    "Вечером в доме было тихо, только часы стучали в коридоре.|"
    "Мы долго ехали через лес и наконец увидели огни города.|"
    "Она закрыла книгу и посмотрела в окно на снег.|"
    "Το καράβι έφυγε νωρίς το πρωί και το λιμάνι έμεινε άδειο.|"
    "Ο παππούς έλεγε κάθε βράδυ την ίδια ιστορία στα παιδιά.|"
    "Gamla huset vid sjön hade stått tomt i många år innan de flyttade in."
)
STEPS = (
    "Preheat the oven and butter a {a} dish.",
    "Chop the {n} and the {m} finely.",
    "Stir in the {n} and let it simmer.",
    "Season with salt, pepper and {a} {n}.",
    "Fold the {n} gently into the {m}.",
    "Serve {a} with a slice of {m}.",
    "Leave the {n} to rest overnight.",
)


def draw_prose_page(rng: random.Random) -> Page:
    """A page of a novel."""
    page = Page(rng, rng.randint(420, 620), rng.randint(480, 760), soft_colour(rng))
    margin, y = rng.randint(30, 60), 40.0
    if rng.random() < 0.5:
        page.write(
            page.width / 2,
            y,
            f"Chapter {rng.choice(split_words('I II IV VII IX'))}",
            20,
            centred=True,
        )
        y += 50
    size = rng.randint(13, 18)
    while y < page.height - 50:
        text = write_prose(rng, rng.randint(2, 6))
        y = page.write_block(margin, y, page.width - 2 * margin, text, size) + rng.choice((0, 8))
    return page


def draw_newspaper(rng: random.Random) -> Page:
    """A front page in columns."""
    page = Page(rng, rng.randint(560, 760), rng.randint(500, 760), soft_colour(rng))
    title = f"THE {rng.choice(TOWNS).upper()} {rng.choice(('HERALD', 'POST', 'COURIER', 'TIMES'))}"
    page.write(page.width / 2, 16, title, 30, face="SourceSerifPro-Bold", centred=True)
    page.write(24, 58, write_date(rng), 11)
    page.pen.line((20, 76, page.width - 20, 76), fill=page.ink, width=2)
    top = page.write_block(24, 84, page.width - 48, write_headline(rng), 24, face="Caladea-Bold")
    columns = rng.choice((2, 3, 4))
    width = (page.width - 40) / columns
    for column in range(columns):
        text = write_prose(rng, 14)
        page.write_block(24 + column * width, top + 10, width - 14, text, rng.choice((11, 12, 13)))
    return page


def draw_letter(rng: random.Random) -> Page:
    """A business or private letter."""
    page = Page(rng, 540, rng.randint(520, 720), soft_colour(rng))
    size = rng.randint(13, 16)
    page.write(page.width - 240, 30, write_company(rng), size)
    page.write(page.width - 240, 52, write_date(rng), size)
    page.write_block(40, 80, 220, write_address(rng), size)
    greeting = rng.choice(("Dear", "Hello", "My dearest", "Dear Dr."))
    page.write(40, 150, f"{greeting} {write_person(rng)},", size)
    y = 180.0
    for _ in range(rng.randint(2, 4)):
        y = page.write_block(40, y, page.width - 80, write_prose(rng, rng.randint(2, 4)), size) + 10
    page.write(
        40,
        min(y + 10, page.height - 60),
        rng.choice(("Kind regards,", "Yours sincerely,", "Love,")),
        size,
    )
    page.write(40, min(y + 34, page.height - 34), write_person(rng), size)
    return page


def draw_recipe(rng: random.Random) -> Page:
    """Ingredients and steps."""
    page = Page(rng, rng.randint(440, 600), rng.randint(460, 640), soft_colour(rng))
    topic = TOPICS["kitchen"]
    page.write(30, 24, rng.choice(DISHES), 26)
    page.write(30, 62, f"Serves {rng.randint(2, 8)} · {rng.randint(15, 90)} min", 13)
    y = 96.0
    for noun in rng.sample(topic.nouns, rng.randint(5, 8)):
        unit = rng.choice(("g", "ml", "tbsp", "tsp", "cups of", "slices of", "pinch of"))
        page.write(44, y, f"{rng.choice((1, 2, 3, 100, 250, 500))} {unit} {noun}", 14)
        y += 22
    for number, step in enumerate(rng.sample(STEPS, rng.randint(4, 6)), 1):
        text = f"{number}. {fill_pattern(rng, step, topic)}"
        y = page.write_block(30, y + 10, page.width - 60, text, 14)
    return page


def draw_poster(rng: random.Random) -> Page:
    """An event poster in large letters."""
    page = Page(rng, rng.randint(360, 520), rng.randint(480, 700), vivid_colour(rng))
    for _ in range(rng.randint(2, 7)):
        x, y, r = rng.randint(0, page.width), rng.randint(0, page.height), rng.randint(20, 160)
        page.pen.ellipse((x - r, y - r, x + r, y + r), fill=vivid_colour(rng))
    ink = rng.choice(((255, 255, 255), (250, 240, 120), (20, 20, 20)))
    words = rng.choice(
        (
            "SUMMER JAZZ NIGHT",
            "OPEN AIR CINEMA",
            "CITY MARATHON",
            "FLEA MARKET",
            "ART FAIR",
            "CHOIR FESTIVAL",
            "LOST CAT",
            "BLOOD DRIVE",
            "GRAND OPENING",
        )
    )
    y = page.height * 0.18
    for word in words.split():
        page.write(page.width / 2, y, word, 52, face="SourceSansPro-Bold", ink=ink, centred=True)
        y += 64
    page.write(page.width / 2, y + 20, write_date(rng), 20, ink=ink, centred=True)
    page.write(page.width / 2, y + 52, write_headline(rng), 15, ink=ink, centred=True)
    page.write(page.width / 2, page.height - 50, write_address(rng), 13, ink=ink, centred=True)
    return page


def draw_foreign_prose(rng: random.Random) -> Page:
    """A page in another language than English."""
    page = Page(rng, rng.randint(420, 600), rng.randint(300, 560), soft_colour(rng))
    page.face, y, size = pick_typeface(rng, "wide"), 30.0, rng.randint(14, 19)
    for text in rng.sample(FOREIGN, rng.randint(3, 8)):
        y = page.write_block(30, y, page.width - 60, text, size) + 8
    return page


def draw_manual(rng: random.Random) -> Page:
    """Instructions for a machine, numbered."""
    page = Page(rng, 560, rng.randint(420, 640))
    page.write(
        30,
        24,
        f"{rng.choice(('User manual', 'Quick start guide', 'Safety instructions'))}: {write_company(rng)}",
        20,
    )
    y = 70.0
    verbs = ("Press", "Remove", "Unplug", "Insert", "Do not cover", "Clean", "Turn off", "Check")
    for number in range(1, rng.randint(6, 11)):
        topic = rng.choice((TOPICS["home"], TOPICS["computers"], TOPICS["kitchen"]))
        text = f"{number}. {rng.choice(verbs)} the {rng.choice(topic.nouns)}. {write_sentence(rng, topic)}"
        y = page.write_block(30, y, page.width - 60, text, 14) + 6
    return page


def draw_encyclopedia(rng: random.Random) -> Page:
    """A short entry with bold keyword and a picture frame."""
    page = Page(rng, rng.randint(520, 700), rng.randint(360, 560))
    topic = pick_topic(rng)
    noun = rng.choice(topic.nouns)
    page.write(28, 22, noun.capitalize(), 30, face="SourceSerifPro-Bold")
    page.pen.rectangle((page.width - 200, 70, page.width - 30, 200), fill=vivid_colour(rng))
    page.write(page.width - 196, 206, f"A {rng.choice(topic.adjectives)} {noun}", 11)
    intro = f"A {noun} is a {rng.choice(topic.adjectives)} {rng.choice(topic.nouns)} found in {rng.choice(topic.places)}."
    y = page.write_block(28, 72, page.width - 250, f"{intro} {write_prose(rng, 4, topic)}", 14)
    page.write_block(28, max(y + 10, 240), page.width - 56, write_prose(rng, 6, topic), 14)
    return page


def draw_contract(rng: random.Random) -> Page:
    """Clauses with numbers such as 3.2."""
    page = Page(rng, 580, rng.randint(500, 760))
    page.write(
        page.width / 2,
        24,
        rng.choice(
            ("LEASE AGREEMENT", "TERMS OF SERVICE", "NON-DISCLOSURE AGREEMENT", "PRIVACY POLICY")
        ),
        20,
        centred=True,
    )
    y = 70.0
    for clause in range(1, rng.randint(4, 7)):
        page.write(
            30,
            y,
            f"§ {clause} {rng.choice(('Liability', 'Term', 'Payment', 'Notices', 'Definitions'))}",
            15,
        )
        y += 24
        for part in range(1, rng.randint(2, 4)):
            text = f"{clause}.{part} {write_sentence(rng, TOPICS['law'])}"
            y = page.write_block(44, y, page.width - 80, text, 13) + 4
    return page


def draw_poem(rng: random.Random) -> Page:
    """Short lines, much space."""
    page = Page(rng, rng.randint(340, 480), rng.randint(340, 560), soft_colour(rng))
    page.face = pick_typeface(rng, "italic")
    topic, y = pick_topic(rng), 70.0
    page.write(40, 24, f"To the {rng.choice(topic.nouns)}", 22)
    while y < page.height - 40:
        line = rng.choice(
            (
                "O {a} {n}, o {a} {m},",
                "the {n} sleeps in {p},",
                "and no one {v} the {n}",
                "{a} as the {m}",
                "my {n}, my {b} {m}",
                "we {v} you, {n}",
            )
        )
        page.write(40, y, fill_pattern(rng, line, topic), 16)
        y += 26 if rng.random() < 0.8 else 46
    return page


def draw_menu(rng: random.Random) -> Page:
    """Dishes and prices."""
    page = Page(rng, rng.randint(360, 520), rng.randint(440, 700), soft_colour(rng))
    page.write(
        page.width / 2,
        26,
        f"{rng.choice(('Trattoria', 'Bistro', 'Café', 'Tavern'))} {rng.choice(TOWNS)}",
        26,
        centred=True,
    )
    y = 80.0
    for dish in rng.sample(DISHES, rng.randint(8, 14)):
        if y > page.height - 40:
            break
        if rng.random() < 0.2:
            page.write(
                page.width / 2,
                y,
                rng.choice(("STARTERS", "MAINS", "DESSERTS", "DRINKS")),
                16,
                centred=True,
            )
            y += 30
        page.write(36, y, dish, 15)
        page.write(
            page.width - 90, y, rng.choice((write_money(rng, 40), f"{rng.uniform(3, 35):.2f}")), 15
        )
        y += 27
    return page


def draw_comic(rng: random.Random) -> Page:
    """Panels with figures and speech balloons."""
    page = Page(rng, 560, rng.choice((300, 560)))
    rows = page.height // 270
    for cell in range(2 * rows):
        x, y = 10 + (cell % 2) * 275, 10 + (cell // 2) * 275
        page.pen.rectangle(
            (x, y, x + 265, y + 265), fill=soft_colour(rng), outline=(0, 0, 0), width=3
        )
        for figure in range(rng.randint(1, 2)):
            cx, cy = x + 70 + figure * 120, y + 170
            page.pen.ellipse(
                (cx - 26, cy - 26, cx + 26, cy + 26), fill=vivid_colour(rng), outline=(0, 0, 0)
            )
            page.pen.rectangle((cx - 20, cy + 26, cx + 20, y + 264), fill=vivid_colour(rng))
        page.pen.ellipse((x + 8, y + 8, x + 256, y + 110), fill=(255, 255, 255), outline=(0, 0, 0))
        page.write_block(x + 40, y + 30, 190, write_message(rng), 15, ink=(0, 0, 0))
    return page


def draw_business_card(rng: random.Random) -> Page:
    """Name, trade, telephone."""
    page = Page(rng, rng.randint(380, 460), rng.randint(220, 270), soft_colour(rng))
    page.pen.rectangle((0, 0, rng.randint(10, 80), page.height), fill=vivid_colour(rng))
    page.write(110, 40, write_person(rng), 24)
    trade = rng.choice(
        ("Architect", "Dentist", "Tax consultant", "Florist", "Photographer", "Notary")
    )
    page.write(110, 76, trade, 15)
    for row, text in enumerate((write_company(rng), write_phone(rng), write_address(rng))):
        page.write_block(110, 116 + row * 26, page.width - 120, text, 13)
    return page


KINDS = {
    "prose_page": draw_prose_page,
    "newspaper": draw_newspaper,
    "letter": draw_letter,
    "recipe": draw_recipe,
    "poster": draw_poster,
    "foreign_prose": draw_foreign_prose,
    "manual": draw_manual,
    "encyclopedia": draw_encyclopedia,
    "contract": draw_contract,
    "poem": draw_poem,
    "menu": draw_menu,
    "comic": draw_comic,
    "business_card": draw_business_card,
}
