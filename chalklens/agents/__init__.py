"""The assistant: Planner, Manager, Knowledge, Responder and Reviewer, and the crew that runs them.

How it is used: `crew.assist(desk, inquiry)`. What it leaves out: models (`workbench.py`), searching
(`retrieval`).
"""
