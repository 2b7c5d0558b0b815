"""Screens: code, terminals, chats, web pages, settings, telephones.

How it is used: through `catalogue.py`; every function draws one page from a `random.Random`.

What it leaves out: which kinds are fitted on (`catalogue.py`), how letters look (`lettering.py`).
"""

import random

from chalklens.training.negatives.lettering import pick_typeface
from chalklens.training.negatives.page import Colour, Page, soft_colour, vivid_colour
from chalklens.training.negatives.sentences import (
    write_company,
    write_date,
    write_email,
    write_headline,
    write_message,
    write_money,
    write_person,
    write_prose,
    write_sentence,
)
from chalklens.training.negatives.topics import (
    COMPANIES,
    DEPARTMENTS,
    GOODS,
    MEASURES,
    NAMES,
    REGIONS,
    TOPICS,
    TOWNS,
    split_list,
    split_words,
)

IDENTIFIERS = split_words(
    "parse_config user session token path buffer index result handler request response items node "
    "payload cursor timeout client retries logger stream worker queue state callback offset schema"
)
CODE_LINES = (
    "def {a}({b}, {c}=None):",
    "    return {a}.{b}({c})",
    "    if {a} is None:",
    "        raise ValueError('{b}')",
    "for {a} in {b}.{c}:",
    "    {a}[{b}] = {c} + {i}",
    "import {a}",
    "from {a} import {b}, {c}",
    "class {A}({B}):",
    "    self.{a} = {b}",
    "const {a} = await {b}({c});",
    "if ({a} != null && {b}.length > {i}) {{",
    "  {a}->{b}({c}, {i});",
    "}} else {{",
    "// TODO: {a} {b}",
    "# {a} before {b}",
    "SELECT {a}, {b} FROM {c} WHERE {a} = {i};",
    "fn {a}(&self, {b}: u{i}) -> Result<{B}> {{",
    "    while ({a} < {i}) {a} += {b};",
    "public static void {a}(String[] {b})",
    '<div class="{a}" id="{b}">{c}</div>',
    "try: {a}.{b}() except {C}Error: pass",
)
LOG_LINES = (
    "$ cd ~/{a}/{b} && ls -la",
    "drwxr-xr-x 4 {n} staff {i} {a}.{e}",
    "-rw-r--r-- 1 {n} {n} {i} {b}.{e}",
    "[{h}] INFO {a}: {b} started",
    "[{h}] ERROR {a}: connection refused",
    "WARNING: {a} is deprecated, use {b}",
    "Collecting {a}=={j}.{i}",
    "Traceback (most recent call last):",
    '  File "{a}.py", line {i}, in {b}',
    "npm ERR! missing script: {a}",
    "commit {x} (HEAD -> {a})",
    "{n}@{a}:~$ git push origin {b}",
    "100% [==========>] {i} kB/s",
    "{a}.service loaded active running",
)
SETTINGS = split_list(
    "Wi-Fi|Bluetooth|Notifications|Dark mode|Language|Automatic updates|Location services|Backup|"
    "Screen brightness|Sound|Privacy|Accounts|Storage|Keyboard|Display resolution|Accessibility|"
    "Two-factor authentication|Sync contacts|Parental control|Battery saver|Default browser|Printer"
)
APPS = split_list(
    "Mail|Camera|Maps|Music|Weather|Photos|Clock|Notes|Wallet|Health|Browser|Calendar|Podcasts|Files|"
    "Settings|Phone|Contacts|News|Radio|Translate|Fitness|Books|Store|Chat"
)


def _code_line(rng: random.Random) -> str:
    a, b, c = rng.sample(IDENTIFIERS, 3)
    big = [word.title().replace("_", "") for word in (a, b, c)]
    return rng.choice(CODE_LINES).format(
        a=a, b=b, c=c, A=big[0], B=big[1], C=big[2], i=rng.choice((0, 1, 2, 8, 16, 64, 100, 404))
    )


def _draw_code(rng: random.Random, paper: Colour) -> Page:
    page = Page(rng, rng.randint(440, 680), rng.randint(280, 520), paper)
    page.face, size = pick_typeface(rng, "code"), rng.randint(12, 16)
    numbered, y, first = rng.random() < 0.5, 10.0, rng.randint(1, 300)
    for number in range(int((page.height - 20) / (size * 1.4))):
        if numbered:
            page.write(6, y, str(first + number), size, ink=(140, 140, 140))
        if rng.random() < 0.88:
            text = _code_line(rng)
            page.write(52 + 9 * (len(text) - len(text.lstrip())), y, text.strip(), size)
        y += size * 1.4
    return page


def draw_source_code(rng: random.Random) -> Page:
    """A light page of code."""
    return _draw_code(rng, soft_colour(rng))


def draw_code_editor_dark(rng: random.Random) -> Page:
    """A dark editor with tabs and a file tree."""
    page = _draw_code(rng, rng.choice(((30, 30, 30), (40, 44, 52), (0, 43, 54))))
    page.pen.rectangle((0, page.height - 22, page.width, page.height), fill=(0, 122, 204))
    page.write(
        8, page.height - 19, f"main · Ln {rng.randint(1, 900)}, Col {rng.randint(1, 80)} UTF-8", 12
    )
    return page


def draw_terminal(rng: random.Random) -> Page:
    """A shell session."""
    page = Page(
        rng,
        rng.randint(460, 680),
        rng.randint(240, 460),
        rng.choice(((0, 0, 0), (20, 20, 30), (48, 10, 36))),
    )
    page.face, page.ink = (
        pick_typeface(rng, "code"),
        rng.choice(((60, 220, 90), (230, 230, 230), (255, 190, 80))),
    )
    for row in range(int((page.height - 16) / 20)):
        a, b = rng.sample(IDENTIFIERS, 2)
        line = rng.choice(LOG_LINES).format(
            a=a, b=b, n=rng.choice(NAMES).lower(), e=rng.choice(("py", "log", "txt", "json")),
            i=rng.randint(1, 99999), j=rng.randint(0, 9), h=f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
            x=f"{rng.getrandbits(40):010x}",
        )  # fmt: skip
        page.write(8, 8 + row * 20, line, 13)
    return page


def draw_chat(rng: random.Random) -> Page:
    """Messages in balloons."""
    page = Page(rng, rng.randint(320, 420), rng.randint(460, 680), soft_colour(rng))
    page.pen.rectangle((0, 0, page.width, 46), fill=vivid_colour(rng))
    page.write(20, 12, write_person(rng), 18, ink=(255, 255, 255))
    y = 60.0
    while y < page.height - 70:
        left = rng.choice((12, page.width * 0.3))
        page.pen.rounded_rectangle(
            (left, y, left + page.width * 0.65, y + 54),
            12,
            fill=soft_colour(rng),
            outline=(200, 200, 200),
        )
        page.write_block(left + 10, y + 6, page.width * 0.6, write_message(rng), 14)
        page.write(
            left + page.width * 0.5, y + 40, f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}", 10
        )
        y += 64
    return page


def draw_web_page(rng: random.Random) -> Page:
    """A site with a menu, a headline and cards."""
    page = Page(rng, rng.randint(600, 860), rng.randint(420, 640))
    page.pen.rectangle((0, 0, page.width, 50), fill=vivid_colour(rng))
    page.write(16, 14, rng.choice(COMPANIES), 20, ink=(255, 255, 255))
    for slot, name in enumerate(
        rng.sample(
            ("Home", "About us", "Products", "Blog", "Contact", "Careers", "Log in", "Help"), 4
        )
    ):
        page.write(page.width - 380 + slot * 95, 18, name, 14, ink=(255, 255, 255))
    y = page.write_block(30, 76, page.width - 60, write_headline(rng), 28) + 8
    y = page.write_block(30, y, page.width - 60, write_prose(rng, 3), 14) + 16
    for card in range(3):
        x = 30 + card * (page.width - 60) / 3
        page.pen.rectangle((x, y, x + 150, y + 80), fill=vivid_colour(rng))
        page.write_block(x, y + 88, (page.width - 90) / 3, write_sentence(rng), 13)
    page.write(
        30,
        page.height - 26,
        f"© {rng.randint(2001, 2030)} {write_company(rng)} · Imprint · Cookies",
        11,
    )
    return page


def draw_shop_page(rng: random.Random) -> Page:
    """A shop with prices, ratings and buttons."""
    page = Page(rng, rng.randint(560, 720), rng.randint(400, 560))
    page.write(20, 14, f"{rng.choice(COMPANIES)} Store", 22)
    page.write(20, 46, f"{rng.randint(20, 900)} results for “{rng.choice(GOODS).lower()}”", 13)
    for cell in range(6):
        x, y = 20 + cell % 3 * (page.width - 20) / 3, 80 + cell // 3 * (page.height - 90) / 2
        page.pen.rectangle((x, y, x + 130, y + 70), fill=soft_colour(rng), outline=(180, 180, 180))
        page.write(x, y + 76, rng.choice(GOODS), 13)
        page.write(x, y + 94, write_money(rng, 300), 15)
        page.write(x, y + 116, f"{rng.uniform(2, 5):.1f} ({rng.randint(3, 4000)}) Add to cart", 11)
    return page


def draw_settings_dialog(rng: random.Random) -> Page:
    """Options with switches."""
    dark = rng.random() < 0.3
    page = Page(
        rng, rng.randint(380, 560), rng.randint(320, 560), (35, 35, 40) if dark else (245, 245, 247)
    )
    page.write(
        20, 14, rng.choice(("Settings", "Preferences", "Options", "System configuration")), 22
    )
    y = 56.0
    for name in rng.sample(SETTINGS, rng.randint(6, 12)):
        if y > page.height - 70:
            break
        page.write(24, y, name, 15)
        page.pen.rounded_rectangle(
            (page.width - 70, y, page.width - 30, y + 20), 10, fill=vivid_colour(rng)
        )
        y += 36
    for slot, name in enumerate(("OK", "Cancel", "Apply")):
        page.pen.rectangle(
            (
                page.width - 260 + slot * 84,
                page.height - 38,
                page.width - 186 + slot * 84,
                page.height - 12,
            ),
            outline=(130, 130, 130),
        )
        page.write(page.width - 250 + slot * 84, page.height - 34, name, 13)
    return page


def draw_error_message(rng: random.Random) -> Page:
    """A small window that says what went wrong."""
    page = Page(rng, rng.randint(340, 480), rng.randint(150, 240), (240, 240, 240))
    page.pen.rectangle((0, 0, page.width, 30), fill=vivid_colour(rng))
    page.write(
        10,
        6,
        rng.choice(("Error", "Warning", "Installation failed", "Update available")),
        15,
        ink=(255, 255, 255),
    )
    noun = rng.choice(TOPICS["computers"].nouns)
    text = rng.choice(
        (
            "The {n} could not be found.",
            "Access to the {n} was denied.",
            "The {n} stopped responding.",
            "Do you want to save changes to the {n}?",
        )
    )
    page.write_block(
        24, 50, page.width - 48, f"{text.format(n=noun)} (0x{rng.getrandbits(32):08X})", 15
    )
    page.write(
        page.width - 190,
        page.height - 36,
        rng.choice(("Retry   Cancel", "OK", "Send report", "Don't save")),
        14,
    )
    return page


def draw_slide(rng: random.Random) -> Page:
    """A presentation slide with bullets."""
    page = Page(rng, 640, 360, soft_colour(rng))
    page.pen.rectangle((0, 0, rng.choice((12, 640)), rng.choice((360, 12))), fill=vivid_colour(rng))
    page.write(
        40,
        30,
        rng.choice(
            (
                f"{rng.choice(DEPARTMENTS)} roadmap",
                f"Strategy {rng.randint(2020, 2030)}",
                "Key takeaways",
                "Lessons learned",
                "Project status",
            )
        ),
        30,
    )
    topic = rng.choice((TOPICS["office"], TOPICS["computers"], TOPICS["politics"]))
    y = 100.0
    for _ in range(rng.randint(3, 6)):
        y = page.write_block(60, y, 540, f"• {write_sentence(rng, topic)}", 18) + 6
    page.write(560, 335, f"{rng.randint(2, 60)}", 12)
    return page


def draw_email_screen(rng: random.Random) -> Page:
    """An inbox and an opened message."""
    page = Page(rng, rng.randint(640, 800), rng.randint(400, 540))
    page.pen.line((230, 0, 230, page.height), fill=(180, 180, 180))
    for row in range(int(page.height / 66)):
        page.write(10, 8 + row * 66, write_person(rng), 14)
        page.write_block(10, 28 + row * 66, 205, f"Re: {write_headline(rng)}", 11)
    page.write_block(250, 14, page.width - 270, write_headline(rng), 20)
    page.write(250, 66, f"From: {write_email(rng)}", 12)
    page.write(250, 84, f"Sent: {write_date(rng)}", 12)
    page.write_block(
        250, 116, page.width - 270, f"Hi {rng.choice(NAMES)}, {write_prose(rng, 6)}", 14
    )
    return page


def draw_phone_screen(rng: random.Random) -> Page:
    """A home screen with apps."""
    page = Page(rng, 300, 600, vivid_colour(rng))
    page.write(20, 8, f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}", 13, ink=(255, 255, 255))
    page.write(240, 8, f"{rng.randint(5, 100)}%", 13, ink=(255, 255, 255))
    page.write(24, 50, f"{rng.randint(-5, 35)}° {rng.choice(TOWNS)}", 24, ink=(255, 255, 255))
    names = rng.sample(APPS, 20)
    for cell in range(rng.choice((12, 16, 20))):
        x, y = 20 + cell % 4 * 68, 120 + cell // 4 * 88
        page.pen.rounded_rectangle((x, y, x + 52, y + 52), 12, fill=vivid_colour(rng))
        page.write(x + 26, y + 56, names[cell], 11, ink=(255, 255, 255), centred=True)
    return page


def draw_dashboard(rng: random.Random) -> Page:
    """Tiles with figures and small charts."""
    page = Page(rng, 720, 440, rng.choice(((245, 246, 250), (24, 28, 40))))
    page.write(20, 12, f"{rng.choice(COMPANIES)} analytics", 20)
    for cell in range(6):
        x, y = 20 + cell % 3 * 232, 56 + cell // 3 * 188
        page.pen.rectangle((x, y, x + 216, y + 172), outline=(130, 140, 160))
        page.write(x + 12, y + 10, f"{rng.choice(MEASURES)} {rng.choice(REGIONS)}", 13)
        page.write(
            x + 12,
            y + 34,
            rng.choice(
                (
                    write_money(rng, 900_000),
                    f"{rng.uniform(0, 99):.1f}%",
                    f"{rng.uniform(1, 99):.1f}k",
                )
            ),
            24,
        )
        page.write(
            x + 12,
            y + 68,
            f"{rng.uniform(-20, 30):+.1f}% vs last {rng.choice(('week', 'month', 'quarter'))}",
            11,
        )
        points = [(x + 12 + i * 19, y + 155 - rng.randint(0, 55)) for i in range(11)]
        page.pen.line(points, fill=vivid_colour(rng), width=2)
    return page


KINDS = {
    "source_code": draw_source_code,
    "code_editor_dark": draw_code_editor_dark,
    "terminal": draw_terminal,
    "chat": draw_chat,
    "web_page": draw_web_page,
    "shop_page": draw_shop_page,
    "settings_dialog": draw_settings_dialog,
    "error_message": draw_error_message,
    "slide": draw_slide,
    "email_screen": draw_email_screen,
    "phone_screen": draw_phone_screen,
    "dashboard": draw_dashboard,
}
