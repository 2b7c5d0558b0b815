# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportUntypedBaseClass=false
"""LangChain, LlamaIndex and haystack behind one protocol, for `retrieval_peers.py`.

How it is used: `PEERS["langchain"]()`, then `build(material)` and `ask(question)`. Each is put together as
its guide shows for hybrid search, with 100 candidates a side and vectors made before. What it leaves
out: measuring.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from retrieval.documents import Chunk, Document
from retrieval.stores.store import Vectors

CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Material:
    """Passages with their vectors, questions with theirs, and what is relevant.

    Attributes:
        owners: The judged document of each passage.
        gains: By question; empty when only time is measured.
    """

    name: str
    documents: Sequence[tuple[Document, tuple[Chunk, ...]]]
    passages: Sequence[str]
    owners: Sequence[str]
    vectors: Vectors
    questions: Mapping[str, str]
    question_vectors: Mapping[str, Vectors]
    gains: Mapping[str, Mapping[str, float]]


class System(Protocol):
    """Something that ranks; `ask` returns judged documents, best first."""

    def build(self, material: Material) -> None:
        """Index the passages."""
        ...

    def ask(self, question: str) -> list[str]:
        """Rank."""
        ...


def map_questions(material: Material) -> dict[str, Vectors]:
    """Return the vector of each question by its text."""
    return {text: material.question_vectors[name] for name, text in material.questions.items()}


class LangChain:
    """BM25Retriever + FAISS + EnsembleRetriever, half and half."""

    def build(self, material: Material) -> None:
        """Make both retrievers."""
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS
        from langchain_core.documents import Document as Passage
        from langchain_core.embeddings import Embeddings

        known = map_questions(material)

        class Known(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                raise NotImplementedError

            def embed_query(self, text: str) -> list[float]:
                return known[text].tolist()

        facts: list[dict[str, Any]] = [
            {"unit": i, "owner": owner} for i, owner in enumerate(material.owners)
        ]
        words = BM25Retriever.from_documents(
            [
                Passage(page_content=t, metadata=f)
                for t, f in zip(material.passages, facts, strict=True)
            ]
        )
        words.k = CANDIDATES
        pairs = zip(material.passages, material.vectors.tolist(), strict=True)
        meaning = FAISS.from_embeddings(pairs, Known(), facts)
        self._retriever = EnsembleRetriever(
            retrievers=[words, meaning.as_retriever(search_kwargs={"k": CANDIDATES})],
            weights=[0.5, 0.5],
            id_key="unit",
        )

    def ask(self, question: str) -> list[str]:
        """Rank."""
        return [passage.metadata["owner"] for passage in self._retriever.invoke(question)]


class LlamaIndex:
    """BM25Retriever + VectorStoreIndex + QueryFusionRetriever, reciprocal."""

    def build(self, material: Material) -> None:
        """Make both retrievers."""
        import Stemmer
        from llama_index.core import VectorStoreIndex
        from llama_index.core.embeddings import BaseEmbedding
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
        from llama_index.core.schema import BaseNode, TextNode
        from llama_index.retrievers.bm25 import BM25Retriever

        known = map_questions(material)

        class Known(BaseEmbedding):
            def _get_query_embedding(self, query: str) -> list[float]:
                return known[query].tolist()

            def _get_text_embedding(self, text: str) -> list[float]:
                raise NotImplementedError

            async def _aget_query_embedding(self, query: str) -> list[float]:
                return self._get_query_embedding(query)

        self._owners = material.owners
        nodes: list[BaseNode] = [
            TextNode(id_=str(i), text=text, embedding=vector)
            for i, (text, vector) in enumerate(
                zip(material.passages, material.vectors.tolist(), strict=True)
            )
        ]
        count = min(CANDIDATES, len(nodes))
        words = BM25Retriever.from_defaults(
            nodes=nodes,
            similarity_top_k=count,
            stemmer=Stemmer.Stemmer("english"),
            language="english",
        )
        meaning = VectorStoreIndex(nodes, embed_model=Known()).as_retriever(similarity_top_k=count)
        self._retriever = QueryFusionRetriever(
            [words, meaning],
            llm=MockLLM(),
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=count,
            num_queries=1,
            use_async=False,
        )

    def ask(self, question: str) -> list[str]:
        """Rank."""
        return [
            self._owners[int(found.node.node_id)] for found in self._retriever.retrieve(question)
        ]


class Haystack:
    """In-memory BM25 and embedding retrievers + DocumentJoiner, reciprocal."""

    def build(self, material: Material) -> None:
        """Fill the store."""
        from haystack import Document as Passage
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import (
            InMemoryBM25Retriever,
            InMemoryEmbeddingRetriever,
        )
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._known = map_questions(material)
        self._owners = material.owners
        store = InMemoryDocumentStore(return_embedding=False)
        store.write_documents(
            [
                Passage(id=str(i), content=text, embedding=vector)
                for i, (text, vector) in enumerate(
                    zip(material.passages, material.vectors.tolist(), strict=True)
                )
            ]
        )
        self._words = InMemoryBM25Retriever(store, top_k=CANDIDATES)
        self._meaning = InMemoryEmbeddingRetriever(store, top_k=CANDIDATES)
        self._joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=CANDIDATES)

    def ask(self, question: str) -> list[str]:
        """Rank."""
        words = self._words.run(query=question)["documents"]
        meaning = self._meaning.run(query_embedding=self._known[question].tolist())["documents"]
        joined = self._joiner.run(documents=[words, meaning])["documents"]
        return [self._owners[int(passage.id)] for passage in joined]


PEERS: Mapping[str, Callable[[], System]] = {
    "langchain": LangChain,
    "llamaindex": LlamaIndex,
    "haystack": Haystack,
}
