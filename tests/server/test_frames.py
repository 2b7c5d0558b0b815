import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
)

from server.frames import (
    MAX_DEPTH,
    FrameRefused,
    encode_message,
    encode_refusal,
    find_request_id,
    mend_text,
    normalize_frame,
    parse_frame,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def frame(**members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **members}).encode()


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def refusal(data: bytes) -> FrameRefused:
    with pytest.raises(FrameRefused) as caught:
        parse_frame(data)
    return caught.value


def test_each_kind_of_message_is_told_by_its_members() -> None:
    request = parse_frame(frame(id=1, method="ping"))
    notification = parse_frame(frame(method="notifications/initialized"))
    response = parse_frame(frame(id="a", result={}))
    assert isinstance(request, JSONRPCRequest)
    assert isinstance(notification, JSONRPCNotification)
    assert isinstance(response, JSONRPCResponse)


@pytest.mark.parametrize("request_id", [None, 1.5, True, [], {}])
def test_a_request_whose_id_is_no_string_or_integer_is_refused(request_id: Any) -> None:
    assert refusal(frame(id=request_id, method="ping")).code == INVALID_REQUEST


@pytest.mark.parametrize("data", [b"[]", b"[" + frame(id=1, method="ping") + b"]", b"1", b"null"])
def test_a_batch_or_a_bare_value_is_refused(data: bytes) -> None:
    assert refusal(data).code == INVALID_REQUEST


@pytest.mark.parametrize(
    ("data", "request_id"),
    [
        (b'{"jsonrpc":"2.0","id":7,"method":"ping"', 7),
        (b'{"jsonrpc":"2.0","params":{"id":3},"id":"x","method":', "x"),
        (b'{"jsonrpc":"2.0","params":{"id":3', None),
        (b'{"id":5,"params":"\x01"}', 5),
        (b'{"id":NaN}', None),
        (b"{", None),
        (b"\xff\xfe", None),
    ],
)
def test_broken_json_is_answered_with_the_top_level_id_where_there_is_one(
    data: bytes, request_id: int | str | None
) -> None:
    refused = refusal(data)
    assert (refused.code, refused.request_id) == (PARSE_ERROR, request_id)


def test_language_server_framing_is_named() -> None:
    assert "Content-Length" in refusal(b"Content-Length: 52\r").message


def test_depth_is_bounded_and_the_id_comes_back() -> None:
    deepest = MAX_DEPTH - 2  # inside the object and its params
    assert parse_frame(frame(id=1, method="ping", params={"x": nested(deepest)}))
    refused = refusal(frame(id=1, method="ping", params={"x": nested(deepest + 1)}))
    assert (refused.code, refused.request_id) == (INVALID_REQUEST, 1)
    unread = refusal(b'{"id":2,"params":' + b"[" * 100_000)
    assert (unread.code, unread.request_id) == (INVALID_REQUEST, 2)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_an_integer_beyond_64_bit_is_refused(number: int) -> None:
    assert parse_frame(frame(id=1, method="ping", params={"x": 2**63 - 1}))
    assert refusal(frame(id=1, method="ping", params={"x": number})).request_id == 1
    assert refusal(frame(id=number, method="ping")).request_id == number


@pytest.mark.parametrize("number", [b"1e999", b"9" * 5000, b"Infinity"])
def test_a_number_that_is_none_is_refused(number: bytes) -> None:
    refusal(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":' + number + b"}}")


def test_a_million_values_are_refused_before_they_are_built() -> None:
    refused = refusal(b'{"jsonrpc":"2.0","id":4,"method":"m","params":{"x":[' + b"0," * 1_000_001)
    assert "values" in refused.message
    assert refused.request_id == 4


def test_a_lone_surrogate_in_an_argument_becomes_a_replacement_character() -> None:
    message = parse_frame(
        b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"x\\udcff","b":"\\ud83d\\ude00"}}'
    )
    assert isinstance(message, JSONRPCRequest)
    assert message.params == {"a": "x\ufffd", "b": "\U0001f600"}


def test_an_id_that_is_no_unicode_text_is_sent_back_as_it_came() -> None:
    refused = refusal(b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}')
    assert json.loads(encode_refusal(refused))["id"] == "\ud800"


def test_a_malformed_response_is_not_answered() -> None:
    assert not refusal(frame(id=1, result=None)).answerable
    assert not refusal(frame(id=1, error={"code": "x"})).answerable
    assert not refusal(frame(id=None, result={})).answerable


def test_a_string_that_never_ends_is_searched_once() -> None:
    assert find_request_id(b'{"id":1,"x":"' + b'\\"' * 100_000) == 1


def test_a_result_that_is_no_unicode_text_is_mended() -> None:
    response = JSONRPCResponse(jsonrpc="2.0", id=1, result={"name": "a\udcff", "n": [1, None]})
    assert json.loads(encode_message(response))["result"] == {"name": "a\ufffd", "n": [1, None]}
    assert mend_text({"a": ["b\ud800", 1, None]}) == {"a": ["b\ufffd", 1, None]}


def test_a_frame_is_only_rewritten_where_the_sdk_could_not_read_it() -> None:
    plain = frame(id=1, method="ping")
    assert normalize_frame(plain) is plain
    mended = normalize_frame(b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"\\udcff"}}')
    assert json.loads(mended)["params"] == {"a": "\ufffd"}


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_message_or_a_refusal_that_can_be_sent(data: bytes) -> None:
    try:
        answer = encode_message(parse_frame(data))
    except FrameRefused as refused:
        answer = encode_refusal(refused)
    assert json.loads(answer)["jsonrpc"] == "2.0"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=3), st.floats(0, 1))
def test_a_request_cut_anywhere_never_gives_a_foreign_id(params: Any, share: float) -> None:
    whole = json.dumps({"jsonrpc": "2.0", "params": {**params, "id": 1}, "id": 2}).encode()
    assert find_request_id(whole[: round(share * len(whole))]) in (None, 2)
