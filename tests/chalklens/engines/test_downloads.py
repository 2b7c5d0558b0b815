import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chalklens.engines.downloads import pull_model
from chalklens.engines.models import find_model
from chalklens.errors import InputError, ModelError
from tests.chalklens.engines.model_folders import write_model

COMMIT = "89abcdef0123456789abcdef0123456789abcdef"
REPOSITORY = "Qwen/Qwen3-VL-2B-Instruct"


class Hub(ThreadingHTTPServer):
    """The few answers of the Hugging Face hub that a download needs."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.folder = folder
        self.claimed_bytes: dict[str, int] = {}
        self.etags: dict[str, str] = {}
        self.fetched: list[str] = []
        self.ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class HubHandler(BaseHTTPRequestHandler):
    server: Hub  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_HEAD(self) -> None:
        self._answer(send_body=False)

    def do_GET(self) -> None:
        self._answer(send_body=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""

    def _answer(self, *, send_body: bool) -> None:
        if self.path.startswith(f"/api/models/{REPOSITORY}"):
            self._send(json.dumps(self._info()).encode(), send_body)
        elif self.path.startswith(f"/{REPOSITORY}/resolve/"):
            self._send_file(self.path.rpartition("/")[2], send_body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _info(self) -> dict[str, Any]:
        files = [
            {
                "rfilename": path.name,
                "size": self.server.claimed_bytes.get(path.name, path.stat().st_size),
            }
            for path in self.server.folder.iterdir()
        ]
        return {"id": REPOSITORY, "sha": COMMIT, "siblings": files}

    def _send_file(self, name: str, send_body: bool) -> None:
        content = (self.server.folder / name).read_bytes()
        if send_body:
            self.server.fetched.append(name)
        if wanted := self.headers.get("Range"):
            self.server.ranges.append(wanted)
            content = content[int(wanted.removeprefix("bytes=").rstrip("-")) :]
        self._send(content, send_body, name)

    def _send(self, content: bytes, send_body: bool, name: str = "info") -> None:
        self.send_response(206 if self.headers.get("Range") else 200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{self.server.etags.get(name, name)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if send_body:
            self.wfile.write(content)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "ms"))
    folder = write_model(tmp_path / "remote")
    (folder / "modeling_evil.py").write_text("boom")
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with Hub(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_model_is_downloaded_checked_and_found_afterwards(hub: Hub) -> None:
    seen: list[tuple[int, int]] = []
    model = pull_model(
        "qwen3-vl-2b", lambda done, total: seen.append((done, total)), endpoint=hub.url
    )
    assert (model.name, model.revision) == (REPOSITORY, COMMIT)
    assert find_model("qwen3-vl-2b").folder == model.folder
    assert seen[-1][0] == seen[-1][1] > 0
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_neither_code_nor_pickles_are_downloaded(hub: Hub) -> None:
    model = pull_model(REPOSITORY, endpoint=hub.url)
    assert {path.suffix for path in model.folder.iterdir()} == {".json", ".safetensors"}
    assert "modeling_evil.py" not in hub.fetched


def test_what_is_there_is_not_downloaded_again(hub: Hub) -> None:
    folder = pull_model(REPOSITORY, endpoint=hub.url).folder
    (folder / "tokenizer.json").unlink()
    hub.fetched.clear()
    pull_model(REPOSITORY, endpoint=hub.url)
    assert set(hub.fetched) <= {"tokenizer.json"}


def test_an_interrupted_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    blobs = tmp_path / "hf" / f"models--{REPOSITORY.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    whole = (hub.folder / "model.safetensors").read_bytes()
    (blobs / "model.safetensors.partial").write_bytes(whole[:100])
    model = pull_model(REPOSITORY, endpoint=hub.url)
    assert (model.folder / "model.safetensors").read_bytes() == whole
    assert hub.ranges == ["bytes=100-"]


def test_weights_that_do_not_match_their_checksum_are_removed(hub: Hub, tmp_path: Path) -> None:
    hub.etags["model.safetensors"] = "a" * 64
    with pytest.raises(ModelError, match="SHA-256"):
        pull_model(REPOSITORY, endpoint=hub.url)
    assert list((tmp_path / "hf").rglob("*.partial")) == []
    content = (hub.folder / "model.safetensors").read_bytes()
    hub.etags["model.safetensors"] = hashlib.sha256(content).hexdigest()
    assert pull_model(REPOSITORY, endpoint=hub.url).revision == COMMIT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_on_the_way_is_told_and_the_next_pull_works(hub: Hub, tmp_path: Path) -> None:
    blobs = tmp_path / "hf" / f"models--{REPOSITORY.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    full = blobs / "model.safetensors.partial"
    full.symlink_to("/dev/full")
    with pytest.raises(ModelError) as caught:
        pull_model(REPOSITORY, endpoint=hub.url)
    assert caught.value.code == "disk_full"
    full.unlink()
    assert pull_model(REPOSITORY, endpoint=hub.url).revision == COMMIT


def test_a_download_that_cannot_fit_is_refused_before_it_begins(hub: Hub) -> None:
    hub.claimed_bytes["model.safetensors"] = 10**18
    with pytest.raises(ModelError) as caught:
        pull_model(REPOSITORY, endpoint=hub.url)
    assert caught.value.code == "disk_full"
    assert "1000000000.0 GB" in caught.value.message
    assert hub.fetched == []


def test_damaged_weights_are_noticed(hub: Hub) -> None:
    weights = hub.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelError) as caught:
        pull_model(REPOSITORY, endpoint=hub.url)
    assert caught.value.code == "broken_weights"


def test_a_repository_that_does_not_exist_is_told(hub: Hub) -> None:
    with pytest.raises(ModelError, match="no such repository") as caught:
        pull_model("nobody/nothing", endpoint=hub.url)
    assert caught.value.code == "download_failed"


def test_a_hub_that_cannot_be_reached_is_told(hub: Hub) -> None:
    with pytest.raises(ModelError, match="could not be reached"):
        pull_model(REPOSITORY, endpoint="http://127.0.0.1:9")


@pytest.mark.parametrize("name", ["", "gpt", "/tmp", "a/b/c", "modelscope:x"])
def test_what_is_no_name_of_a_model_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        pull_model(name)
