"""Notices when an answer has become the same words over and over.

How it is used: `repetition_start(token_ids, least)` after each few tokens; a number says where the
repetition began and the answer is cut there. Qwen3-VL is known for endless tables and rules
(QwenLM/Qwen3-VL issue #1611).

Only verbatim repetition up to the very end counts, and only when it is long: at least `least`
tokens and at least `MIN_PERIODS` rounds. Number lists and filled tables differ from row to row;
empty rows repeat, which is why `least` is larger for transcription. What it leaves out: loops that
change a word each time; the token limit ends those.
"""

from collections.abc import Sequence

MAX_PERIOD = 256
MIN_PERIODS = 4
CHECK_EVERY = 8


def repetition_start(token_ids: Sequence[int], least: int) -> int | None:
    """Return the index after the first round of a repetition that lasts to the end, else None."""
    end = len(token_ids)
    for period in range(1, min(MAX_PERIOD, end // MIN_PERIODS) + 1):
        if token_ids[end - 1] != token_ids[end - 1 - period]:
            continue
        start = end - 1
        while start >= period and token_ids[start] == token_ids[start - period]:
            start -= 1
        start += 1  # the first index that equals the one a period before
        if end - start + period >= max(least, MIN_PERIODS * period):
            return start
    return None
