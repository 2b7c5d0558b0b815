"""The server for the Inspector: `mcp dev server/dev.py`.

How it is used: the `mcp` command imports this file by path and takes the object named `mcp`. It puts
this folder on the import path, so the repository goes first. Settings come from `CHALKLENS_*`; the
allowed folder is the current one. What it leaves out: the guards of `chalklens serve`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from server.app import create_server
from server.settings import Settings

mcp = create_server(Settings())
