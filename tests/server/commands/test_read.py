from typing import Any


def test_read_writes_text_lines_and_boxes_in_pixels(shell: Any):
    [sheet] = shell.make_files("sheet.png")
    shell.benches.texts = {"sheet.png": ["3 + 4 =", "7"]}
    result = shell.run("read", "--json", sheet)
    assert result.exit_code == 0
    assert shell.rows(result) == [
        {
            "image": sheet,
            "page": None,
            "text": "3 + 4 =\n7",
            "lines": [
                {"text": "3 + 4 =", "box_px": [0, 0, 100, 20], "confidence": 1.0},
                {"text": "7", "box_px": [0, 20, 100, 40], "confidence": 1.0},
            ],
        }
    ]


def test_without_json_the_text_alone_is_printed(shell: Any):
    shell.benches.texts = {"sheet.png": ["3 + 4 =", "7"]}
    assert shell.run("read", *shell.make_files("sheet.png")).stdout == "3 + 4 =\n7\n"


def test_a_broken_file_gives_its_reason_and_exit_code_1(shell: Any):
    result = shell.run("read", *shell.make_files("broken.png"))
    assert result.exit_code == 1
    assert "The file is cut off." in result.stderr
    assert result.stdout == ""


def test_text_that_the_terminal_cannot_show_does_not_end_the_command(shell: Any):
    shell.benches.texts = {"sheet.png": ["lone \ud800 surrogate"]}
    result = shell.run("read", *shell.make_files("sheet.png"))
    assert result.exit_code == 0
    assert result.stdout == "lone ? surrogate\n"


def test_json_survives_any_text(shell: Any):
    shell.benches.texts = {"sheet.png": ["题 \ud800"]}
    result = shell.run("read", "--json", *shell.make_files("sheet.png"))
    assert shell.rows(result)[0]["text"] == "题 \ud800"


def test_each_asked_page_gets_a_row_and_a_heading(shell: Any):
    [file] = shell.make_files("a.pdf")
    shell.benches.texts = {"a.pdf": ["3 + 4 ="]}
    rows = shell.rows(shell.run("read", "--json", "--page", "2-3,7", file))
    assert [(row["image"], row["page"]) for row in rows] == [(file, 2), (file, 3), (file, 7)]
    plain = shell.run("read", "--page", "2-3", file).stdout
    assert plain == f"== {file}, page 2\n3 + 4 =\n== {file}, page 3\n3 + 4 =\n"
    assert shell.run("read", "--page", "2", file).stdout == "3 + 4 =\n"
