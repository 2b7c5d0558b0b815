from collections.abc import Callable

from server.app import ChalklensServer
from server.tool_table import render_tool_table

MakeServer = Callable[..., ChalklensServer]


def test_the_table_has_a_row_per_tool_with_its_arguments(make_server: MakeServer) -> None:
    head, rule, *rows = render_tool_table(make_server()).splitlines()
    assert head == "| tool | purpose | arguments |"
    assert rule == "|---|---|---|"
    assert [row.split("`")[1] for row in rows] == [
        "label_worksheet",
        "read_text",
        "analyze_image",
        "search_knowledge",
        "manage_knowledge",
        "ask_assistant",
        "save_session_summary",
        "server_status",
    ]
    assert rows[1].endswith("| `image`, `page?`, `region?`, `granularity?` |")
    assert "Read printed text in a picture or PDF page" in rows[1]
