"""One JSON-RPC frame, from bytes to a checked message and back.

How it is used: every transport hands what it received to `parse_frame` and gets one of the SDK's
message models, or a `FrameRefused` that knows the JSON-RPC error to answer with. `encode_message`
and `encode_refusal` make the bytes of an answer, without the newline.

Stricter than the SDK, which gives no answer to some of these (measured with mcp 2.3): broken JSON,
batches, `id: null`, numbers beyond 64 bit, more than 64 levels, a million values. A lone half of a
surrogate pair is legal in JSON but is no Unicode text; it becomes U+FFFD, as in every UTF-8 encoder
(WHATWG Encoding). What it leaves out: where a frame begins and ends, and what a method means.
"""

import contextlib
import json
import math
import re
from collections.abc import Iterable
from typing import Any, cast

from mcp.types import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json

MAX_DEPTH = 64
MAX_VALUES = 1_000_000
INT64 = range(-(2**63), 2**63)
ID_SEARCH_BYTES = 64 * 2**10

Frame = bytes | bytearray

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
# An unfinished string runs to the end: the search then stops instead of trying every quote again.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_ID_VALUE = re.compile(rb'\s*:\s*(-?\d{1,19}(?![\d.eE])|"[^"\\]*(?:\\.[^"\\]*)*")', re.DOTALL)


class FrameRefused(Exception):
    """A frame that is not served.

    Attributes:
        code: JSON-RPC error code.
        message: One short sentence.
        request_id: The id to answer to, None when it cannot be read.
        answerable: False for a malformed *response*: answering it would only confuse the client.
    """

    def __init__(
        self, code: int, message: str, request_id: RequestId | None = None, answerable: bool = True
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.request_id, self.answerable = request_id, answerable


def parse_frame(data: Frame) -> JSONRPCMessage:
    """Turn the bytes of one frame into a message.

    Raises:
        FrameRefused: It is not one well-formed JSON-RPC 2.0 message within the limits.
    """
    value = _decode(data)
    if not isinstance(value, dict):
        raise FrameRefused(
            INVALID_REQUEST, "A frame is one JSON-RPC object; batches are not part of MCP."
        )
    members = cast("dict[str, Any]", value)
    _check_shape(members)
    return _to_message(members)


def normalize_frame(data: Frame) -> Frame:
    """Check a frame and return it, rewritten only where the SDK would not read what we accept.

    Raises:
        FrameRefused: As `parse_frame`.
    """
    message = parse_frame(data)
    return encode_message(message) if _SURROGATE_ESCAPE.search(data) else data


def find_request_id(data: Frame) -> RequestId | None:
    """Look for the top-level `id` in text that is no valid JSON, or only the beginning of it."""
    depth = 0
    for token in _TOKEN.finditer(data, 0, ID_SEARCH_BYTES):
        text = token.group()
        if text in (b"{", b"["):
            depth += 1
        elif text in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and text == b'"id"' and (value := _ID_VALUE.match(data, token.end())):
            with contextlib.suppress(ValueError):
                return json.loads(value.group(1))
    return None


def encode_message(message: JSONRPCMessage) -> bytes:
    """Make the JSON of a message; a result that is no Unicode text is mended, never dropped."""
    try:
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode()
    except PydanticSerializationError:
        fields = message.model_dump(by_alias=True, exclude_unset=True)
    try:
        return _replace_surrogates(json.dumps(fields, ensure_ascii=False))
    except (TypeError, ValueError):
        problem = FrameRefused(INTERNAL_ERROR, "The answer cannot be written as JSON.")
        problem.request_id = fields.get("id")
        return encode_refusal(problem)


def encode_refusal(refused: FrameRefused) -> bytes:
    """Make the JSON-RPC error; pure ASCII, so that any id that was read can be sent back."""
    error = {"code": refused.code, "message": refused.message}
    return json.dumps({"jsonrpc": "2.0", "id": refused.request_id, "error": error}).encode()


def mend_text(value: Any) -> Any:
    """Return a JSON value whose strings are all Unicode text."""
    if isinstance(value, str):
        return value if value.isascii() else _replace_surrogates(value).decode()
    if isinstance(value, dict):
        return {key: mend_text(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [mend_text(item) for item in cast("list[Any]", value)]
    return value


def _decode(data: Frame) -> Any:
    # A scan for separators is cheap and comes before anything is built: 40 MiB of `[],` would
    # otherwise become gigabytes of lists.
    if len(data) > MAX_VALUES and data.count(b",") + data.count(b"[") > MAX_VALUES:
        raise _refuse_unread(data, f"The frame holds more than {MAX_VALUES:,} values.")
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        if _SURROGATE_ESCAPE.search(data):
            return _decode_mended(data)
        if "recursion limit" in str(error):
            raise _refuse_unread(data, f"The JSON is nested deeper than {MAX_DEPTH}.") from None
        raise FrameRefused(PARSE_ERROR, _explain(data, error), find_request_id(data)) from None


def _refuse_unread(data: Frame, message: str) -> FrameRefused:
    return FrameRefused(INVALID_REQUEST, message, find_request_id(data))


def _explain(data: Frame, error: ValueError) -> str:
    if data[:15].lower() == b"content-length:":
        return "Frames are lines of JSON; Content-Length headers are not part of MCP over stdio."
    return f"The frame is not valid JSON: {error}."


def _decode_mended(data: Frame) -> Any:
    try:
        value = json.loads(data)
        mended = from_json(
            _replace_surrogates(json.dumps(value, ensure_ascii=False)), allow_inf_nan=False
        )
    except (ValueError, RecursionError) as error:
        message = f"The frame is not valid JSON: {error}."
        raise FrameRefused(PARSE_ERROR, message, find_request_id(data)) from None
    if isinstance(value, dict):
        request_id: Any = cast("dict[str, Any]", value).get("id")
        if isinstance(request_id, str) and request_id != mended.get("id"):
            raise FrameRefused(INVALID_REQUEST, "The id is not valid Unicode text.", request_id)
    return mended


def _replace_surrogates(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _check_shape(members: dict[str, Any]) -> None:
    """Walk level by level: depth, and numbers that every JSON reader can hold."""
    level: list[Any] = [members]
    for _ in range(MAX_DEPTH):
        nested: list[Any] = []
        for container in level:
            for item in _contents(container):
                kind = cast("type[object]", type(item))
                if kind is dict or kind is list:
                    nested.append(item)
                elif (kind is int or kind is float) and not _fits_64_bit(item):
                    message = "The frame holds a number beyond 64 bit."
                    raise FrameRefused(INVALID_REQUEST, message, _readable_id(members))
        if not nested:
            return
        level = nested
    message = f"The JSON is nested deeper than {MAX_DEPTH}."
    raise FrameRefused(INVALID_REQUEST, message, _readable_id(members))


def _contents(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _fits_64_bit(number: float) -> bool:
    return number in INT64 if type(number) is int else math.isfinite(number)


def _readable_id(members: dict[str, Any]) -> RequestId | None:
    request_id = members.get("id")
    return request_id if type(request_id) in (int, str) else None


def _to_message(members: dict[str, Any]) -> JSONRPCMessage:
    request_id = _readable_id(members)
    is_response = "method" not in members and ("result" in members or "error" in members)
    if "id" in members and request_id is None and not is_response:
        raise FrameRefused(INVALID_REQUEST, "The id must be a string or an integer.")
    try:
        return _model_for(members, is_response).model_validate(members)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        message = f"Not a JSON-RPC 2.0 message: {place}: {problem['msg']}."
        raise FrameRefused(INVALID_REQUEST, message, request_id, not is_response) from None


def _model_for(
    members: dict[str, Any], is_response: bool
) -> type[JSONRPCRequest | JSONRPCNotification | JSONRPCResponse | JSONRPCError]:
    if is_response:
        return JSONRPCError if "error" in members else JSONRPCResponse
    return JSONRPCRequest if "id" in members else JSONRPCNotification
