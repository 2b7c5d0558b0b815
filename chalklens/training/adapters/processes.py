"""Which process of a training this one is, when `torchrun` or `accelerate launch` started several.

How it is used: only `is_first_process()` writes finished files and prints. What it leaves out: devices
(`training/devices.py`).
"""

import os


def is_first_process() -> bool:
    """True for the first of them, and for the only one."""
    return os.environ.get("RANK", "0") == "0"
