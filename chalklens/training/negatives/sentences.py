"""Sentences, headlines, questions and small talk, put together from `topics.py`.

How it is used: every function takes a `random.Random` and returns new text; `write_prose(rng, 5)` is
five sentences on one topic. What it leaves out: sense beyond the sentence, and numbers to reckon
with.
"""

import random
from collections.abc import Callable

from chalklens.training.negatives.topics import (
    COMPANIES,
    MONTHS,
    NAMES,
    SURNAMES,
    TOPICS,
    TOWNS,
    WEEKDAYS,
    Topic,
    split_words,
)

PATTERNS = (
    "The {a} {n} {v} the {m} near {p}.",
    "{N} {v} a {a} {n} at {p}.",
    "Before {N} arrived, the {n} had already been {v} by the {m}.",
    "Nobody expected that the {a} {n} would ever leave {p}.",
    "Why had {N} {v} the {n} without telling {M}?",
    "It was a {a} {n}, and the {m} {v} it from {p}.",
    "In {p}, the {n} {v} the {a} {m}.",
    "According to {N} {S}, the {n} remains {a}.",
    "“I have never seen such a {a} {n},” said {N}.",
    "Although the {n} was {a}, {N} {v} it again.",
    "The {n} and the {m} belong to {p}.",
    "Since {month}, every {n} in {T} has become more {a}.",
    "{N} looked at the {n}, then at the {m}, and smiled.",
    "A {n} is usually more {a} than a {m}.",
    "They {v} the {n} on {day} and the {m} the day after.",
    "Please do not touch the {a} {n} in {p}.",
    "When the {m} disappeared, {N} {v} the {n}.",
    "The {a} {n} stood beside a {b} {m}.",
    "Most visitors to {p} remember the {a} {n}.",
    "Without a {n}, the {m} cannot be {v}.",
    "Experts from {T} believe that the {n} was {v} on purpose.",
    "There was a {n} in {p}, but nobody {v} it.",
)
HEADLINES = (
    "{a} {n} {v} in {T}",
    "Why the {n} matters",
    "{N} {S} and the {a} {n}",
    "The secret of {p}",
    "{T} mourns its {n}",
    "How {N} {v} the {m}",
    "New {n} for {T}",
    "A day with the {m}",
)
QUESTIONS = (
    "Where did {N} find the {n}?",
    "Who {v} the {a} {m}?",
    "Why is the {n} called {a}?",
    "Describe the {n} in your own words.",
    "What does the writer think about the {m}?",
    "Name one reason why the {n} was {v}.",
    "How does {N} feel at the end of the story?",
    "What is the difference between a {n} and a {m}?",
    "Explain what happened to the {n} in {p}.",
    "Which word in the text means the same as “{a}”?",
)
MESSAGES = (
    "Are you coming to {p} tonight?",
    "ok see you there",
    "I think the {n} is still at {N}'s place",
    "haha that {n} was so {a}",
    "Can you bring the {n} on {day}?",
    "Sorry, running late, the {n} broke down",
    "{N} says hi!",
    "no idea, ask {N}",
    "Happy birthday {N}!!",
    "Did you hear about the {a} {m}?",
    "Let's talk tomorrow morning",
    "I'll call you from {T}",
)


def pick_topic(rng: random.Random) -> Topic:
    """Any topic."""
    return TOPICS[rng.choice(sorted(TOPICS))]


def fill_pattern(rng: random.Random, pattern: str, topic: Topic) -> str:
    """Put words of a topic, names and places into a pattern."""
    noun, other = rng.sample(topic.nouns, 2)
    first, second = rng.sample(topic.adjectives, 2)
    name, friend = rng.sample(NAMES, 2)
    return pattern.format(
        n=noun,
        m=other,
        a=first,
        b=second,
        v=rng.choice(topic.verbs),
        p=rng.choice(topic.places),
        N=name,
        M=friend,
        S=rng.choice(SURNAMES),
        T=rng.choice(TOWNS),
        day=rng.choice(WEEKDAYS),
        month=rng.choice(MONTHS),
    )


def _from(patterns: tuple[str, ...]) -> Callable[..., str]:
    def write(rng: random.Random, topic: Topic | None = None) -> str:
        text = fill_pattern(rng, rng.choice(patterns), topic or pick_topic(rng))
        return text[0].upper() + text[1:]

    return write


write_sentence = _from(PATTERNS)
write_headline = _from(HEADLINES)
write_question = _from(QUESTIONS)
write_message = _from(MESSAGES)


def write_prose(rng: random.Random, sentences: int, topic: Topic | None = None) -> str:
    """Some sentences on one topic."""
    subject = topic or pick_topic(rng)
    return " ".join(write_sentence(rng, subject) for _ in range(sentences))


def write_person(rng: random.Random) -> str:
    """First and family name."""
    return f"{rng.choice(NAMES)} {rng.choice(SURNAMES)}"


def write_company(rng: random.Random) -> str:
    """A company that does not exist."""
    return f"{rng.choice(COMPANIES)} {rng.choice(('Ltd', 'GmbH', 'Inc.', 'AG', 'Group', 'Studio'))}"


def write_address(rng: random.Random) -> str:
    """Street and town."""
    street = rng.choice(split_words("Mill Harbour Church Garden Station Castle Linden Market"))
    kind = rng.choice(("Street", "Road", "Lane", "Avenue"))
    return f"{rng.randint(1, 250)} {street} {kind}, {rng.randint(10000, 99999)} {rng.choice(TOWNS)}"


def write_date(rng: random.Random) -> str:
    """A date in one of the usual forms."""
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1985, 2031)
    return rng.choice(
        (
            f"{day} {MONTHS[month - 1]} {year}",
            f"{MONTHS[month - 1]} {day}, {year}",
            f"{day:02}.{month:02}.{year}",
            f"{year}-{month:02}-{day:02}",
        )
    )


def write_money(rng: random.Random, most: int = 500) -> str:
    """An amount with its currency."""
    amount = rng.uniform(1, most)
    return rng.choice(
        (f"${amount:,.2f}", f"€{amount:,.2f}", f"{amount:,.2f} EUR", f"£{amount:,.2f}")
    )


def write_phone(rng: random.Random) -> str:
    """A telephone number."""
    return f"+{rng.randint(1, 99)} {rng.randint(100, 999)} {rng.randint(1000000, 9999999)}"


def write_email(rng: random.Random) -> str:
    """An address at a host that is reserved for examples."""
    return f"{rng.choice(NAMES).lower()}.{rng.choice(SURNAMES).lower()}@example.org"


def write_code_word(rng: random.Random, length: int = 8) -> str:
    """Letters and digits as on tickets and labels."""
    return "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(length))
