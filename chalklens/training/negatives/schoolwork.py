"""Worksheets of other subjects, and mathematics that is far from elementary.

How it is used: through `catalogue.py`; every function draws one page from a `random.Random`. These
are the hard negatives: the same numbered questions, answer lines and boxes, another matter.

What it leaves out: which kinds are fitted on (`catalogue.py`), how letters look (`lettering.py`).
"""

import random
from collections.abc import Sequence

from chalklens.training.negatives.lettering import pick_typeface
from chalklens.training.negatives.page import Page, soft_colour, vivid_colour
from chalklens.training.negatives.sentences import (
    pick_topic,
    write_prose,
    write_question,
    write_sentence,
)
from chalklens.training.negatives.topics import NAMES, TOPICS, TOWNS, split_list, split_words

BIOLOGY = split_list(
    "Name the organ that pumps blood through the body.|What do plants need for photosynthesis?|"
    "Which animals lay eggs?|Label the parts of the flower.|Draw a food chain with a fox.|"
    "How do fish breathe under water?|Circle the animals that are mammals.|What does the stomach do?|"
    "Explain how seeds are spread by wind.|Why do birds migrate in autumn?|Which sense do you use to smell?|"
    "Match each animal with its habitat.|Describe the life cycle of a butterfly.|Is a spider an insect?|"
    "Tick the living things.|What covers the body of a bird?|Name two carnivores and two herbivores."
)
GEOGRAPHY = split_list(
    "What is the capital of Portugal?|Name the longest river in Africa.|Colour the oceans blue.|"
    "Which continent lies south of Europe?|Find the Alps on the map.|What is a peninsula?|"
    "Name a country that borders Spain.|What is the weather like in a desert?|Which city lies on the Danube?|"
    "Explain the difference between a valley and a canyon.|Where do penguins live?|What causes an earthquake?|"
    "Draw a compass rose.|Label the layers of the Earth.|Which language is spoken in Brazil?"
)
HISTORY = split_list(
    "Who built the pyramids and why?|When did the Second World War end?|What did knights wear?|"
    "Name three gods of ancient Greece.|Why did the Roman Empire fall?|What was the Black Death?|"
    "Put the events on the timeline.|Who discovered the sea route to India?|Describe life in a monastery.|"
    "What was invented by Gutenberg?|Why did people emigrate to America in 1850?|Who was Cleopatra?|"
    "Explain the causes of the French Revolution of 1789.|What is a republic?|Compare Sparta and Athens."
)
CHEMISTRY = split_list(
    "Balance the equation: H2 + O2 → H2O|Fe + O2 → Fe2O3|NaCl + AgNO3 → AgCl + NaNO3|CH4 + 2 O2 → CO2 + 2 H2O|"
    "What is the molar mass of H2SO4?|Name the acid HCl.|Draw the Lewis structure of NH3.|"
    "How many valence electrons has carbon?|Calculate the pH of a 0.01 M HCl solution.|"
    "Which gas is released when zinc reacts with acid?|CaCO3 → CaO + CO2|Give the oxidation number of Mn in KMnO4.|"
    "Is NaOH an acid or a base?|Name the noble gases.|What is an isotope?|Explain ionic bonding."
)
GRAMMAR = split_list(
    "Underline the verb in each sentence.|Fill in the correct form: He ___ (go) to school.|"
    "Write the plural: mouse, child, wolf.|Put in a, an or the.|Turn the sentence into the past tense.|"
    "Find the adjectives.|Choose the right word: their / there / they're.|Use a comma where needed.|"
    "Write the opposite of: brave, early, wide.|She has lived here ___ 1998. (since / for)|"
    "Make a question: They are reading.|Rewrite in passive voice.|Join the sentences with because.|"
    "Which word is a noun?|Correct the mistakes in the text.|Complete: If I ___ rich, I would travel."
)
SPELLING = split_words(
    "because friend beautiful necessary island knife whistle castle autumn bicycle chimney thought "
    "daughter enough science rhythm separate calendar library neighbour tongue answer receive height"
)
CALCULUS = split_list(
    "∫ x² sin(x) dx|lim_(n→∞) (1 + 1/n)^n = e|f'(x) = 3x² − 4x + 1|∂u/∂t = κ ∂²u/∂x²|∑ 1/k² = π²/6|"
    "Let f: [a, b] → R be continuous.|Then there exists ξ in (a, b) such that f'(ξ) = 0.|∫ F · dr = 0|"
    "Theorem 2.3 (Fubini).|Proof. Let ε > 0 and choose δ > 0.|d/dx ln(cos x) = −tan x|"
    "The series converges uniformly on compact sets.|rot E = −∂B/∂t|y'' + ω² y = 0|e^{iπ} + 1 = 0|"
    "Show that the integral diverges.|Use the substitution u = tan(x/2).|ε > 0, δ > 0: |x − a| < δ → |f(x) − L| < ε"
)
ALGEBRA = split_list(
    "Let V be a vector space over K.|det(A − λI) = 0|Show that A is diagonalisable.|rank(A) + dim ker(A) = n|"
    "Lemma 4. Every group of prime order is cyclic.|u · v = |u| |v| cos θ|Q.E.D.|A = UΣV*|tr(AB) = tr(BA)|"
    "Compute the eigenvalues of the matrix.|Let φ: G → H be a homomorphism.|ker φ is a normal subgroup of G.|"
    "Find an orthonormal basis (Gram–Schmidt).|x = 3 (mod 7)|Corollary. The polynomial is irreducible over Q.|"
    "The Jordan normal form is unique up to permutation."
)
PHYSICS = split_list(
    "A car brakes from 25 m/s with a = −4 m/s². Derive v(t).|State Newton's second law.|F = m·a|"
    "Sketch the circuit with two resistors in parallel.|U = R·I|What is the kinetic energy? E = ½mv²|"
    "Explain why the sky is blue.|A lens has a focal length of 50 mm.|Which force keeps the moon in orbit?|"
    "λ = c / f|Name the parts of an electric motor.|What is refraction?|Describe the experiment with iron filings.|"
    "Derive the period of a pendulum.|Define entropy.|Which particle has negative charge?"
)
RELIGION_ART = split_list(
    "Who painted the sunflowers?|Mix blue and yellow: which colour do you get?|Name the primary colours.|"
    "Tell the story of Noah.|What is celebrated at Easter?|Draw your favourite animal in pencil.|"
    "Which instrument has strings?|Clap the rhythm of the song.|What is a triptych?|Name a famous sculpture.|"
    "Describe the painting on the left.|Which festival ends Ramadan?|How does the music make you feel?"
)


def _draw_worksheet(rng: random.Random, title: Sequence[str], questions: Sequence[str]) -> Page:
    """Title, name line, numbered questions with room for answers."""
    page = Page(rng, rng.randint(420, 600), rng.randint(300, 700), soft_colour(rng))
    y, size = 16.0, rng.randint(14, 18)
    if rng.random() < 0.6:
        page.write(
            24,
            y,
            rng.choice(("Name: ____________   Date: ______", "Class: ____  Name: __________")),
            13,
        )
        y += 28
    if rng.random() < 0.85:
        page.write(24, y, rng.choice(title), 22)
        y += 40
    marks = rng.choice(("{}.", "{})", "({})", "Task {}:", "•"))
    for number, question in enumerate(
        rng.sample(questions, min(len(questions), rng.randint(2, 8))), 1
    ):
        y = page.write_block(24, y, page.width - 48, f"{marks.format(number)} {question}", size) + 4
        if y > page.height - 50:
            break
        y = _draw_answer_space(page, y) + 10
    return page


def _draw_answer_space(page: Page, y: float) -> float:
    """Lines, a box, boxes to tick, or nothing."""
    rng, form = page.rng, page.rng.randint(0, 3)
    if form == 1:
        for _ in range(rng.randint(1, 3)):
            y += 22
            page.pen.line((40, y, page.width - 40, y), fill=(150, 150, 150))
    elif form == 2:
        page.pen.rectangle((40, y, 40 + rng.randint(60, 300), y + 40), outline=vivid_colour(rng))
        y += 46
    elif form == 3:
        topic = pick_topic(rng)
        for slot, noun in enumerate(rng.sample(topic.nouns, 3)):
            page.write(44 + slot * 130, y, f"{'abc'[slot]}) {noun}", 14)
        y += 24
    return y


def draw_biology_worksheet(rng: random.Random) -> Page:
    """Animals, plants, the body."""
    return _draw_worksheet(
        rng, ("Biology", "Plants and animals", "The human body", "Science: living things"), BIOLOGY
    )


def draw_geography_worksheet(rng: random.Random) -> Page:
    """Countries, rivers, weather."""
    return _draw_worksheet(
        rng, ("Geography", "Our world", "Countries and capitals", "Map skills"), GEOGRAPHY
    )


def draw_history_worksheet(rng: random.Random) -> Page:
    """Old times."""
    return _draw_worksheet(
        rng, ("History", "Ancient Rome", "The Middle Ages", "Revolutions", "Unit 5: Egypt"), HISTORY
    )


def draw_chemistry_worksheet(rng: random.Random) -> Page:
    """Equations with numbers, but of substances."""
    return _draw_worksheet(
        rng, ("Chemistry", "Reactions", "Acids and bases", "Periodic table quiz"), CHEMISTRY
    )


def draw_physics_worksheet(rng: random.Random) -> Page:
    """Forces and circuits of a secondary school."""
    return _draw_worksheet(rng, ("Physics", "Mechanics", "Electricity", "Optics test"), PHYSICS)


def draw_grammar_worksheet(rng: random.Random) -> Page:
    """Exercises of a language class."""
    own = [*GRAMMAR, *(write_sentence(rng) for _ in range(4))]
    return _draw_worksheet(
        rng, ("English grammar", "Tenses", "Parts of speech", "Unit 3 exercises"), own
    )


def draw_art_worksheet(rng: random.Random) -> Page:
    """Art, music, religion."""
    return _draw_worksheet(
        rng, ("Art", "Music", "Religious studies", "Colours and shapes in paintings"), RELIGION_ART
    )


def draw_reading_comprehension(rng: random.Random) -> Page:
    """A text and questions about it."""
    page = Page(rng, rng.randint(440, 600), rng.randint(420, 680), soft_colour(rng))
    topic = pick_topic(rng)
    page.write(
        24,
        16,
        rng.choice(
            (
                "Read the text and answer the questions.",
                "Reading comprehension",
                f"The {rng.choice(topic.nouns)}",
            )
        ),
        19,
    )
    y = (
        page.write_block(24, 52, page.width - 48, write_prose(rng, rng.randint(3, 6), topic), 15)
        + 10
    )
    for number in range(1, rng.randint(3, 6)):
        y = page.write_block(24, y, page.width - 48, f"{number}. {write_question(rng, topic)}", 15)
        page.pen.line((30, y + 22, page.width - 40, y + 22), fill=(150, 150, 150))
        y += 34
    return page


def draw_spelling_worksheet(rng: random.Random) -> Page:
    """Words to copy, gaps to fill."""
    page = Page(rng, rng.randint(380, 540), rng.randint(320, 560), soft_colour(rng))
    page.write(
        24,
        16,
        rng.choice(
            (
                "Spelling words",
                "Dictation",
                "Write each word three times.",
                "Fill in the missing letters.",
                "Unscramble the words.",
            )
        ),
        20,
    )
    form = rng.choice(("copy", "gaps", "shuffled"))
    for row, word in enumerate(rng.sample(SPELLING, min(12, (page.height - 70) // 36))):
        shown = word
        if form == "gaps":
            shown = "".join("_" if rng.random() < 0.35 else letter for letter in word)
        if form == "shuffled":
            shown = "".join(rng.sample(word, len(word)))
        end = page.write(30, 58 + row * 36, f"{row + 1}. {shown}", 18)
        page.pen.line(
            (end + 20, 80 + row * 36, page.width - 30, 80 + row * 36), fill=(150, 150, 150)
        )
    return page


def draw_vocabulary_list(rng: random.Random) -> Page:
    """Words of two languages side by side."""
    page = Page(rng, rng.randint(380, 500), rng.randint(300, 520))
    pairs = split_list(
        "the dog|der Hund;the tree|der Baum;to write|schreiben;yesterday|gestern;the key|la llave;the window|la ventana;red|rouge;the sea|la mer;slow|lento;the bread|il pane;to sleep|dormir;the boy|el chico;always|toujours;the church|die Kirche;hungry|hungrig;the shoe|la chaussure",
        ";",
    )
    page.write(
        24,
        14,
        rng.choice(
            ("Vocabulary unit 4", "Translate the words.", "New words", "Match the translations.")
        ),
        20,
    )
    for row, pair in enumerate(rng.sample(pairs, min(len(pairs), (page.height - 60) // 30))):
        left, right = pair.split("|")
        page.write(30, 54 + row * 30, left, 16)
        page.write(page.width / 2, 54 + row * 30, right if rng.random() < 0.7 else "________", 16)
    return page


def draw_crossword(rng: random.Random) -> Page:
    """A grid with numbered clues."""
    page = Page(rng, 600, rng.randint(380, 480))
    side, cells, number = 24, rng.choice((9, 11, 12)), 0
    for cell in range(cells * cells):
        x, y = 16 + cell % cells * side, 40 + cell // cells * side
        black = rng.random() < 0.3
        page.pen.rectangle(
            (x, y, x + side, y + side),
            outline=(0, 0, 0),
            fill=(0, 0, 0) if black else (255, 255, 255),
        )
        if not black and rng.random() < 0.2:
            number += 1
            page.write(x + 2, y + 1, str(number), 8)
    page.write(16, 10, rng.choice(("CROSSWORD", "Puzzle page", "Word puzzle")), 18)
    left, y = 40 + cells * side, 16.0
    for heading in ("ACROSS", "DOWN"):
        page.write(left, y, heading, 14)
        y += 22
        for _ in range(rng.randint(4, 6)):
            topic = pick_topic(rng)
            clue = f"{rng.randint(1, 30)} {rng.choice(topic.adjectives).capitalize()} {rng.choice(topic.nouns)} ({rng.randint(3, 9)})"
            y = page.write_block(left, y, page.width - left - 10, clue, 12) + 3
    return page


def _draw_formula_page(rng: random.Random, lines: Sequence[str], title: Sequence[str]) -> Page:
    page = Page(rng, rng.randint(420, 600), rng.randint(260, 560), soft_colour(rng))
    page.face, y = pick_typeface(rng, "wide"), 20.0
    page.write(24, y, rng.choice(title), 18)
    y += 40
    for line in rng.sample(lines, rng.randint(4, 9)):
        indent = rng.choice((24, 24, 70))
        y = page.write_block(indent, y, page.width - indent - 20, line, rng.randint(15, 19)) + 8
    return page


def draw_calculus_page(rng: random.Random) -> Page:
    """Analysis at a university."""
    return _draw_formula_page(
        rng, CALCULUS, ("Analysis II, sheet 7", "Lecture notes", "§4 Integration", "Problem set")
    )


def draw_linear_algebra_page(rng: random.Random) -> Page:
    """Matrices and proofs at a university."""
    page = _draw_formula_page(
        rng, ALGEBRA, ("Linear Algebra I", "Exercise 3.4", "Algebra, proof", "Final exam")
    )
    x, y = page.width - 140, 16
    for row in range(3):
        page.write(x, y + row * 22, "  ".join(str(rng.randint(-9, 9)) for _ in range(3)), 15)
    page.pen.line((x - 8, y, x - 8, y + 66), fill=page.ink, width=2)
    page.pen.line((x + 100, y, x + 100, y + 66), fill=page.ink, width=2)
    return page


def draw_multiple_choice_quiz(rng: random.Random) -> Page:
    """General knowledge with answers to choose from."""
    page = Page(rng, rng.randint(440, 580), rng.randint(300, 520), soft_colour(rng))
    page.write(
        24, 14, rng.choice(("Quiz night", "Trivia", "Driving test", "General knowledge")), 20
    )
    y = 54.0
    pool = (*GEOGRAPHY, *BIOLOGY, *RELIGION_ART)
    for number, question in enumerate(rng.sample(pool, rng.randint(2, 4)), 1):
        y = page.write_block(24, y, page.width - 48, f"{number}. {question}", 15)
        options = rng.sample((*NAMES, *TOWNS, *TOPICS["nature"].nouns), 4)
        for letter, option in zip("ABCD", options, strict=True):
            page.write(44, y, f"{letter} {option}", 14)
            y += 22
        y += 8
        if y > page.height - 100:
            break
    return page


KINDS = {
    "biology_worksheet": draw_biology_worksheet,
    "geography_worksheet": draw_geography_worksheet,
    "history_worksheet": draw_history_worksheet,
    "chemistry_worksheet": draw_chemistry_worksheet,
    "physics_worksheet": draw_physics_worksheet,
    "grammar_worksheet": draw_grammar_worksheet,
    "art_worksheet": draw_art_worksheet,
    "reading_comprehension": draw_reading_comprehension,
    "spelling_worksheet": draw_spelling_worksheet,
    "vocabulary_list": draw_vocabulary_list,
    "crossword": draw_crossword,
    "calculus_page": draw_calculus_page,
    "linear_algebra_page": draw_linear_algebra_page,
    "multiple_choice_quiz": draw_multiple_choice_quiz,
}
