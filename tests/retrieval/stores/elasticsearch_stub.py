# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""A small Elasticsearch for tests: checks every request strictly, and really answers.

How it is used: `with serve_stub() as stub: open_elasticsearch(parse_store_address(stub.address), ...)`.
`stub.budget` is how many more requests are answered before all fail with 503; `stub.blocked` refuses
writes as a full disk does; `stub.requests` lists what was asked. As in Elasticsearch, a search sees a
document only after a refresh, reading by id sees it at once, and unknown fields, parameters, settings and
query types are errors. What it leaves out: shards, approximate kNN, everything not asked for here.
"""

import base64
import json
import math
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.retrieval.stores.elasticsearch_stub_queries import (
    Json,
    Refused,
    check_keys,
    find,
    find_nearest,
)

MAX_KEYWORD_BYTES = 32_766
FIELD_PARAMETERS = {
    "keyword": {"type", "index", "doc_values"},
    "long": {"type", "index"},
    "double": {"type"},
    "text": {"type", "index", "analyzer", "similarity"},
    "object": {"type", "enabled"},
    "dense_vector": {"type", "dims", "index", "similarity", "index_options"},
}
HNSW = {"type": "hnsw", "m": 16, "ef_construction": 200}
PARAMETERS = {
    "_bulk": set[str](),
    "_search": {"_source_includes"},
    "_count": set[str](),
    "_delete_by_query": {"refresh", "conflicts"},
    "_doc": {"op_type", "if_seq_no", "if_primary_term"},
    "_refresh": set[str](),
    "_mapping": set[str](),
    "": set[str](),
}


@dataclass
class Stored:
    source: Json
    seq_no: int


@dataclass
class Index:
    settings: Json
    mapping: Json
    documents: dict[str, Stored] = field(default_factory=dict[str, Stored])
    visible: dict[str, Json] = field(default_factory=dict[str, Json])
    seq_no: int = -1

    @property
    def window(self) -> int:
        return self.settings.get("max_result_window", 10_000)

    def put(self, id_: str, source: Json) -> Stored:
        _check_document(source, self.mapping)
        self.seq_no += 1
        self.documents[id_] = Stored(source, self.seq_no)
        return self.documents[id_]

    def refresh(self) -> None:
        self.visible = {id_: stored.source for id_, stored in self.documents.items()}


class ElasticsearchStub:
    """The state behind the HTTP server, and the handling of one request."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.indices: dict[str, Index] = {}
        self.requests: list[str] = []
        self.budget: int | None = None
        self.blocked = False
        self.address = ""
        self._credentials = base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self._lock = threading.Lock()

    def answer(self, method: str, target: str, body: bytes, authorization: str) -> tuple[int, Json]:
        """Return status and JSON."""
        parts = urlsplit(target)
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        with self._lock:
            self.requests.append(f"{method} {parts.path}")
            try:
                self._check_request(authorization)
                return self._route(method, path, parameters, body)
            except Refused as refused:
                error = {"type": refused.kind, "reason": refused.reason}
                return refused.status, {"error": error, "status": refused.status}

    def _check_request(self, authorization: str) -> None:
        if self._credentials and authorization != f"Basic {self._credentials}":
            raise Refused("security_exception", "unable to authenticate user", 401)
        if self.budget is not None:
            if self.budget == 0:
                raise Refused("stub_exception", "the server has had enough", 503)
            self.budget -= 1

    def _route(
        self, method: str, path: list[str], parameters: Json, body: bytes
    ) -> tuple[int, Json]:
        if path == [""]:
            return 200, {"version": {"number": "9.2.0"}, "tagline": "You Know, for Search"}
        name, verb = path[0], path[1] if len(path) > 1 else ""
        if verb not in PARAMETERS or set(parameters) - PARAMETERS[verb]:
            raise Refused("illegal_argument_exception", f"unrecognized [{verb}] {parameters}")
        if verb == "":
            return self._handle_index(method, name, body)
        if name not in self.indices:
            raise Refused("index_not_found_exception", f"no such index [{name}]", 404)
        index = self.indices[name]
        if verb == "_doc":
            return self._handle_document(method, index, path[2], parameters, body)
        if verb == "_bulk":
            return 200, self._write_bulk(index, body)
        if verb == "_mapping":
            return 200, {name: {"mappings": index.mapping}}
        if verb == "_refresh":
            index.refresh()
            return 200, {"_shards": {"failed": 0}}
        return 200, self._handle_query(verb, index, parameters, json.loads(body))

    def _handle_index(self, method: str, name: str, body: bytes) -> tuple[int, Json]:
        if method == "PUT":
            if name in self.indices:
                raise Refused("resource_already_exists_exception", f"index [{name}] already exists")
            self._check_writable()
            self.indices[name] = _make_index(json.loads(body))
            return 200, {"acknowledged": True}
        if name not in self.indices:
            raise Refused("index_not_found_exception", f"no such index [{name}]", 404)
        if method == "DELETE":
            del self.indices[name]
        return 200, {"acknowledged": True}

    def _handle_document(
        self, method: str, index: Index, id_: str, parameters: Json, body: bytes
    ) -> tuple[int, Json]:
        stored = index.documents.get(id_)
        if method in ("GET", "HEAD"):
            if stored is None:
                return 404, {"_id": id_, "found": False}
            found = {"_id": id_, "found": True, "_seq_no": stored.seq_no, "_primary_term": 1}
            return 200, {**found, "_source": stored.source}
        self._check_writable()
        expected = parameters.get("if_seq_no")
        if (parameters.get("op_type") == "create" and stored is not None) or (
            expected is not None and (stored is None or stored.seq_no != int(expected))
        ):
            raise Refused("version_conflict_engine_exception", f"[{id_}]: version conflict", 409)
        written = index.put(id_, json.loads(body))
        return 200, {"_id": id_, "_seq_no": written.seq_no, "_primary_term": 1, "result": "updated"}

    def _write_bulk(self, index: Index, body: bytes) -> Json:
        self._check_writable()
        lines = [json.loads(line) for line in body.splitlines()]
        items: list[Json] = []
        for action, source in zip(lines[::2], lines[1::2], strict=True):
            id_ = check_keys(check_keys(action, {"index"}, "bulk")["index"], {"_id"}, "index")[
                "_id"
            ]
            try:
                index.put(id_, source)
                items.append({"index": {"_id": id_, "status": 200}})
            except Refused as refused:
                error = {"type": refused.kind, "reason": refused.reason}
                items.append({"index": {"_id": id_, "status": 400, "error": error}})
        return {"errors": any("error" in item["index"] for item in items), "items": items}

    def _handle_query(self, verb: str, index: Index, parameters: Json, body: Json) -> Json:
        if verb == "_search":
            return _search(index, parameters, body)
        found = find(check_keys(body, {"query"}, verb)["query"], index.mapping, index.visible)
        if verb == "_count":
            return {"count": len(found), "_shards": {"failed": 0}}
        self._check_writable()
        for id_ in found:
            index.documents.pop(id_, None)
        if parameters.get("refresh") == "true":
            index.refresh()
        return {"deleted": len(found), "failures": []}

    def _check_writable(self) -> None:
        if self.blocked:
            raise Refused(
                "cluster_block_exception",
                "index blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark]",
                429,
            )


@contextmanager
def serve_stub(user: str = "", password: str = "") -> Generator[ElasticsearchStub]:
    """Serve a stub on a free port of this machine."""
    stub = ElasticsearchStub(user, password)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two cost 40 ms

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            authorization = self.headers.get("Authorization") or ""
            status, answer = stub.answer(self.command, self.path, body, authorization)
            written = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(written)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stub.address = f"elasticsearch+http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _make_index(body: Json) -> Index:
    check_keys(body, {"settings", "mappings"}, "create index")
    settings = check_keys(body.get("settings", {}), {"index"}, "settings").get("index", {})
    check_keys(settings, {"similarity", "max_result_window"}, "settings.index")
    mapping = check_keys(body["mappings"], {"dynamic", "_meta", "properties"}, "mappings")
    if mapping["dynamic"] != "strict":
        raise Refused("stub_exception", "this project's mappings are strict")
    for name, kind in mapping["properties"].items():
        _check_field(name, kind, settings)
    return Index(settings, mapping)


def _check_field(name: str, kind: Json, settings: Json) -> None:
    if kind["type"] not in FIELD_PARAMETERS:
        raise Refused(
            "mapper_parsing_exception", f"No handler for type [{kind['type']}] of [{name}]"
        )
    check_keys(kind, FIELD_PARAMETERS[kind["type"]], name)
    similarity = kind.get("similarity")
    if kind["type"] == "text" and similarity and similarity not in settings.get("similarity", {}):
        raise Refused("mapper_parsing_exception", f"Unknown Similarity type [{similarity}]")
    if kind["type"] == "dense_vector" and not (
        1 <= kind["dims"] <= 4096 and similarity == "dot_product" and kind["index_options"] == HNSW
    ):
        raise Refused("mapper_parsing_exception", f"dense_vector {kind}")


def _check_document(source: Json, mapping: Json) -> None:
    for name, value in source.items():
        kind = mapping["properties"].get(name)
        if kind is None:
            raise Refused(
                "strict_dynamic_mapping_exception", f"introduction of [{name}] not allowed"
            )
        if not _fits(value, kind):
            raise Refused("document_parsing_exception", f"failed to parse field [{name}]: {kind}")


def _fits(value: Any, kind: Json) -> bool:
    if kind["type"] == "keyword":
        values = value if isinstance(value, list) else [value]
        stored = kind.get("index", True) or kind.get("doc_values", True)
        return all(
            isinstance(v, str) and (not stored or len(v.encode()) <= MAX_KEYWORD_BYTES)
            for v in values
        )
    if kind["type"] == "dense_vector":
        # Elasticsearch tolerates 1e-4 of the squared length
        return len(value) == kind["dims"] and math.isclose(
            sum(x * x for x in value), 1, abs_tol=1e-4
        )
    expected = {"long": int, "double": (int, float), "text": str, "object": dict}
    return isinstance(value, expected[kind["type"]]) and not isinstance(value, bool)


def _search(index: Index, parameters: Json, body: Json) -> Json:
    check_keys(body, {"query", "knn", "size", "from", "sort"}, "search")
    size, start = body.get("size", 10), body.get("from", 0)
    if size + start > index.window:
        raise Refused(
            "query_phase_execution_exception", f"Result window is too large: {size + start}"
        )
    if "knn" in body:
        scores = find_nearest(body["knn"], index.mapping, index.visible)
    else:
        scores = find(body["query"], index.mapping, index.visible)
    ids = _sort(index, scores, body.get("sort"))[start : start + size]
    fields = parameters["_source_includes"].split(",")
    hits = [
        {
            "_id": id_,
            "_score": None if "sort" in body else scores[id_],
            "_source": {f: v for f, v in index.visible[id_].items() if f in fields},
        }
        for id_ in ids
    ]
    return {"timed_out": False, "_shards": {"failed": 0}, "hits": {"hits": hits}}


def _sort(index: Index, scores: dict[str, float], order: list[Json] | None) -> list[str]:
    if order is None:
        return sorted(scores, key=lambda id_: -scores[id_])
    names = [name for item in order for name, direction in item.items() if direction == "asc"]
    for name in names:
        kind = index.mapping["properties"].get(name, {"type": "none"})
        if kind["type"] not in ("keyword", "long", "double") or kind.get("doc_values") is False:
            raise Refused("illegal_argument_exception", f"cannot sort by [{name}]")
    return sorted(scores, key=lambda id_: [index.visible[id_][name] for name in names])
