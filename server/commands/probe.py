"""Imports packages one after the other and says which work; run by `chalklens doctor` as a process.

How it is used: `python -P probe.py MODULE...` writes one JSON object per line: `{"module", "error"}`
for each, then `{"device": {...}}` when torch works. The reader of the lines knows which module was
next if the process dies. What it leaves out: versions, which need no import.
"""

import importlib
import json
import os
import signal
import sys
import warnings
from collections.abc import Iterable
from typing import Any

from chalklens.engines.torchvision_operators import declare_operators

FIRST = ("torch", "torchvision")  # peft and others import torchvision, which may need its operators


def order(names: Iterable[str]) -> list[str]:
    """Put what others build on first."""
    return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def probe_module(name: str) -> dict[str, Any]:
    """Import a module the way the workers do; `error` is empty when that works."""
    try:
        if name == "torchvision":
            declare_operators()
        else:
            importlib.import_module(name)
    except BaseException as error:  # whatever an import does, the next one is still tried
        return {"module": name, "error": f"{type(error).__name__}: {error}"[:500]}
    return {"module": name, "error": ""}


def probe_device() -> dict[str, Any]:
    """Describe what torch can compute on."""
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return {"kind": "cuda", "name": torch.cuda.get_device_name(), "free": free, "total": total}
    if torch.backends.mps.is_available():
        return {"kind": "mps", "name": "Apple GPU"}
    return {"kind": "cpu", "name": f"{os.cpu_count()} cores", "threads": torch.get_num_threads()}


def main(names: list[str]) -> None:
    """Probe all modules; nothing they print reaches our lines."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # else an import takes Ctrl-C for its own error
    warnings.simplefilter("ignore")
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for name in order(names):
        sink.write(json.dumps(probe_module(name)) + "\n")
        sink.flush()
    if sys.modules.get("torch"):
        sink.write(json.dumps({"device": probe_device()}) + "\n")
    sink.flush()
    os._exit(0)  # some packages hang or complain when they are taken down


if __name__ == "__main__":
    main(sys.argv[1:])
