"""The head of a Milvus store, on a client that only remembers."""

import json
from typing import Any

import pytest

from chalklens.errors import UnavailableError
from retrieval.stores.milvus_head import SETTLED_S, MilvusHeads
from retrieval.stores.revisions import Head
from tests.retrieval.stores.documents import PARAMETERS


class RememberingClient:
    """Keeps aliases and heads' rows; `stop_at` is the call that raises."""

    def __init__(self) -> None:
        self.aliases: list[str] = ["somebody_elses"]
        self.rows: dict[str, Any] = {}
        self.levels: list[str] = []
        self.stop_at = ""

    def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        if method == self.stop_at:
            raise UnavailableError("killed here")
        if method == "list_aliases":
            return {"aliases": list(self.aliases)}
        if method == "insert":
            self.rows[arguments[1][0]["key"]] = arguments[1][0]
        elif method == "create_alias":
            self.aliases.append(arguments[1])
        elif method == "drop_alias":
            self.aliases.remove(arguments[0])
        elif method == "query":
            self.levels.append(options["consistency_level"])
            return [row for key, row in self.rows.items() if f'"{key}"' in options["filter"]]
        elif method == "delete":
            kept = options["filter"].split('"')[-2]
            self.rows = {key: row for key, row in self.rows.items() if key == kept}
        return None


def make_heads(client: RememberingClient) -> MilvusHeads:
    return MilvusHeads(client.call, "kb", "kb_documents", clock=lambda: clock[0])


clock = [0.0]


@pytest.fixture
def client() -> RememberingClient:
    clock[0] = 0.0
    client = RememberingClient()
    make_heads(client).write(Head("0a"), PARAMETERS, sparse=True)
    return client


def test_a_generation_is_one_alias_and_one_row(client: RememberingClient) -> None:
    writer = make_heads(client)
    writer.write(Head("0a", 1, ("x",)), PARAMETERS, sparse=True)
    assert client.aliases == ["somebody_elses", "kb_at_0a_1"]
    assert list(client.rows) == ["head.0a.1.open"]
    writer.write(Head("0a", 1), PARAMETERS, sparse=True)
    assert list(client.rows) == ["head.0a.1.clean"]
    assert make_heads(client).read() == Head("0a", 1)


@pytest.mark.parametrize(
    ("stop_at", "generation"),
    [("insert", 0), ("create_alias", 0), ("drop_alias", 1), ("delete", 1)],
)
def test_the_alias_is_the_commit(client: RememberingClient, stop_at: str, generation: int) -> None:
    client.stop_at = stop_at
    with pytest.raises(UnavailableError):
        make_heads(client).write(Head("0a", 1, ("x",)), PARAMETERS, sparse=True)
    client.stop_at = ""
    assert make_heads(client).read().generation == generation
    make_heads(client).write(Head("0a", generation + 1), PARAMETERS, sparse=True)
    assert client.aliases == ["somebody_elses", f"kb_at_0a_{generation + 1}"]


def test_a_row_is_read_once_per_generation(client: RememberingClient) -> None:
    reader = make_heads(client)
    assert [reader.read().generation for _ in range(3)] == [0, 0, 0]
    assert client.levels == ["Strong"]
    make_heads(client).write(Head("0a", 1), PARAMETERS, sparse=True)
    assert reader.read().generation == 1
    assert client.levels == ["Strong", "Strong"]


def test_reads_wait_for_the_clock_only_while_a_generation_is_new(client: RememberingClient) -> None:
    reader = make_heads(client)
    reader.read()
    assert reader.level == "Strong"
    clock[0] = SETTLED_S
    assert reader.level == "Bounded"
    make_heads(client).write(Head("0a", 1), PARAMETERS, sparse=True)
    reader.read()
    assert reader.level == "Strong"


def test_what_the_index_was_made_with_stands_in_the_head(client: RememberingClient) -> None:
    facts = make_heads(client).read_facts()
    assert facts is not None
    assert facts["sparse"] is True
    assert facts["parameters"]["embedder"] == PARAMETERS.embedder
    assert json.loads(client.rows["head.0a.0.clean"]["state"]) == facts


def test_an_index_without_a_head_is_missing(client: RememberingClient) -> None:
    client.aliases = ["somebody_elses"]
    assert make_heads(client).read_facts() is None
    with pytest.raises(UnavailableError) as raised:
        make_heads(client).read()
    assert raised.value.code == "index_missing"
