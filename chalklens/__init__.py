"""What the tools stand on: media, reading, engines, EduGraph, labelling. Knows nothing of MCP.

Importing it switches off what libraries report about their use, here and in every worker, whatever
the environment says: onnxruntime keeps a device id and a database of events in the user's cache,
huggingface_hub names the program to the hub, datasets counts every data set that is opened. Nothing
is sent home.

How it is used: it is imported before any of its parts, and holds none of them. What it leaves out:
MCP (`server`, `tools`) and searching (`retrieval`).
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_UPDATE_DOWNLOAD_COUNTS"] = "0"
