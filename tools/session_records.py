"""Recorded sessions, their calls and saved summaries, as fields for models and people.

How it is used: `describe_session(info)`, by the resources of sessions and by `chalklens sessions --json`.
What it leaves out: MCP, and the Markdown of a summary (`chalklens/sessions/`).
"""

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from chalklens.sessions.document import show_time
from chalklens.sessions.records import CallRecord, SessionInfo, SummaryInfo
from tools.cleaning import clean_text

SUMMARY_URI = "chalklens://sessions/"


def describe_session(info: SessionInfo) -> dict[str, Any]:
    """Say what a list tells of a session."""
    return {
        "id": info.id,
        "uri": f"{SUMMARY_URI}{info.id}/calls",
        "client": clean_text(info.client),
        "started": show_time(info.started),
        "last": show_time(info.last),
        "calls": info.calls,
        "bytes": info.bytes,
        "dropped": info.dropped,
    }


def describe_summary(summary: SummaryInfo) -> dict[str, Any]:
    """Say what a list tells of a summary."""
    return {
        "name": summary.name,
        "uri": link_to(summary),
        "title": clean_text(summary.title),
        "session": summary.session,
        "created": show_time(summary.created),
        "path": summary.path,
        "bytes": summary.bytes,
        "sha256": summary.sha256,
    }


def describe_call(call: CallRecord) -> dict[str, Any]:
    """Say everything that is known of a call."""
    return {**asdict(call), "started": show_time(call.started), "seconds": round(call.seconds, 3)}


def link_to(summary: SummaryInfo) -> str:
    """Return the resource with the Markdown of a summary."""
    return f"{SUMMARY_URI}{quote(summary.name)}"
