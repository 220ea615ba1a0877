"""Runs on a real scheduler with two real workers on loopback, with TLS."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from small_jobs import failing, jobs, replayed
from ten_scenarios import here, ten

import sim.study.cluster
from sim import InputError
from sim.results.versions import modelled_versions
from sim.study.cluster import cluster
from sim.study.executors import Tls, executor, run_jobs
from sim.study.jobs import Job
from sim.study.store import Store

NO_TLS = Tls()
Process = subprocess.Popen[bytes]


class Dask(NamedTuple):
    """A scheduler and its workers."""

    address: str
    tls: Tls
    workers: list[Process]


def certified(folder: Path) -> Tls:
    """A certificate for loopback, and the authority that signed it."""
    authority = trustme.CA()
    one = authority.issue_cert("127.0.0.1")
    folder.mkdir(exist_ok=True)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    one.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    one.private_key_pem.write_to_path(folder / "key.pem")
    return Tls(*(str(folder / f"{name}.pem") for name in ("ca", "cert", "key")))


def started(role: str, tls: Tls, folder: Path, *arguments: str) -> Process:
    """A process of Dask."""
    files = zip(("--tls-ca-file", "--tls-cert", "--tls-key"), tls, strict=True)
    given = [argument for option, file in files if file for argument in (option, file)]
    command = [sys.executable, "-m", "dask", role, "--no-dashboard", *given, *arguments]
    with (folder / f"{role}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


@contextmanager
def running(folder: Path, workers: int, tls: Tls = NO_TLS) -> Iterator[tuple[Dask, Process]]:
    """A scheduler with workers of one thread each, and the scheduler's process."""
    file = folder / "scheduler.json"
    host = "--host=tls://127.0.0.1" if tls.cert else "--host=tcp://127.0.0.1"
    local = ("--scheduler-file", str(file))
    scheduler = started("scheduler", tls, folder, *local, host, "--port=0")
    one = ("--nthreads=1", "--no-nanny", "--host=127.0.0.1")
    there = [started("worker", tls, folder, *local, *one) for _ in range(workers)]
    try:
        yield Dask(address_in(file), tls, there), scheduler
    finally:
        for process in (*there, scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A scheduler with two workers of one thread each."""
    folder = tmp_path_factory.mktemp("dask")
    with running(folder, 2, certified(folder)) as (dask, _):
        yield dask


def address_in(file: Path) -> str:
    """The address that a scheduler has written to its file, as soon as it has."""
    for _ in range(300):
        try:
            return str(json.loads(file.read_text())["address"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.1)
    pytest.fail("the scheduler did not start")


def refusal(address: str, tls: Tls = NO_TLS, timeout_s: float = 10) -> str:
    """What is said against a scheduler."""
    with pytest.raises(InputError) as refused, cluster(address, tls, timeout_s):
        pass
    return str(refused.value)


def test_the_ten_scenarios(dask: Dask) -> None:
    """The scenarios whose digests are kept give on two workers what they give in this process."""
    with executor(scheduler=dask.address, tls=dask.tls) as where:
        assert repr(run_jobs(ten(), where)) == here()


def test_forty_runs_and_a_worker_killed(dask: Dask, tmp_path: Path) -> None:
    """All outcomes are there and are those of local runs, though half way one of two workers dies.

    Among the runs are a trace, which is sent beforehand, and one that raises.
    """
    every = [*jobs(38), Job.of(replayed(tmp_path)), failing(tmp_path)]
    store = Store(tmp_path)

    def kill_half_way(done: int, *_: int) -> None:
        if done == 20:
            os.kill(dask.workers[0].pid, signal.SIGKILL)

    with executor(scheduler=dask.address, tls=dask.tls) as where:
        assert where.workers == 2
        there = run_jobs(every, where, store, kill_half_way)
    assert dask.workers[0].wait(5) == -signal.SIGKILL
    assert len(there) == 40
    assert repr(there) == repr(run_jobs(every))
    assert sum(store.get(job.key) == there[job.key] for job in every) == 39


def test_the_scheduler_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what to do; what is done is kept, and only the rest runs afterwards."""
    monkeypatch.setattr(sim.study.cluster, "SECONDS_BETWEEN_COUNTS", -1.0)
    every, store = jobs(12), Store(tmp_path)
    with running(tmp_path, 1) as (dask, scheduler):

        def kill(done: int, *_: int) -> None:
            if done == 3:
                scheduler.kill()

        with (
            executor(scheduler=dask.address) as where,
            pytest.raises(InputError, match="is gone; what is done is kept: start it and repeat"),
        ):
            run_jobs(every, where, store, kill)
    assert [store.get(job.key) is not None for job in every].count(True) == 3
    taken_up: list[int] = []
    run_jobs(every, store=store, progress=lambda *report: taken_up.append(report[2]))
    assert taken_up[-1] == 3


def test_a_second_client_and_a_second_call(dask: Dask, tmp_path: Path) -> None:
    """Clients share a scheduler, and one may be used again, with other traces."""
    first, second = jobs(2), [Job.of(replayed(tmp_path)), *jobs(3)]
    with (
        executor(scheduler=dask.address, tls=dask.tls) as one,
        executor(scheduler=dask.address, tls=dask.tls) as other,
    ):
        assert run_jobs(first, one) == run_jobs(first, other) == run_jobs(first)
        assert run_jobs(second, one) == run_jobs(second)


def test_the_scheduler_refuses_without_a_certificate(dask: Dask) -> None:
    """Who shows no certificate gets no connection, whatever client it is."""
    host, port = dask.address.removeprefix("tls://").split(":")
    context = ssl.create_default_context(cafile=dask.tls.ca_file)
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)certificate.required|handshake.failure"),
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        secure.recv(1)


def test_certificates_that_are_no_use(dask: Dask, tmp_path: Path) -> None:
    """Each way in which certificates are missing or wrong has its own message."""
    others = certified(tmp_path / "others")
    mixed = others._replace(ca_file=dask.tls.ca_file)
    address = dask.address
    assert "wants to see a certificate of this client; give --tls-ca-file" in refusal(address)
    assert "certificate of this client" in refusal(address, Tls(ca_file=dask.tls.ca_file))
    assert "refuses this client's certificate; " in refusal(address, mixed)
    assert "that --tls-ca-file does not vouch for" in refusal(address, others)
    absent = str(tmp_path / "absent.pem")
    assert f"{absent}: cannot be read: " in refusal(address, dask.tls._replace(key=absent))
    assert "certificates cannot be used: " in refusal(address, dask.tls._replace(key=others.key))
    plain = address.replace("tls://", "tcp://")
    assert "use TLS as the address says?" in refusal(plain)
    assert "takes no certificates; write tls://" in refusal(plain, dask.tls)


@pytest.mark.parametrize(
    "address", ["ssh://host:1", "tcp://host", "host:8786", "tcp://:8786", "tls://host:x", ""]
)
def test_addresses(address: str) -> None:
    """Only tcp:// and tls:// with host and port are addresses."""
    assert "is no address of a scheduler; write tcp://HOST:PORT or" in refusal(address)


def test_a_scheduler_that_does_not_answer() -> None:
    """Neither a closed port nor one where nobody speaks is waited for longer than is said."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        said = refusal(address, timeout_s=0.3)
        assert said.startswith(f"--scheduler {address}: does not answer within 0.3 s; ")
    assert "does not answer within 0.3 s; is it running" in refusal(address, timeout_s=0.3)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without distributed it is said how to install it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "install it: pip install 'ipamd-sim[dask]'" in refusal("tcp://127.0.0.1:1")


class Workers:
    """A client of a scheduler whose workers have these versions, or none."""

    def __init__(self, *versions: Any) -> None:
        self._versions = {f"tcp://w{number}:1": one for number, one in enumerate(versions)}

    def wait_for_workers(self, n_workers: int, timeout: float) -> None:
        """As that of distributed."""
        if len(self._versions) < n_workers:
            raise TimeoutError(timeout)

    def run(self, _function: Any, on_error: str) -> dict[str, Any]:
        """As that of distributed."""
        assert on_error == "return"
        return self._versions


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ([], "has no workers; start some: dask worker --nthreads 1 tcp://s:1"),
        (
            [modelled_versions(), modelled_versions() | {"ipamd_sim": "0.0.9"}],
            "worker tcp://w1:1 has ipamd_sim 0.0.9, cni ",
        ),
        ([ModuleNotFoundError("No module named 'sim'")], "w0:1 has no ipamd-sim (No module"),
    ],
)
def test_workers_that_are_no_use(versions: list[Any], said: str) -> None:
    """A scheduler without workers, or one with another version, is refused before any run."""
    with pytest.raises(InputError) as refused:
        sim.study.cluster._check_workers(Workers(*versions), "tcp://s:1", 0.1)
    assert said in str(refused.value)
