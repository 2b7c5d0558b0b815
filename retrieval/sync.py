"""What to do so that the index follows its sources: compare, then index what differs.

How it is used:

    report = Synchronizer(catalogue, indexer, suffixes, reader).run(sources)

A file counts as unchanged when size, time of the last write and identity are what they were; else its
content decides (SHA-256). A file that is gone while the same content is new under another name has
moved. A folder that cannot be found or listed loses nothing: an unplugged disk is no deletion. What
failed is tried again when it changes, or when asked to (`retry`).

What it leaves out: loading and embedding (`indexing`), who calls it when (`watching`).
"""

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from chalklens.errors import ChalklensError, InputError, MediaReferenceError
from chalklens.media.containment import read_inside
from chalklens.media.limits import Limits
from retrieval.catalogue import Catalogue
from retrieval.documents import document_id
from retrieval.folders import FileStamp, FolderScan, look_at, look_at_file, scan_folder
from retrieval.indexing import Indexer
from retrieval.jobs import Content, Job, Tally
from retrieval.records import Item, Source
from retrieval.reports import SyncReport
from retrieval.sources import describe

# A file written this shortly before it was looked at may be written again without a later time.
RACY_NS = 100_000_000
MAX_FAILURES = 1000


class PageReader(Protocol):
    """What a sync needs of `online.OnlineReader`."""

    def read(self, url: str, item: Item) -> Content:
        """Fetch an address unless it is what `item` says is indexed."""
        ...


@dataclass(frozen=True, slots=True)
class SyncScope:
    """Which part of the sources to look at.

    Attributes:
        paths: Only these files and folders (absolute); None for all, addresses included.
        retry: Also what failed before and did not change.
        due_only: Only addresses whose time has come.
    """

    paths: tuple[str, ...] | None = None
    retry: bool = False
    due_only: bool = False


@dataclass(slots=True)
class _Plan:
    """What is to be done."""

    jobs: list[Job] = field(default_factory=list[Job])
    gone: list[Item] = field(default_factory=list[Item])
    unchanged: int = 0
    unsupported: int = 0
    complete: bool = True

    def extend(self, other: "_Plan") -> None:
        self.jobs += other.jobs
        self.gone += other.gone
        self.unchanged += other.unchanged
        self.unsupported += other.unsupported
        self.complete &= other.complete


class Synchronizer:
    """Brings documents up to date.

    Args:
        catalogue: Open for writing.
        indexer: Over the same catalogue.
        suffixes: Of files that are indexed, lower case.
        reader: For addresses.
        defaults: Folder of the documents that ship.
        limits: How large a file may be.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        indexer: Indexer,
        suffixes: frozenset[str],
        reader: PageReader,
        *,
        defaults: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._catalogue, self._indexer, self._suffixes = catalogue, indexer, suffixes
        self._reader, self._defaults, self._limits = reader, defaults, limits or Limits()
        self._claimed: set[str] = set()

    def run(self, sources: Sequence[Source], scope: SyncScope | None = None) -> SyncReport:
        """Look at the sources and index what differs.

        Raises:
            StorageError: The disk is full; everything that was applied stays.
            UnavailableError: The store cannot be reached.
        """
        started_s, scope, plan = time.monotonic(), scope or SyncScope(), _Plan()
        self._claimed = set()
        for source in sources:
            plan.extend(self._plan(source, scope))
        tally = self._indexer.run(plan.jobs, plan.gone)
        if plan.complete and scope.paths is None and not tally.cancelled:
            self._indexer.remove_strays({source.collection for source in sources})
        return self._report(sources, plan, tally, time.monotonic() - started_s)

    # -- planning

    def _plan(self, source: Source, scope: SyncScope) -> _Plan:
        try:
            plan = self._plan_address(source, scope) if source.kind == "url" else None
            plan = plan or self._plan_files(source, scope)
        except ChalklensError as error:
            self._note_problem(source, str(error))
            return _Plan(complete=False)
        self._note_problem(source, "")
        return plan

    def _note_problem(self, source: Source, problem: str) -> None:
        if source.problem != problem:
            self._catalogue.put_source(replace(source, problem=problem))

    def _plan_address(self, source: Source, scope: SyncScope) -> _Plan:
        item = self._catalogue.read_items(source.id).get("") or self._new_item(source, "")
        is_due = not scope.due_only or item.next_check_s <= time.time()
        if scope.paths is not None or not is_due:
            return _Plan()
        kind = "changed" if item.sha256 else "added"
        read = partial(self._reader.read, source.location, item)
        return _Plan([Job(item, source.collection, source.tags, read, kind, lasting=True)])

    def _plan_files(self, source: Source, scope: SyncScope) -> _Plan:
        root = self._find_root(source)
        scan = self._scan(source, root, scope)
        if scan is None:
            return _Plan()
        known = self._catalogue.read_items(source.id, scan.within)
        plan = _Plan(unsupported=scan.unsupported, complete=not scan.unlisted)
        plan.gone = [item for name, item in known.items() if scan.is_gone(name)]
        for name, stamp in scan.files.items():
            item = known.get(name)
            if item and _is_as_it_was(item, stamp, retry=scope.retry):
                plan.unchanged += item.state == "indexed"
            else:
                plan.jobs.append(self._plan_file(source, root, name, item, scan))
        plan.jobs.sort(key=lambda job: job.item.name)
        plan.jobs += [self._refuse_name(source, name) for name in scan.misnamed]
        self._find_moves(plan)
        return plan

    def _find_root(self, source: Source) -> Path:
        """Return the folder to look in; raises when it is not there (any more)."""
        place = self._defaults if source.kind == "default" else Path(source.location)
        root = place.parent if place and source.kind == "file" else place
        if root is None or not root.is_dir():
            raise InputError("The folder cannot be found; what was indexed of it is kept.")
        if source.kind != "default" and root.resolve() != root.absolute():
            raise InputError("The folder was replaced by a link; what was indexed of it is kept.")
        return root

    def _scan(self, source: Source, root: Path, scope: SyncScope) -> FolderScan | None:
        """Look at the part that is asked for; None when that lies elsewhere."""
        if source.kind == "file":
            wanted = scope.paths is None or source.location in scope.paths
            return look_at_file(Path(source.location)) if wanted else None
        avoid = self._catalogue.folder
        if scope.paths is None:
            return scan_folder(root, self._suffixes, avoid=avoid)
        names = [
            path.relative_to(root).as_posix()
            for path in map(Path, scope.paths)
            if path != root and path.is_relative_to(root)
        ]
        return look_at(root, names, self._suffixes, avoid=avoid) if names else None

    def _new_item(self, source: Source, name: str) -> Item:
        shown = source.shown(name)
        return Item(source.id, name, shown, document_id(source.collection, shown))

    def _plan_file(
        self, source: Source, root: Path, name: str, known: Item | None, scan: FolderScan
    ) -> Job:
        stamp = scan.files[name]
        is_racy = stamp.mtime_ns >= scan.started_ns - RACY_NS
        item = replace(
            known or self._new_item(source, name),
            size_bytes=stamp.size_bytes,
            mtime_ns=0 if is_racy else stamp.mtime_ns,
            inode=stamp.inode,
            modified_s=stamp.mtime_ns / 1e9,
        )
        if known and known.state == "failed":
            item = replace(item, sha256="" if _is_as_it_was(known, stamp) else item.sha256)
        read = partial(self._read_file, root, name or Path(source.location).name)
        if not known and self._is_claimed(item):
            read = _refuse_double
        was_indexed = known and (known.state == "indexed" or known.chunks)
        kind = "changed" if was_indexed else "added"
        return Job(item, source.collection, source.tags, read, kind)

    def _is_claimed(self, item: Item) -> bool:
        """Another source of the collection may have a file of the same name."""
        owner = self._catalogue.find_document(item.document)
        taken = item.document in self._claimed or (owner and owner.source != item.source)
        self._claimed.add(item.document)
        return bool(taken)

    def _read_file(self, root: Path, name: str) -> Content:
        try:
            return Content(read_inside(str(root / name), [root], self._limits), name)
        except MediaReferenceError:
            raise InputError(
                "The file cannot be opened: it is gone, not readable for this user, or a link that "
                "leads out of the folder."
            ) from None

    def _refuse_name(self, source: Source, name: str) -> Job:
        return Job(
            self._new_item(source, name), source.collection, source.tags, _refuse_name, "added"
        )

    def _find_moves(self, plan: _Plan) -> None:
        """Turn new files with the content of files that are gone into moves."""
        lost: dict[int, dict[str, Item]] = {}
        for item in plan.gone:
            if item.state == "indexed":
                lost.setdefault(item.size_bytes, {})[item.sha256] = item
        if not lost:
            return
        moved: set[str] = set()
        for i, job in enumerate(plan.jobs):
            same_size = lost.get(job.item.size_bytes)
            found = same_size.pop(_hash(job), None) if same_size and job.kind == "added" else None
            if found:
                plan.jobs[i] = replace(job, kind="moved", replaces=found)
                moved.add(found.name)
        plan.gone = [item for item in plan.gone if item.name not in moved]

    # -- afterwards

    def _report(
        self, sources: Iterable[Source], plan: _Plan, tally: Tally, seconds: float
    ) -> SyncReport:
        ids = {source.id for source in sources}
        failed = [
            (item.shown, item.reason)
            for source, item in self._catalogue.list_items(None, 0, MAX_FAILURES, problems=True)
            if source.id in ids
        ]
        known = self._catalogue.list_sources()
        failed += [(describe(s), s.problem) for s in known if s.id in ids and s.problem]
        return SyncReport(
            added=tally.added,
            changed=tally.changed,
            moved=tally.moved,
            removed=tally.removed,
            unchanged=plan.unchanged + tally.unchanged,
            failed=tuple(failed),
            unsupported=plan.unsupported,
            seconds=seconds,
            cancelled=tally.cancelled,
            embedded=tally.embedded,
            reused=tally.reused,
        )


def _is_as_it_was(item: Item, stamp: FileStamp, *, retry: bool = False) -> bool:
    return (
        item.stamp == stamp and item.state != "pending" and not (retry and item.state == "failed")
    )


def _hash(job: Job) -> str:
    try:
        return hashlib.sha256(job.read().data or b"").hexdigest()
    except ChalklensError:
        return ""


def _refuse_double() -> Content:
    raise InputError(
        "Another source of this collection has a document of this name.",
        "Add one of them to a collection of its own.",
    )


def _refuse_name() -> Content:
    raise InputError("The file's name is not valid Unicode text.", "Rename the file.")
