"""Models that have a short name, and what is known about them.

How it is used: `catalogue_entry("qwen3-vl-4b")`; any other Hugging Face or ModelScope id works too,
without an entry. What it leaves out: what is on this machine (`models.py`).

Sources: repositories, parameter counts of 2B and 4B and the licence from the Qwen3-VL model cards
(Hugging Face, QwenLM organisation); 8B and 32B by their names; the labelling model from
christian-bick/Qwen3-VL-4B-EduGraph, whose chat template carries its own system prompt. Download
sizes are parameters x 2 bytes (bfloat16), without tokenizer files.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A named model. `parameters` is a count; `purpose` is `general` or `labels`."""

    name: str
    repository: str
    parameters: int
    purpose: str = "general"
    licence: str = "Apache-2.0"

    @property
    def download_bytes(self) -> int:
        """Size of the bfloat16 weights."""
        return self.parameters * 2


_SIZES = {
    "2b": 2_127_532_032,
    "4b": 4_437_815_808,
    "8b": 8_000_000_000,
    "32b": 32_000_000_000,
}

ENTRIES: tuple[CatalogueEntry, ...] = (
    *(
        CatalogueEntry(
            f"qwen3-vl-{size}-{variant.lower()}",
            f"Qwen/Qwen3-VL-{size.upper()}-{variant}",
            parameters,
        )
        for size, parameters in _SIZES.items()
        for variant in ("Instruct", "Thinking")
    ),
    CatalogueEntry("edugraph", "christian-bick/Qwen3-VL-4B-EduGraph", _SIZES["4b"], "labels"),
)


def catalogue_entry(name: str) -> CatalogueEntry | None:
    """Find a model by short name or repository; `qwen3-vl-4b` means the Instruct variant."""
    wanted = name.lower()
    for entry in ENTRIES:
        if wanted in (entry.name, entry.repository.lower(), entry.name.removesuffix("-instruct")):
            return entry
    return None


def is_general(repository: str) -> bool:
    """Tell whether a model answers questions: no labeller, no embedding model, no reranker."""
    entry = catalogue_entry(repository)
    if entry:
        return entry.purpose == "general"
    return not any(word in repository.lower() for word in ("edugraph", "embedding", "reranker"))
