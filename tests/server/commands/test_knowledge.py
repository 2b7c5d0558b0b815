import json
from pathlib import Path

import pytest

from retrieval.fake import FakeKnowledge
from tests.server.commands.knowledge_shell import KnowledgeShell


def make_shell(folder: Path, *names: str) -> KnowledgeShell:
    """A shell whose knowledge base finds some text in every file that is made here."""
    for name in names:
        (folder / name).write_text("Text.", "utf-8")
    return KnowledgeShell(
        FakeKnowledge(
            {"old.md": "Old.", "older.pdf": ["One.", "Two."]},
            files={(folder / name).as_uri(): "Text." for name in names},
        )
    )


def test_adding_names_files_so_that_they_mean_the_same_everywhere(tmp_path: Path):
    shell = make_shell(tmp_path, "a.md")
    result = shell.run("knowledge", "add", str(tmp_path / "a.md"), "--tag", "x")
    assert result.exit_code == 0
    assert result.stdout == "1 added (0.0 s)\n"
    assert shell.knowledge.adds == [(((tmp_path / "a.md").as_uri(),), "default", ("x",))]
    assert shell.settings[0].folders == (tmp_path.resolve(),)


def test_a_folder_that_is_added_may_be_read_itself(tmp_path: Path):
    shell = make_shell(tmp_path)
    shell.run("knowledge", "add", str(tmp_path), "https://example.org/a", "--collection", "c")
    assert shell.settings[0].folders == (tmp_path.resolve(),)
    assert shell.knowledge.adds[0][:2] == ((tmp_path.as_uri(), "https://example.org/a"), "c")


def test_what_cannot_be_indexed_is_named_and_gives_exit_code_1(tmp_path: Path):
    shell = make_shell(tmp_path, "a.md")
    (tmp_path / "broken.pdf").write_bytes(b"")
    files = [str(tmp_path / "a.md"), str(tmp_path / "broken.pdf")]
    result = shell.run("knowledge", "add", *files)
    assert result.exit_code == 1
    assert result.stdout == "1 added, 1 failed (0.0 s)\n"
    assert "broken.pdf: There is no readable file" in result.stderr
    again = shell.run("knowledge", "add", "--json", *files)
    row = json.loads(again.stdout)
    assert (row["unchanged"], again.exit_code) == (1, 1)
    assert row["failed"][0]["source"].endswith("broken.pdf")


def test_a_path_that_is_not_there_is_told_before_anything_is_done(tmp_path: Path):
    shell = make_shell(tmp_path)
    result = shell.run("knowledge", "add", str(tmp_path / "missing"))
    assert result.exit_code == 1
    assert "No such file" in result.stderr
    assert shell.settings == []


def test_an_empty_name_does_not_add_the_current_folder(tmp_path: Path):
    shell = make_shell(tmp_path)
    result = shell.run("knowledge", "add", "")
    assert (result.exit_code, shell.knowledge.adds) == (1, [])
    assert "empty" in result.stderr


def test_a_sync_follows_everything_or_adds_a_folder_first(tmp_path: Path):
    shell = make_shell(tmp_path)
    assert shell.run("knowledge", "sync", "--retry").stdout == "2 unchanged (0.0 s)\n"
    shell.run("knowledge", "sync", "--collection", "c")
    shell.run("knowledge", "sync", str(tmp_path))
    assert shell.knowledge.syncs == [(None, True), ("c", False)]
    assert shell.knowledge.adds == [((tmp_path.as_uri(),), "default", ())]


def test_watching_reports_every_change(tmp_path: Path):
    shell = make_shell(tmp_path)
    result = shell.run("knowledge", "sync", "--watch", "--json")
    assert [json.loads(line)["unchanged"] for line in result.stdout.splitlines()] == [2, 2]
    assert "Ctrl-C" in result.stderr
    assert shell.knowledge.adds == []


def test_removing_says_how_much_is_gone(tmp_path: Path):
    shell = make_shell(tmp_path)
    assert shell.run("knowledge", "remove", "--collection", "default").stdout == (
        "2 removed (0.0 s)\n"
    )
    assert shell.run("knowledge", "remove", "old.md").stdout == "nothing to do (0.0 s)\n"
    assert shell.settings[0].folders == (Path.cwd(),)


def test_removing_without_an_object_is_refused(tmp_path: Path):
    shell = make_shell(tmp_path)
    assert shell.run("knowledge", "remove").exit_code == 1
    assert shell.settings == []


def test_the_list_has_every_document(tmp_path: Path):
    shell = make_shell(tmp_path)
    assert shell.run("knowledge", "list").stdout == (
        "default  old.md  (1 passage)\ndefault  older.pdf  (2 passages, 2 pages)\n"
    )
    rows = shell.rows("knowledge", "list", "--json", "--collection", "default")
    assert [(row["source"], row["pages"]) for row in rows] == [("old.md", None), ("older.pdf", 2)]
    empty = shell.run("knowledge", "list", "--collection", "other")
    assert (empty.stdout, "no documents" in empty.stderr) == ("", True)


def test_a_long_list_is_fetched_to_its_end():
    shell = KnowledgeShell(FakeKnowledge({f"{i}.md": "x" for i in range(2_300)}))
    assert len(shell.rows("knowledge", "list", "--json")) == 2_300


def test_the_status_is_told_to_people_and_programs(tmp_path: Path):
    shell = make_shell(tmp_path)
    told = shell.run("knowledge", "status", "--data-dir", str(tmp_path)).stdout
    assert "state        ready\n" in told
    assert f"folder       {tmp_path / 'knowledge'}\n" in told
    assert "collections  default 2\n" in told
    [row] = shell.rows("knowledge", "status", "--json")
    assert (row["documents"], row["chunks"], row["collections"]) == (2, 3, {"default": 2})


@pytest.mark.parametrize("name", ["add", "sync", "remove", "list", "status"])
def test_every_command_explains_itself(name: str, tmp_path: Path):
    result = make_shell(tmp_path).run("knowledge", name, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout
