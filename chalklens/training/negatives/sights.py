"""Pictures with little or no text: landscapes, textures, noise, logos, scribbles, notes of music.

How it is used: through `catalogue.py`; every function draws one page from a `random.Random`.

What it leaves out: which kinds are fitted on (`catalogue.py`), how letters look (`lettering.py`).
"""

import math
import random

import numpy as np
from PIL import Image, ImageFilter

from chalklens.training.negatives.page import Colour, Page, soft_colour, vivid_colour
from chalklens.training.negatives.sentences import write_code_word, write_message
from chalklens.training.negatives.topics import COMPANIES, MONTHS, TOWNS


def _numpy(rng: random.Random) -> np.random.Generator:
    return np.random.default_rng(rng.getrandbits(32))


def _paint(page: Page, pixels: np.ndarray) -> None:
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")
    page.replace_picture(picture.resize((page.width, page.height), Image.Resampling.BICUBIC))


def _size(rng: random.Random) -> tuple[int, int]:
    return rng.randint(280, 640), rng.randint(240, 560)


def draw_landscape_photo(rng: random.Random) -> Page:
    """Sky, hills and grain, sometimes with the date of the camera."""
    page = Page(rng, *_size(rng))
    noise, height = _numpy(rng), 120
    sky = np.linspace(rng.randint(90, 190), 240, height)[:, None, None] * np.asarray(
        [0.7, 0.85, 1.0]
    )
    scene = np.repeat(sky, 160, axis=1)
    for layer in range(rng.randint(2, 4)):
        x = np.arange(160) / rng.uniform(12, 40)
        ridge = 50 + 20 * layer + 14 * np.sin(x + rng.uniform(0, 6)) + 5 * np.sin(3.1 * x)
        ground = np.arange(height)[:, None] > ridge[None]
        scene[ground] = np.asarray(
            [rng.randint(30, 130), rng.randint(60, 150), rng.randint(20, 110)]
        )
    _paint(page, scene + noise.normal(0, 12, scene.shape))
    if rng.random() < 0.3:
        stamp = (
            f"{rng.randint(1, 28):02} {rng.choice(MONTHS)[:3].upper()} {rng.randint(1998, 2030)}"
        )
        page.write(page.width - 150, page.height - 30, stamp, 15, ink=(255, 170, 40))
    return page


def draw_blurred_photo(rng: random.Random) -> Page:
    """Soft spots of colour, as of things out of focus."""
    page = Page(rng, *_size(rng), vivid_colour(rng))
    for _ in range(rng.randint(8, 40)):
        x, y, r = rng.randint(0, page.width), rng.randint(0, page.height), rng.randint(10, 130)
        page.pen.ellipse((x - r, y - r, x + r, y + r), fill=vivid_colour(rng))
    page.replace_picture(page.picture.filter(ImageFilter.GaussianBlur(rng.uniform(4, 18))))
    return page


def draw_gradient(rng: random.Random) -> Page:
    """One colour turning into another."""
    page = Page(rng, *_size(rng))
    first, second = np.asarray(vivid_colour(rng)), np.asarray(soft_colour(rng))
    x, y = np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 64))
    angle = rng.uniform(0, math.pi / 2)
    share = (x * math.cos(angle) + y * math.sin(angle))[:, :, None]
    _paint(page, first * (1 - share) + second * share)
    return page


def draw_noise(rng: random.Random) -> Page:
    """Grains of any size, grey or coloured."""
    page = Page(rng, *_size(rng))
    noise, cell = _numpy(rng), rng.choice((1, 2, 6, 20))
    shape = (max(2, page.height // cell), max(2, page.width // cell), rng.choice((1, 3)))
    grains = np.broadcast_to(noise.integers(0, 256, shape), (*shape[:2], 3))
    _paint(page, grains.astype(np.float64))
    return page


def draw_blank_page(rng: random.Random) -> Page:
    """Paper: plain, ruled, squared, or with a page number."""
    page = Page(rng, *_size(rng), soft_colour(rng))
    step = rng.choice((0, 0, 18, 26))
    for y in range(40, page.height if step else 0, step or 1):
        page.pen.line((0, y, page.width, y), fill=(190, 200, 225))
    if step and rng.random() < 0.5:
        for x in range(20, page.width, step):
            page.pen.line((x, 0, x, page.height), fill=(190, 200, 225))
    if rng.random() < 0.25:
        page.write(page.width / 2, page.height - 30, f"– {rng.randint(2, 300)} –", 13, centred=True)
    return page


def draw_logo(rng: random.Random) -> Page:
    """A sign and a name."""
    page = Page(rng, rng.randint(200, 420), rng.randint(160, 320), soft_colour(rng))
    cx, cy, colour = page.width / 2, page.height * 0.4, vivid_colour(rng)
    points = [
        (cx + r * math.cos(a), cy + r * math.sin(a))
        for a, r in ((math.tau * i / 10, rng.choice((25, 55))) for i in range(10))
    ]
    page.pen.polygon(points, fill=colour)
    page.write(
        cx,
        page.height * 0.72,
        rng.choice(COMPANIES).upper(),
        rng.randint(20, 36),
        ink=colour,
        centred=True,
    )
    if rng.random() < 0.4:
        page.write(
            cx,
            page.height * 0.88,
            rng.choice(("since 1921", "quality first", "think ahead", "est. 1987")),
            12,
            centred=True,
        )
    return page


def draw_icon_grid(rng: random.Random) -> Page:
    """Small signs in rows, without text or with captions."""
    page = Page(rng, rng.randint(300, 480), rng.randint(240, 420), soft_colour(rng))
    captions = rng.random() < 0.4
    names = (
        "save",
        "print",
        "share",
        "mute",
        "zoom",
        "lock",
        "wifi",
        "bin",
        "user",
        "cloud",
        "star",
        "flag",
    )
    for y in range(20, page.height - 60, 84):
        for x in range(20, page.width - 60, 84):
            shape = rng.choice((page.pen.ellipse, page.pen.rectangle))
            shape((x, y, x + 44, y + 44), fill=vivid_colour(rng))
            inner = rng.choice((page.pen.ellipse, page.pen.rectangle))
            inner((x + 12, y + 12, x + 32, y + 32), fill=(255, 255, 255))
            if captions:
                page.write(x + 22, y + 48, rng.choice(names), 12, centred=True)
    return page


def _scrawl(page: Page, x: float, y: float, length: float, colour: Colour) -> None:
    """A line that looks like joined letters."""
    rng, points = page.rng, list[tuple[float, float]]()
    phase, end = rng.uniform(0, 6), x + length
    while x < end:
        points.append((x + 4 * math.sin(phase * 1.7), y + rng.uniform(5, 11) * math.sin(phase)))
        phase += rng.uniform(0.4, 0.9)
        x += rng.uniform(1.2, 3.2)
    page.pen.line(points, fill=colour, width=2, joint="curve")


def draw_scribble(rng: random.Random) -> Page:
    """A child's strokes."""
    page = Page(rng, *_size(rng), soft_colour(rng))
    for _ in range(rng.randint(3, 12)):
        x, y, colour = rng.randint(0, page.width), rng.randint(0, page.height), vivid_colour(rng)
        points: list[tuple[float, float]] = []
        for _ in range(rng.randint(10, 60)):
            x, y = x + rng.randint(-45, 45), y + rng.randint(-45, 45)
            points.append((x, y))
        page.pen.line(points, fill=colour, width=rng.randint(2, 7), joint="curve")
    return page


def draw_cursive_note(rng: random.Random) -> Page:
    """Handwriting that cannot be read, with a readable line here and there."""
    page = Page(rng, rng.randint(360, 560), rng.randint(260, 480), soft_colour(rng))
    colour = rng.choice(((25, 35, 120), (20, 20, 20), (90, 30, 30)))
    for y in range(40, page.height - 20, rng.choice((30, 36))):
        x = 30.0
        if rng.random() < 0.2:
            page.write(x, y - 12, write_message(rng), 18, face="SourceSerifPro-It", ink=colour)
            continue
        while x < page.width - 60:
            length = rng.uniform(20, 90)
            _scrawl(page, x, y, min(length, page.width - 30 - x), colour)
            x += length + 14
    return page


def draw_face_photo(rng: random.Random) -> Page:
    """A portrait-like picture: shaded ovals and grain."""
    page = Page(rng, rng.randint(240, 420), rng.randint(300, 480), vivid_colour(rng))
    cx, cy, w, h = page.width / 2, page.height * 0.45, page.width * 0.26, page.height * 0.26
    skin = (rng.randint(120, 240), rng.randint(90, 190), rng.randint(70, 160))
    page.pen.ellipse(
        (cx - 1.3 * w, cy - 1.5 * h, cx + 1.3 * w, cy + h), fill=(rng.randint(20, 120), 50, 30)
    )
    page.pen.ellipse((cx - w, cy - h, cx + w, cy + h), fill=skin)
    for side in (-1, 1):
        page.pen.ellipse(
            (cx + side * w * 0.45 - 14, cy - 18, cx + side * w * 0.45 + 14, cy),
            fill=(250, 250, 250),
        )
        page.pen.ellipse(
            (cx + side * w * 0.45 - 6, cy - 15, cx + side * w * 0.45 + 6, cy - 3), fill=(40, 30, 20)
        )
    page.pen.arc(
        (cx - 30, cy + h * 0.3, cx + 30, cy + h * 0.6), 10, 170, fill=(150, 50, 60), width=5
    )
    page.pen.rectangle(
        (cx - 1.6 * w, cy + 1.2 * h, cx + 1.6 * w, page.height), fill=vivid_colour(rng)
    )
    soft = np.asarray(page.picture.filter(ImageFilter.GaussianBlur(3)), np.float64)
    _paint(page, soft + _numpy(rng).normal(0, 9, soft.shape))
    return page


def draw_texture(rng: random.Random) -> Page:
    """Wood, cloth, marble: waves of two colours."""
    page = Page(rng, *_size(rng))
    x, y = np.meshgrid(np.linspace(0, 1, 200), np.linspace(0, 1, 200))
    bent = x * rng.uniform(3, 60) + rng.uniform(0, 4) * np.sin(y * rng.uniform(3, 30))
    share = (0.5 + 0.5 * np.sin(bent + rng.uniform(0, 3) * np.cos(y * rng.uniform(1, 40))))[
        :, :, None
    ]
    first, second = np.asarray(vivid_colour(rng)), np.asarray(vivid_colour(rng))
    grain = _numpy(rng).normal(0, rng.uniform(2, 25), (200, 200, 1))
    _paint(page, first * share + second * (1 - share) + grain)
    return page


def draw_music_score(rng: random.Random) -> Page:
    """Staves, notes and a few words."""
    page = Page(rng, rng.randint(440, 620), rng.randint(300, 520))
    page.write(
        page.width / 2,
        12,
        rng.choice(
            ("Sonata in G minor", "Lullaby", "Waltz No. 3", "Evening song", "Etude", "Hymn")
        ),
        22,
        centred=True,
    )
    page.write(
        30,
        44,
        rng.choice(("Allegro", "Andante", "Adagio cantabile", "Moderato q = 96", "Presto")),
        14,
        face="SourceSerifPro-It",
    )
    for top in range(80, page.height - 70, 90):
        for line in range(5):
            page.pen.line((20, top + line * 9, page.width - 20, top + line * 9), fill=(0, 0, 0))
        for x in range(60, page.width - 40, rng.choice((22, 30))):
            y = top + rng.randint(0, 8) * 4.5
            page.pen.ellipse((x - 6, y - 4, x + 6, y + 4), fill=(0, 0, 0))
            page.pen.line((x + 5, y, x + 5, y - 30), fill=(0, 0, 0), width=2)
        if rng.random() < 0.6:
            page.write(
                60,
                top + 48,
                rng.choice(
                    (
                        "la la la the night is long",
                        "dolce",
                        "mf cresc.",
                        "sleep my child and dream",
                        "come back to me",
                    )
                ),
                13,
            )
    return page


def draw_road_sign(rng: random.Random) -> Page:
    """A sign or number plate with a few large letters."""
    page = Page(
        rng,
        rng.randint(260, 420),
        rng.randint(180, 320),
        rng.choice(((20, 80, 160), (200, 30, 40), (250, 210, 0), (20, 120, 60))),
    )
    page.pen.rectangle(
        (10, 10, page.width - 10, page.height - 10), outline=(255, 255, 255), width=5
    )
    texts = (
        "STOP",
        "EXIT",
        "NO PARKING",
        "ONE WAY",
        "TAXI",
        "PUSH",
        "CLOSED",
        f"{rng.choice(TOWNS)} {rng.randint(2, 400)} km",
        write_code_word(rng, 7),
        "WC",
        "OPEN 9-18",
    )
    page.write(
        page.width / 2,
        page.height / 2 - 18,
        rng.choice(texts),
        rng.randint(26, 44),
        face="SourceSansPro-Bold",
        ink=(255, 255, 255),
        centred=True,
    )
    return page


KINDS = {
    "landscape_photo": draw_landscape_photo,
    "blurred_photo": draw_blurred_photo,
    "gradient": draw_gradient,
    "noise": draw_noise,
    "blank_page": draw_blank_page,
    "logo": draw_logo,
    "icon_grid": draw_icon_grid,
    "scribble": draw_scribble,
    "cursive_note": draw_cursive_note,
    "face_photo": draw_face_photo,
    "texture": draw_texture,
    "music_score": draw_music_score,
    "road_sign": draw_road_sign,
}
