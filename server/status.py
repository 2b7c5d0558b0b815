"""What the server says about itself, for `server_status` and `chalklens://status`.

How it is used: `ServerStatus(...).report(protocol, with_memory=False)`. Cheap on purpose: hosts call
it often, so what cannot change is put together once and memory is read only when asked for.

What it leaves out: paths (only names of folders are told) and anything secret.
"""

import os
from collections.abc import Callable
from pathlib import Path

from chalklens.labelling.selection import SelectingLabeller
from chalklens.media.limits import Limits
from chalklens.types import EngineStatus
from chalklens.workbench import Workbench
from chalklens.workers.process import WorkerProcess
from retrieval.service import KnowledgeService
from server.calls import CallTimes
from server.errors import explain
from server.jobs import Job, JobTable
from server.settings import Settings
from tools.results import Failure
from tools.server_status import EngineInfo, ServerStatusResult, WorkerInfo

MIB = 1 << 20


class ServerStatus:
    """Answers questions about the server."""

    def __init__(
        self,
        version: str,
        settings: Settings,
        bench: Workbench,
        knowledge: KnowledgeService,
        jobs: JobTable,
        limits: Limits,
        times: CallTimes,
        describe_record: Callable[[], str],
    ) -> None:
        self._bench, self._knowledge, self._jobs = bench, knowledge, jobs
        self._describe_record = describe_record
        self._fixed = ServerStatusResult(
            version=version,
            roots=[folder.resolve().name or "/" for folder in settings.folders],
            urls=_describe_urls(settings),
            limits={
                "images": limits.media,
                "pdf_pages": limits.pages,
                "file_mib": limits.file_bytes // MIB,
                "document_mib": limits.document_bytes // MIB,
                "picture_pixels": limits.picture_pixels,
                "call_s": round(times.soft_limit_s),
            },
        )

    def report(self, protocol: str, *, with_memory: bool) -> ServerStatusResult:
        """Describe the server; `with_memory` adds MiB per process (Linux)."""
        return self._fixed.model_copy(
            update={
                "protocol": protocol or None,
                "engine": _describe_engine(self._bench.engine.status()),
                "labeller": _name_labeller(self._bench),
                "workers": [
                    _describe_worker(worker, with_memory)
                    for worker in (*self._bench.workers, *self._knowledge.workers)
                ],
                "memory_mib": _read_memory_mib(os.getpid()) if with_memory else None,
                "jobs": self._jobs.count(),
                "record": self._describe_record(),
            }
        )

    async def report_job(self, job_id: str, principal: str, *, cancel: bool) -> ServerStatusResult:
        """Describe one job, after stopping it when `cancel`."""
        if cancel:
            job = await self._jobs.cancel(job_id, principal)
        else:
            job = self._jobs.find(job_id, principal)
        return self._describe_job(job)

    def _describe_job(self, job: Job) -> ServerStatusResult:
        end_s = self._jobs.clock_s() if job.ended_at_s is None else job.ended_at_s
        status = job.status
        return ServerStatusResult(
            status=status,
            job_id=job.id,
            tool=job.tool,
            message=job.describe() if status == "running" else None,
            elapsed_s=round(end_s - job.started_at_s, 1),
            result=job.task.result().structured_content if status == "done" else None,
            error=_describe_failure(job) if status == "failed" else None,
        )


def _describe_failure(job: Job) -> Failure | None:
    error = job.task.exception()
    return explain(error, job.tool) if error else None


def _describe_urls(settings: Settings) -> str:
    if settings.allow_url_hosts:
        return f"only from {', '.join(settings.allow_url_hosts)}"
    if not settings.allow_url:
        return "off"
    return "any host" if settings.allow_private_hosts else "public hosts"


def _name_labeller(bench: Workbench) -> str:
    """Who would label a worksheet now."""
    chosen = bench.labeller
    if isinstance(chosen, SelectingLabeller):
        chosen = chosen.current
    return "embedded" if chosen is bench.embedded else "engine"


def _describe_engine(status: EngineStatus) -> EngineInfo:
    return EngineInfo(
        kind=status.kind,
        state=status.state,
        model=status.model or None,
        revision=status.revision or None,
        adapter=status.adapter or None,
        quantize=status.quantize or None,
        device=status.device or None,
        dtype=status.dtype or None,
        waiting=status.waiting,
        load_s=round(status.load_s, 1) or None,
        detail=status.detail or None,
    )


def _describe_worker(worker: WorkerProcess, with_memory: bool) -> WorkerInfo:
    pid = worker.pid
    return WorkerInfo(
        name=worker.spec.name,
        running=pid is not None,
        starts=worker.starts,
        memory_mib=_read_memory_mib(pid) if pid and with_memory else None,
    )


def _read_memory_mib(pid: int) -> float | None:
    """Resident memory of a process; None where the kernel does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / MIB, 1)
