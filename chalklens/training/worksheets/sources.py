"""The code of the templates as a key: sheets that were kept are of no use once it has changed.

How it is used: `hash_sources()` in the name of what is kept. Any change counts, also one that changes
no sheet. What it leaves out: the fonts' packages and Pillow, whose versions belong to the machine.
"""

import hashlib
from pathlib import Path

CHARACTERS = 12


def hash_sources(folder: Path = Path(__file__).parent) -> str:
    """Return 12 hex digits that change with every Python file of this package."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:CHARACTERS]
