"""Train or validation, decided by content: a row never changes sides when others are added.

How it is used: `choose_split(key, 0.1)`; the key is the group of a row, or what its picture or text
is. The first 64 bits of SHA-256 as a fraction of one are compared with the share, so about that
share of keys is for validation. What it leaves out: exact shares and balance between labels.
"""

import hashlib

from chalklens.errors import InputError
from chalklens.training.data.rows import SplitName


def choose_split(key: str, val_share: float) -> SplitName:
    """Return the split of a key.

    Raises:
        InputError: The share is not in 0 to 1, 1 excluded.
    """
    if not 0 <= val_share < 1:
        raise InputError("The share for validation is not below 1.", "Use e.g. --val-share 0.1.")
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return "val" if int.from_bytes(digest[:8]) / 2**64 < val_share else "train"
