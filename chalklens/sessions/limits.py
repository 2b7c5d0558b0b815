"""How much is kept: a number for everything.

How it is used: `SessionLimits()`; tests bring smaller ones. What it leaves out: time limits of the
model that writes summaries (`summary.py`).
"""

from dataclasses import dataclass

KIB, MIB = 1 << 10, 1 << 20
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Bounds of the record and of the summaries made from it.

    Attributes:
        question_chars, answer_chars: Of one call; the rest is cut.
        record_bytes: Of one call, everything together.
        passages, passage_chars: Evidence kept of one call.
        items: Labels, pictures, steps, notes ... kept of one call, each.
        session_records, session_bytes: Of one session; the oldest calls go first.
        total_bytes: Of all sessions; the sessions used longest ago go first.
        file_bytes: Of the database; past it nothing is written. Above `total_bytes`, because
            indexes and free pages take room too.
        age_s: Sessions not used for this long are forgotten.
        waiting: Calls that may wait to be written.
        summary_calls, summary_turns: Told one by one in a summary, the latest ones.
        summary_pictures: Thumbnails in a summary.
        summary_bytes: Of one Markdown file.
        summaries: Files remembered per principal; the files of forgotten ones stay.
    """

    question_chars: int = 4_000
    answer_chars: int = 8_000
    record_bytes: int = 64 * KIB
    passages: int = 20
    passage_chars: int = 1_200
    items: int = 32
    session_records: int = 10_000
    session_bytes: int = 64 * MIB
    total_bytes: int = 256 * MIB
    file_bytes: int = 512 * MIB
    age_s: float = 180 * DAY_S
    waiting: int = 1_024
    summary_calls: int = 200
    summary_turns: int = 200
    summary_pictures: int = 12
    summary_bytes: int = 4 * MIB
    summaries: int = 10_000
