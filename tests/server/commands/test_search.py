from pathlib import Path

import pytest

from chalklens.errors import UnavailableError
from chalklens.types import SearchFilter
from retrieval.documents import document_id
from retrieval.fake import FakeKnowledge
from tests.server.commands.knowledge_shell import KnowledgeShell

GUIDE = "# Guide\n\nPress the red button.\n\nThen press the green button."


def make_shell() -> KnowledgeShell:
    return KnowledgeShell(FakeKnowledge({"start.md": GUIDE, "book.pdf": ["One.", "Two pears."]}))


def test_a_hit_in_json_has_the_exact_characters_and_their_place():
    [row, other] = make_shell().rows("search", "--json", "green button")
    assert row["text"] == GUIDE[row["start"] : row["end"]] == "Then press the green button."
    assert row["id"] == f"{document_id('default', 'start.md')}.1"
    assert (row["rank"], row["source"], row["page"]) == (1, "start.md", None)
    assert (row["title"], row["headings"]) == ("Guide", ["Guide"])
    assert other["rank"] == 2
    assert {"scores", "before", "after"}.isdisjoint(row)


def test_people_see_source_page_passage_and_link():
    result = make_shell().run("search", "pears")
    assert result.exit_code == 0
    assert result.stdout == (
        "1. book.pdf, page 2  (1)\n"
        "   book.pdf\n"
        "   | Two pears.\n"
        f"   chalklens://knowledge/{document_id('default', 'book.pdf')}/2\n\n"
    )


def test_every_option_reaches_the_search(tmp_path: Path):
    shell = make_shell()
    shell.run(
        *("search", "two", "words", "-k", "3", "--collection", "a", "--collection", "b"),
        *("--source", "*.pdf", "--tag", "x", "--page", "2-4", "--after", "2026-01-31"),
        *("--before", "2026-01-31", "--rerank", "on", "--expand", "2"),
        *(
            "--data-dir",
            str(tmp_path),
            "--embedder",
            "none",
            "--reranker",
            "r",
            "--store",
            "milvus:x.db",
        ),
    )
    [request] = shell.knowledge.requests
    assert (request.query, request.k, request.rerank, request.expand) == ("two words", 3, "on", 2)
    assert request.filter == SearchFilter(
        collections=("a", "b"),
        sources=("*.pdf",),
        first_page=2,
        last_page=4,
        tags=("x",),
        modified_from=1_769_817_600.0,
        modified_to=1_769_903_999.999999,
    )
    [settings] = shell.settings
    assert settings.data_folder == tmp_path
    assert (settings.embedder, settings.reranker, settings.store) == ("none", "r", "milvus:x.db")
    assert settings.folders == ()


def test_explain_shows_scores_and_what_took_part():
    shell = make_shell()
    [row] = shell.rows("search", "--json", "--explain", "--expand", "1", "green")
    assert row["scores"]["sparse_rank"] == 1
    assert (row["before"], row["after"]) == ("Press the red button.", "")
    result = shell.run("search", "--explain", "green")
    assert "fused 1, sparse 1, sparse_rank 1" in result.stdout
    assert "fake, fake, sparse 0.5 ms" in result.stderr


def test_nothing_found_is_said_beside_an_empty_result():
    result = make_shell().run("search", "--json", "nonsense")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.count("Nothing was found") == 1


def test_the_first_search_waits_for_the_guides():
    shell = KnowledgeShell(FakeKnowledge({"guide.md": "Press the button."}, indexing=2))
    result = shell.run("search", "button")
    assert "| Press the button." in result.stdout
    assert "Indexing the guides that ship" in result.stderr
    assert "being indexed" not in result.stderr
    assert len(shell.knowledge.requests) == 2


def test_a_document_cannot_steer_the_terminal():
    shell = KnowledgeShell(
        FakeKnowledge({"a\x1b[2J.md": "Pears\x1b]0;owned\x07 and \u202eapples."})
    )
    result = shell.run("search", "pears", "and")
    assert "\x1b" not in result.stdout
    assert "\\u001b[2J" in result.stdout
    assert "\\u202e" in result.stdout


@pytest.mark.parametrize("page", ["0", "three", "3-", "-3", "1-2-3", "1000000"])
def test_a_page_that_is_none_is_explained(page: str):
    result = make_shell().run("search", "pears", f"--page={page}")
    assert result.exit_code == 1
    assert "--page 3 or 3-7" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["", " "], "The query is empty."),
        (["x", "--after", "soon"], "'soon' is not a date."),
        (["x", "--page", "7-3"], "Page 7 comes after page 3."),
        (["x", "--tag", "t" * 300], "at most 200 characters"),
    ],
)
def test_what_cannot_be_searched_is_explained(arguments: list[str], reason: str):
    result = make_shell().run("search", *arguments)
    assert result.exit_code == 1
    assert reason in result.stderr


def test_an_index_that_cannot_be_read_gives_its_reason():
    error = UnavailableError("The index is damaged.", "Sync it again.")
    result = KnowledgeShell(FakeKnowledge(error=error)).run("search", "x")
    assert result.exit_code == 1
    assert "The index is damaged." in result.stderr
    assert "Sync it again." in result.stderr
