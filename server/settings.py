"""Every knob of the server, from the command line or from `CHALKLENS_*`.

How it is used: `Settings()` reads the environment; the command line passes what it was given:
`Settings(transport="http", port=8080)`. Lists in the environment are separated by `os.pathsep`
for folders and by commas for the rest: `CHALKLENS_ROOTS=/home/me/sheets:/tmp/shots`.

What it leaves out: limits on media (`chalklens.media.limits`), which callers may only lower.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from chalklens.errors import InputError
from retrieval.stores.addresses import parse_store_address

Transport = Literal["stdio", "http", "sse"]
Toolset = Literal["vision", "text", "edugraph", "knowledge", "assistant", "sessions"]

Folders = Annotated[tuple[Path, ...], NoDecode]
Names = Annotated[tuple[str, ...], NoDecode]
Toolsets = Annotated[tuple[Toolset, ...], NoDecode]


class Settings(BaseSettings):
    """What the user decides."""

    model_config = SettingsConfigDict(env_prefix="CHALKLENS_", extra="ignore", frozen=True)

    transport: Transport = Field(
        default="stdio", description="How clients connect: stdio, http or sse."
    )
    roots: Folders | None = Field(
        default=None,
        description="The only local folders that are read. Default: the current folder on stdio, "
        "none over HTTP.",
    )
    allow_url: bool = Field(
        default=False, description="Fetch pictures and documents from public http(s) URLs."
    )
    allow_url_hosts: Names = Field(
        default=(), description="Fetch from these hosts only (exact names)."
    )
    allow_private_hosts: bool = Field(
        default=False,
        description="Also fetch from private addresses. For tests on one machine only.",
    )
    model: str = Field(
        default="auto",
        description="Vision-language model: a Hugging Face or ModelScope id, a local folder, "
        "`auto` (the strongest Qwen3-VL already on this machine), `none`, or the address of an "
        "OpenAI-compatible server, http://host:8000/v1#NAME. Its key: CHALKLENS_ENGINE_API_KEY.",
    )
    adapter: str = Field(
        default="",
        description="Folder of an adapter for the model (LoRA, DoRA, IA3 or MoE-LoRA), or the name "
        "of one that the server at the model's address serves.",
    )
    quantize: Literal["none", "nf4"] = Field(
        default="none", description="Load the model in 4 bit (nf4)."
    )
    labeller: Literal["auto", "engine", "embedded"] = Field(
        default="auto", description="Who labels worksheets."
    )
    toolsets: Toolsets = Field(
        default=("vision", "text", "edugraph", "knowledge", "assistant", "sessions"),
        description="Groups of tools to offer.",
    )
    read_only: bool = Field(
        default=False, description="Refuse every tool that writes, whatever else is set."
    )
    data_dir: Path | None = Field(
        default=None,
        description="Folder of what chalklens keeps: the knowledge base, the record of sessions and "
        "their summaries. Default: chalklens in the user's data folder.",
    )
    record: bool = Field(
        default=True,
        description="Keep a record of tool calls on this machine, for summaries and `sessions show`.",
    )
    store: str = Field(
        default="local",
        description="Where the index lives: local, milvus:FILE.db, milvus+http://host:19530, "
        "elasticsearch+https://host:9200 or postgresql://host:5432/database. Credentials: "
        "CHALKLENS_STORE_USER and CHALKLENS_STORE_PASSWORD, or CHALKLENS_STORE_API_KEY.",
    )
    embedder: str = Field(
        default="auto",
        description="Who turns passages into vectors: a sentence-transformers model on this "
        "machine, auto (the best that is here) or none (words only).",
    )
    reranker: str = Field(
        default="auto",
        description="Who reorders the best passages: a cross-encoder on this machine, auto or none.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on (http, sse).")
    port: int = Field(default=8765, ge=0, le=65535, description="Port to listen on (http, sse).")
    token: SecretStr | None = Field(
        default=None,
        description="Bearer token every HTTP request must carry; at least 128 bit (22 characters, or 32 hex digits).",
    )
    token_file: Path | None = Field(
        default=None, description="File with bearer tokens, one a line (one per user)."
    )
    allowed_hosts: Names = Field(
        default=(), description="Extra Host header values accepted, e.g. `eyes.example:8765`."
    )
    allowed_origins: Names = Field(
        default=(), description="Origin header values accepted from browsers."
    )
    threads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="CPU threads each worker may use; sheet workers share them.",
    )
    sheet_workers: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Processes that read and label pictures side by side, up to 0.9 GB each. For "
        "many files on the command line: one per core, at most four.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="Lowest level written to stderr."
    )

    @field_validator("roots", mode="before")
    @classmethod
    def _split_folders(cls, value: Any) -> Any:
        """An empty part would be the current folder, which nobody named."""
        if isinstance(value, str):
            return tuple(part for part in value.split(os.pathsep) if part)
        return value

    @field_validator(
        "allow_url_hosts", "toolsets", "allowed_hosts", "allowed_origins", mode="before"
    )
    @classmethod
    def _split_names(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("store")
    @classmethod
    def _check_store(cls, value: str) -> str:
        """Refuse it here: a worker that cannot read it ends, with nobody to tell why."""
        try:
            parse_store_address(value)
        except InputError as error:
            raise ValueError(f"{error.message} {error.hint}".removesuffix(".")) from None
        return value

    @property
    def data_folder(self) -> Path:
        """Where knowledge base and record are kept; nothing creates it before it is needed."""
        return self.data_dir.expanduser() if self.data_dir else user_data_folder() / "chalklens"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The roots in force, absolute: hosts start servers without a shell that expands `~`."""
        if self.roots is not None:
            return tuple(root.expanduser().absolute() for root in self.roots)
        return (Path.cwd(),) if self.transport == "stdio" else ()


def user_data_folder() -> Path:
    """Folder for programs' data: by the XDG Base Directory Specification, or the system's own."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Application Support").expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
