import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from server.http_guard import AddressGuard, BodyGuard, TokenGuard
from tests.server.asgi_driver import PING, ask

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
TOKEN, OTHER_TOKEN = "first_token_of_two_0123456789", "other_token_of_two_0123456789"


@dataclass
class Inner:
    """The app behind a guard: remembers what reached it."""

    bodies: list[bytes] = field(default_factory=list[bytes])
    users: list[str] = field(default_factory=list[str])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        self.bodies.append(bytes(message["body"]))
        user = scope.get("user")
        self.users.append(user.username if user else "")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "127.0.0.1:8765.evil.example",
        "127.0.0.1",
        "127.0.0.1:08765",
        "localhost:1",
    ],
)
async def test_a_host_that_is_not_exactly_ours_is_refused(host: str) -> None:
    inner = Inner()
    guard = AddressGuard(inner, ["127.0.0.1:8765", "localhost:8765"], [])
    assert (await ask(guard, {"host": host})).status == 421
    assert inner.bodies == []


async def test_no_host_or_two_are_refused() -> None:
    guard = AddressGuard(Inner(), ["localhost:8765"], [])
    assert (await ask(guard, {})).status == 421
    assert (await ask(guard, [("host", "localhost:8765")] * 2)).status == 421


async def test_our_host_passes_whatever_its_case() -> None:
    guard = AddressGuard(Inner(), ["Eyes.Example:8765"], [])
    assert (await ask(guard, {"host": "eyes.EXAMPLE:8765"})).status == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8765", 200),
        ("http://localhost:8765.evil.example", 403),
        ("https://localhost:8765", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_only_known_pages_may_call(origin: str, status: int) -> None:
    guard = AddressGuard(Inner(), ["h:1"], ["http://localhost:8765"])
    assert (await ask(guard, {"host": "h:1", "origin": origin})).status == status


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer ",
        "Bearer x",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN} ",
    ],
)
async def test_a_request_without_the_token_is_refused(authorization: str) -> None:
    inner = Inner()
    answer = await ask(TokenGuard(inner, [TOKEN]), {"authorization": authorization})
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert TOKEN.encode() not in answer.body
    assert inner.bodies == []


async def test_a_token_in_two_headers_is_refused() -> None:
    headers = [("authorization", f"Bearer {TOKEN}")] * 2
    assert (await ask(TokenGuard(Inner(), [TOKEN]), headers)).status == 401


async def test_each_token_is_a_user_of_its_own_and_no_name_gives_it_away() -> None:
    inner = Inner()
    guard = TokenGuard(inner, [TOKEN, OTHER_TOKEN])
    for token in (TOKEN, OTHER_TOKEN, TOKEN):
        assert (await ask(guard, {"authorization": f"bearer {token}"})).status == 200
    first, other, again = inner.users
    assert first == again != other
    assert TOKEN not in first


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/jsonp", "text/json; application/json"]
)
async def test_a_body_that_is_not_declared_as_json_is_refused(kind: str) -> None:
    assert (await ask(BodyGuard(Inner()), {"content-type": kind})).status == 415


async def test_a_body_arrives_whole_and_unchanged() -> None:
    inner = Inner()
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await ask(BodyGuard(inner), headers, [PING[:5], PING[5:]])).status == 200
    assert inner.bodies == [PING]


async def test_a_body_over_the_limit_is_refused_declared_or_sent() -> None:
    inner = Inner()
    guard = BodyGuard(inner, max_body_bytes=100)
    declared = {**JSON, "content-length": "101"}
    assert (await ask(guard, declared, [PING])).status == 413
    assert (await ask(guard, JSON, [b" " * 60, b" " * 60, b" "])).status == 413
    assert inner.bodies == []


async def test_a_body_that_does_not_end_is_cut_at_the_deadline() -> None:
    answer = await ask(BodyGuard(Inner(), deadline_s=0.01), JSON, [PING, b"", b""])
    assert answer.status == 408
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("body", [b" ", b"{", b"[]", b"1", b"\xff", b'{"jsonrpc":"2.0","id":null}'])
async def test_a_body_that_is_no_frame_is_answered_with_a_json_rpc_error(body: bytes) -> None:
    answer = await ask(BodyGuard(Inner()), JSON, [body])
    assert answer.status == 400
    error: dict[str, Any] = json.loads(answer.body)
    assert error["error"]["code"] in (-32700, -32600)


async def test_half_a_surrogate_pair_is_mended_before_the_sdk_reads_it() -> None:
    inner = Inner()
    body = b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"\\udcff"}}'
    assert (await ask(BodyGuard(inner), JSON, [body])).status == 200
    assert json.loads(inner.bodies[0])["params"] == {"a": "\ufffd"}


async def test_other_methods_pass_without_a_body() -> None:
    assert (await ask(BodyGuard(Inner()), {}, [b" "], method="GET")).status == 200
