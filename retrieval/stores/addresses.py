"""Where a store is, written as one line of text, and who asks.

How it is used: `parse_store_address("milvus+https://host:19530?name=notes")`. Forms: `local`,
`milvus:FILE.db`, `milvus+http(s)://host:19530[/database]`, `elasticsearch+http(s)://host:9200`,
`postgresql://host:5432/database`. `name` is the index's name there. Credentials stand in the address
(`user:password@`) or in `CHALKLENS_STORE_USER`, `CHALKLENS_STORE_PASSWORD` and
`CHALKLENS_STORE_API_KEY`; `display` and `scrub` keep them out of every message. What it leaves out:
connecting.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from chalklens.errors import InputError

StoreKind = Literal["local", "milvus", "elasticsearch", "postgresql"]
DEFAULT_NAME = "chalklens"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_REASON_CHARACTERS = 200
SCHEMES: Mapping[str, tuple[StoreKind, str]] = {
    "milvus+http": ("milvus", "http"),
    "milvus+https": ("milvus", "https"),
    "elasticsearch+http": ("elasticsearch", "http"),
    "elasticsearch+https": ("elasticsearch", "https"),
    "postgresql": ("postgresql", "postgresql"),
    "postgres": ("postgresql", "postgresql"),
}
FORMS = (
    "Write local, milvus:FILE.db, milvus+http://host:19530, elasticsearch+https://host:9200 or "
    "postgresql://host:5432/database."
)


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """An address without its credentials.

    Attributes:
        kind: Which engine.
        url: What the engine's client is given; a path for `milvus:FILE.db`, empty for `local`.
        name: Of the index: prefix of collections or indices, or schema.
        options: Of the engine's client, from the address's query.
        user, password, api_key: Empty where there is none.
    """

    kind: StoreKind
    url: str = ""
    name: str = DEFAULT_NAME
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)

    @property
    def is_file(self) -> bool:
        """Whether it is a milvus-lite file on this machine."""
        return self.kind == "milvus" and "://" not in self.url

    @property
    def display(self) -> str:
        """What may stand in a message: no credentials, and no folders of this machine."""
        return Path(self.url).name if self.is_file else self.url or self.kind

    def scrub(self, error: BaseException | str) -> str:
        """Return an error's first line without credentials, short enough for a message."""
        line = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        for secret in (self.password, self.api_key):
            if secret:
                line = line.replace(secret, "***")
        return line[:MAX_REASON_CHARACTERS]


def parse_store_address(text: str, environment: Mapping[str, str] = os.environ) -> StoreAddress:
    """Read an address.

    Raises:
        InputError: It has none of the known forms; the message never repeats its credentials.
    """
    if text in ("", "local"):
        return StoreAddress("local")
    if text.startswith("milvus:") and not text.startswith("milvus://"):
        return _parse_file(text.removeprefix("milvus:"))
    try:
        parts = urlsplit(text.replace("milvus://", "milvus+http://", 1))
        kind, scheme = SCHEMES[parts.scheme]
        netloc = _write_host(parts)
    except (KeyError, ValueError):
        raise InputError("The address of the store has an unknown form.", FORMS) from None
    options = dict(parse_qsl(parts.query))
    return StoreAddress(
        kind,
        f"{scheme}://{netloc}{parts.path}",
        _check_name(options.pop("name", DEFAULT_NAME)),
        options,
        unquote(parts.username or "") or environment.get("CHALKLENS_STORE_USER", ""),
        unquote(parts.password or "") or environment.get("CHALKLENS_STORE_PASSWORD", ""),
        environment.get("CHALKLENS_STORE_API_KEY", ""),
    )


def write_url(address: StoreAddress) -> str:
    """Return the URL with its remaining options, without credentials."""
    return f"{address.url}?{urlencode(address.options)}" if address.options else address.url


def _parse_file(text: str) -> StoreAddress:
    path, _, query = text.partition("?")
    if not path:
        raise InputError("The address of the store names no file.", FORMS)
    name = dict(parse_qsl(query)).get("name", DEFAULT_NAME)
    return StoreAddress("milvus", str(_find_file(path)), _check_name(name))


def _find_file(path: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:  # the home of somebody who has none
        raise InputError(
            f"The store's file {path!r} is in nobody's home folder.", "Give its whole path."
        ) from None


def _write_host(parts: SplitResult) -> str:
    if not parts.hostname:
        if parts.scheme.startswith("postgres"):
            return ""  # a socket: ?host=/run/postgresql
        raise ValueError("no host")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port}" if parts.port else host


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise InputError(
            "The name of the store's index cannot be used.",
            "1 to 40 characters: a lower-case letter, then lower-case letters, digits and _.",
        )
    return name
