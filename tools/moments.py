"""Dates and times as text: ISO 8601, as users write them and as results show them.

How it is used: `read_moment("2026-01-31", ends_day=True)`, `show_moment(seconds)`; seconds count from the
beginning of 1970 in UTC. What it leaves out: time zones by name.
"""

from datetime import UTC, date, datetime, time

from chalklens.errors import InputError
from tools.cleaning import clean_text

DAY_CHARS = len("2026-01-31")


def read_moment(text: str | None, *, ends_day: bool) -> float | None:
    """UTC seconds of a moment, or of the start or end of a day; UTC where no offset is given.

    Raises:
        InputError: It is no date.
    """
    if text is None:
        return None
    try:
        return _day(text, ends_day) if len(text) <= DAY_CHARS else _moment(text)
    except ValueError:
        raise InputError(
            f"{clean_text(text)!r} is not a date.", "Write it as 2026-01-31 or 2026-01-31T12:00Z."
        ) from None


def _day(text: str, ends: bool) -> float:
    day = date.fromisoformat(text)
    return datetime.combine(day, time.max if ends else time.min, UTC).timestamp()


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def show_moment(seconds: float) -> str | None:
    """Date and time in UTC; None for the beginning of 1970, which means unknown."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if seconds > 0 else None
