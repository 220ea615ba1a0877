"""Runs on the workers of a Dask scheduler, over TCP or TLS.

Traces go to the workers once; a run is sent as its resolved scenario, a few KB. A run whose worker
ends runs again on another one. Needs the extra ``dask``.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import ssl
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from sim.files import problems_of
from sim.results.versions import modelled_versions
from sim.scenario.errors import InputError, Problem
from sim.workload.traces import TracePods

from .executors import Done, Tls
from .job_queue import JobQueue
from .jobs import Job, Outcome, failed, run_job

Client: TypeAlias = Any  # of distributed, which is not there in every installation, and untyped
Future: TypeAlias = Any
Security: TypeAlias = Any

TIMEOUT_S = 10.0
AHEAD = 2
"""Runs that are sent for each thread of the workers: one to do, and one to go on with."""
SECONDS_BETWEEN_COUNTS = 2.0


class Cluster:
    """An `Executor` on the workers of a scheduler.

    Args:
        client: a client of Dask that is connected to it, and stays open.
        timeout_s: how long to wait for a worker if there is none.

    Raises:
        InputError: it has no workers, or their ipamd-sim is not this one.
    """

    def __init__(self, client: Client, timeout_s: float = TIMEOUT_S) -> None:
        self._client, self._address = client, str(client.scheduler.address)
        _check_workers(client, self._address, timeout_s)
        self._traces: dict[str, Future] = {}
        self._counted_at = time.monotonic()
        self.workers = self._threads()

    def run(self, jobs: Sequence[Job], done: Done) -> None:
        """See `Executor.run`."""
        queue = JobQueue(jobs)
        by_key: dict[str, Job] = {}
        came = _distributed(self._address).as_completed(loop=self._client.loop)
        while queue:
            with _told(self._address):
                while queue.waiting and queue.under_way < AHEAD * self._now():
                    future = self._sent(queue.waiting[0])
                    by_key[future.key] = queue.next()
                    came.add(future)
                future = next(came)
                outcomes = self._outcomes(future, by_key.pop(future.key), queue)
            for outcome in outcomes:
                done(outcome)

    def _sent(self, job: Job) -> Future:
        fresh = [digest for digest in job.pods if digest not in self._traces]
        if fresh:
            pods = [job.pods[digest] for digest in fresh]
            there = self._client.scatter(pods, broadcast=True, hash=False)
            self._traces.update(zip(fresh, there, strict=True))
        traces = [self._traces[digest] for digest in job.traces]
        return self._client.submit(run_there, job.alone(), *traces, pure=False)

    def _outcomes(self, future: Future, job: Job, queue: JobQueue) -> list[Outcome]:
        """What came of a job; nothing if it is to run again."""
        self._check()
        if future.cancelled():
            self._traces.clear()  # they may have been lost with the last worker that had them
            return queue.lost(job, "lost again and again with the workers that had its traces")
        queue.done()
        error = future.exception()
        if isinstance(error, _distributed(self._address).KilledWorker):
            return [failed(job.key, "the workers that ran it ended: is there enough memory?")]
        if error is not None:
            return [failed(job.key, f"{type(error).__name__}: {error}")]
        return [future.result()]

    def _check(self) -> None:
        if self._client.status != "running":
            raise _gone(self._address)

    def _now(self) -> int:
        """How many threads there are now, or were a moment ago."""
        self._check()
        if time.monotonic() - self._counted_at > SECONDS_BETWEEN_COUNTS:
            self._counted_at = time.monotonic()
            self.workers = self._threads()
        return self.workers

    def _threads(self) -> int:
        return max(1, sum(map(int, self._client.nthreads().values())))


def run_there(job: Job, *traces: TracePods) -> Outcome:
    """Runs a job on a worker, with the pods of its traces in their order."""
    return run_job(replace(job, pods=dict(zip(job.traces, traces, strict=True))))


# --------------------------------------------------------------------- connecting


@contextmanager
def cluster(address: str, tls: Tls, timeout_s: float = TIMEOUT_S) -> Iterator[Cluster]:
    """Connects to a scheduler, and disconnects.

    Args:
        address: tcp://HOST:PORT or tls://HOST:PORT.
        tls: the files for tls://.
        timeout_s: how long it may take to answer.

    Raises:
        InputError: the address or a file is wrong, the scheduler does not answer or refuses this
            client, it has no workers, or their ipamd-sim is not this one.
    """
    _check_address(address)
    security = _security(address, tls)
    with _quiet(), _client(address, security, timeout_s) as client:
        with _told(address):
            connected = Cluster(client, timeout_s)
        yield connected


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Says that the scheduler is gone, which Dask says in several ways.

    Raises:
        InputError: it is gone.
    """
    try:
        yield
    except (OSError, CancelledError):  # of a question, and of the result of a run
        raise _gone(address) from None


def _gone(address: str) -> InputError:
    return _refused(address, "is gone", "what is done is kept: start it and repeat")


def _refused(address: str, message: str, remedy: str) -> InputError:
    return InputError([Problem(message, f"--scheduler {address}", remedy=remedy)])


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        is_right = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:  # no port
        is_right = False
    if not is_right:
        remedy = "write tcp://HOST:PORT or tls://HOST:PORT"
        raise _refused(address, "is no address of a scheduler", remedy)


def _security(address: str, tls: Tls) -> Security | None:
    """The client's certificates; those of Dask's own configuration where none are given.

    Raises:
        InputError: one is missing or wrong.
    """
    given = {name: value for name, value in tls._asdict().items() if value is not None}
    if address.startswith("tcp:"):
        if given:
            raise _refused(address, "takes no certificates", "write tls://, or leave them out")
        return None
    for file in map(Path, given.values()):
        with problems_of(file, "cannot be read", "give a file in PEM"):
            file.read_bytes()
    names = {"ca_file": "tls_ca_file", "cert": "tls_client_cert", "key": "tls_client_key"}
    security = _distributed(address).Security(
        require_encryption=True, **{names[k]: v for k, v in given.items()}
    )
    if not (security.tls_ca_file and security.tls_client_cert):
        remedy = "give --tls-ca-file, --tls-cert and --tls-key"
        raise _refused(address, "wants to see a certificate of this client", remedy)
    try:
        security.get_connection_args("client")
    except ssl.SSLError as error:
        message = f"certificates cannot be used: {error.reason or error}"
        raise _refused(
            address, message, "give files in PEM, and the key of the certificate"
        ) from None
    return security


def _distributed(address: str) -> Any:
    """The package, which is an extra.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ImportError:
        remedy = "install it: pip install 'ipamd-sim[dask]'"
        raise _refused(address, "needs the package distributed", remedy) from None


@contextmanager
def _client(address: str, security: Security | None, timeout_s: float) -> Iterator[Client]:
    distributed = _distributed(address)
    security = security or distributed.Security()
    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook has a loop in its own
            thread.submit(asyncio.run, _greet(address, security, timeout_s)).result()
        client = distributed.Client(
            address, security=security, timeout=timeout_s, set_as_default=False
        )
    except (OSError, TimeoutError) as error:
        raise _refused(address, *_why(error, timeout_s)) from None
    try:
        yield client
    finally:
        client.close()


async def _greet(address: str, security: Security, timeout_s: float) -> None:
    """Connects once: a client would wait without end for one that takes it and says nothing.

    Raises:
        OSError: there is nobody, or no Dask, or it refuses.
        TimeoutError: nothing is said.
    """
    connect = _distributed(address).comm.connect
    arguments = security.get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=timeout_s, **arguments), timeout_s)
    comm.abort()


def _why(error: OSError, timeout_s: float) -> tuple[str, str]:
    """Why there is no connection, and what to do."""
    said = str(error)
    if "certificate does not match" in said:
        return "shows a certificate that --tls-ca-file does not vouch for", "give its authority's"
    if "SSL" in said:
        return "refuses this client's certificate", "give one that its authority has signed"
    if isinstance(error, TimeoutError) or "Timed out" in said:
        remedy = "is it running, and can it be reached from here?"
        return f"does not answer within {timeout_s:g} s", remedy
    remedy = "is it a Dask scheduler, and does it use TLS as the address says?"
    return "closes the connection", remedy


def _check_workers(client: Client, address: str, timeout_s: float) -> None:
    try:
        client.wait_for_workers(1, timeout=timeout_s)
    except TimeoutError:
        remedy = f"start some: dask worker --nthreads 1 {address}"
        raise _refused(address, "has no workers", remedy) from None
    here = modelled_versions()
    for worker, there in client.run(modelled_versions, on_error="return").items():
        if there != here:
            message = f"worker {worker} has {_described(there)}, this is {_described(here)}"
            raise _refused(address, message, "install the same version on all")


def _described(versions: object) -> str:
    if not isinstance(versions, dict):
        return f"no ipamd-sim ({versions})"
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@contextmanager
def _quiet() -> Iterator[None]:
    """Leaves it to us to say what is wrong: Dask's own loggers are still."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
