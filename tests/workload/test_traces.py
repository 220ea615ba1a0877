"""Reading pod traces, good and bad."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whole import replayed, whole

import sim.workload.csv_file
import sim.workload.traces
from sim.scenario.errors import InputError
from sim.scenario.workload import Trace
from sim.workload.arrivals import Chunk
from sim.workload.csv_file import MAX_LINE
from sim.workload.traces import FOREVER, TracePods, read_trace

HEADER = "start,end,cpu,memory\n"


def spec(**given: Any) -> Trace:
    """A trace workload of t.csv."""
    return Trace.model_validate({"kind": "trace", "name": "t", "file": "t.csv", **given})


def read(folder: Path, content: str | bytes, **given: Any) -> TracePods:
    """The pods of a file of this content."""
    data = content.encode() if isinstance(content, str) else content
    (folder / "t.csv").write_bytes(data)
    return read_trace(spec(**given), folder)


def rows(pods: TracePods) -> list[tuple[int, ...]]:
    """(start, end, cpu, memory) of each pod."""
    return list(zip(pods.start_ms, pods.end_ms, pods.cpu, pods.memory, strict=True))


def problems(folder: Path, content: str | bytes, **given: Any) -> list[str]:
    """What is said about a file of this content, without the folder's name."""
    with pytest.raises(InputError) as caught:
        read(folder, content, **given)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_plain_numbers_and_quantities(tmp_path: Path) -> None:
    """Plain numbers are seconds, cores and bytes; texts carry their own unit."""
    content = HEADER + "0,60,0.5,1048577\n1.5,1m30s,250m,2Gi\n-7,,2,1e9\n"
    assert rows(read(tmp_path, content)) == [
        (0, 60_000, 500, 2),  # memory is rounded up to MiB
        (1_500, 90_000, 250, 2_048),
        (-7_000, FOREVER, 2_000, 954),  # 10^9 / 2^20 = 953.7
    ]


def test_units(tmp_path: Path) -> None:
    """The units of plain numbers can be given."""
    units = {"time": "m", "cpu": "millicores", "memory": "GiB"}
    assert rows(read(tmp_path, HEADER + "1,2.5,100,0.5\n", units=units)) == [
        (60_000, 150_000, 100, 512)
    ]


def test_columns_are_mapped(tmp_path: Path) -> None:
    """Columns are found by the names given, in any order; others are passed over."""
    content = "why,stop,host,begin\nx,9,node-1,2\ny,8,,3\n"
    columns = {"start": "begin", "end": "stop", "cpu": None, "memory": None, "node": "host"}
    requests = {"cpu": "100m", "memory": "32Mi"}
    pods = read(tmp_path, content, columns=columns, requests=requests)
    assert rows(pods) == [(2_000, 9_000, 100, 32), (3_000, 8_000, 100, 32)]
    assert pods.nodes == ["node-1", ""]


def test_empty_requests_are_the_workloads(tmp_path: Path) -> None:
    """A pod without cpu or memory requests what the workload says."""
    pods = read(tmp_path, HEADER + "0,1,,\n0,1,2, \n", requests={"cpu": "1", "memory": "5Mi"})
    assert rows(pods) == [(0, 1_000, 1_000, 5), (0, 1_000, 2_000, 5)]


def test_openb(tmp_path: Path) -> None:
    """Alibaba's pod list is read as published; pods that never ran are left out and counted."""
    content = (
        "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
        "deletion_time,scheduled_time\n"
        "openb-pod-0000,12000,16384,1,1000,,LS,Running,0,12537496,0\n"
        "openb-pod-0061,11908,47104,1,1000,,BE,Pending,10001278,10001403,\n"
    )
    pods = read(tmp_path, content, format="openb")
    assert rows(pods) == [(0, 12_537_496_000, 12_000, 16_384)]
    assert pods.never_scheduled == 1


PLAIN = HEADER + "0,60,1,1Gi\n5,,2,2Gi\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip("\n").encode(),
        PLAIN.replace("\n", "\n\n").encode(),
        PLAIN.replace(",", " , ").encode(),
        PLAIN.replace("start", '"start"').replace("60", '"60"').encode(),
        gzip.compress(PLAIN.encode()),
        gzip.compress(PLAIN.encode("utf-8-sig"), mtime=0),
    ],
    ids=["bom", "crlf", "cr", "no end", "empty lines", "spaces", "quotes", "gzip", "gzip bom"],
)
def test_files_as_they_come(tmp_path: Path, content: bytes) -> None:
    """Marks, line ends, spaces, quotes and gzip make no difference."""
    expected = [(0, 60_000, 1_000, 1_024), (5_000, FOREVER, 2_000, 2_048)]
    assert rows(read(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("9,5,1,1", "t.csv:2: end: the pod ends before its start; swap or drop them"),
        ("x,5,1,1", "t.csv:2: start: 'x' cannot be read; write a time in s, or a duration such"),
        ("nan,5,1,1", "t.csv:2: start: 'nan' cannot be read"),
        ("0,inf,1,1", "t.csv:2: end: 'inf' cannot be read"),
        ("0,1e99,1,1", "t.csv:2: end: '1e99' is out of range"),
        (",5,1,1", "t.csv:2: start: the field is empty"),
        ("0,5,-1,1", "t.csv:2: cpu: '-1' is negative; write cores, or a quantity such as 500m"),
        ("0,5,two,1", "t.csv:2: cpu: 'two' cannot be read"),
        ("0,5,1e12,1", "t.csv:2: cpu: '1e12' is out of range"),
        ("0,5,nan,1", "t.csv:2: cpu: 'nan' cannot be read"),
        ("0,5,1,2GB", "t.csv:2: memory: '2GB' cannot be read; write bytes, or a quantity such as"),
        ("0,5,1,-5", "t.csv:2: memory: '-5' is negative"),
        ("0,5,1", "t.csv:2: 3 fields where the first line names 4 columns"),
        ("0,5,1,1,1", "t.csv:2: 5 fields where the first line names 4 columns"),
        ('0,5,1,"1', "t.csv:2: unexpected end of data; write it as CSV"),
        ("0,5,1," + "9" * 200_000, "t.csv:2: field larger than field limit (131072)"),
        ("0,5,1," + "9" * MAX_LINE, "t.csv:2: a line of over a million characters"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, said: str) -> None:
    """A bad row is named by file and line, with its column, what is wrong and the remedy."""
    (problem,) = problems(tmp_path, f"{HEADER}{row}\n")
    assert problem.startswith(said)


@pytest.mark.parametrize("size", [1, 7, 2**16])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, end: str
) -> None:
    """Lines are the same wherever the parts of the file end that are read at once."""
    monkeypatch.setattr(sim.workload.csv_file, "_BLOCK", size)
    content = end.join([*HEADER.split(), "0,60,1,1Gi", "", '5,"",2,2Gi', "x,1,1,1"])
    (problem,) = problems(tmp_path, content)
    assert problem.startswith("t.csv:5: start: 'x' cannot be read")
    expected = [(0, 60_000, 1_000, 1_024), (5_000, FOREVER, 2_000, 2_048)]
    assert rows(read(tmp_path, content.replace("x,1,1,1", ""))) == expected


def test_all_bad_rows_at_once(tmp_path: Path) -> None:
    """The first 20 bad rows are shown, further ones counted, good ones between them passed."""
    said = problems(tmp_path, HEADER + "9,5,1,1\n0,5,1,1\n" * 23)
    assert [line.split(":")[1] for line in said[:20]] == [str(2 * n) for n in range(1, 21)]
    assert said[20:] == ["t.csv: 3 more rows are wrong"]


def test_a_file_of_bad_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no trace at all is not read to its end, and that is said."""
    monkeypatch.setattr(sim.workload.traces, "_MOST_BAD_ROWS", 100)
    said = problems(tmp_path, HEADER + "9,5,1,1\n" * 2_000)
    assert said[20:] == ["t.csv: 480 more rows are wrong; reading stopped here"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ["t.csv:1: the first line names no columns; begin with start,end,cpu,memory"]),
        (HEADER, ["t.csv: the trace has no pods; give one with a pod a row"]),
        (
            "start,stop,memory\n",
            [
                "t.csv:1: end: no column is named 'end' in the first line; map it to one of "
                "'start, stop, memory' under columns",
                "t.csv:1: cpu: no column is named 'cpu' in the first line; map it to one of "
                "'start, stop, memory' under columns, or cpu: null if the trace has none",
            ],
        ),
        (
            "start,start,end,cpu,memory\n",
            [
                "t.csv:1: start: 2 columns are named 'start' in the first line; map it to one "
                "of 'start, start, end, cpu, memory' under columns"
            ],
        ),
        (b"start,end\xff\n", ["t.csv: this is not UTF-8 text; save it as CSV in UTF-8"]),
        (
            gzip.compress(PLAIN.encode())[:-9],
            [
                "t.csv: cannot be read: Compressed file ended before the end-of-stream marker "
                "was reached; check the file"
            ],
        ),
    ],
    ids=["empty", "no rows", "missing", "twice", "not utf-8", "cut gzip"],
)
def test_bad_files(tmp_path: Path, content: str | bytes, said: list[str]) -> None:
    """Files without pods, without columns, or in another coding are refused with the reason."""
    assert problems(tmp_path, content) == said


def test_openb_without_its_format(tmp_path: Path) -> None:
    """Who forgets the format of an openb list is told."""
    said = problems(tmp_path, "name,cpu_milli,memory_mib,deletion_time,scheduled_time\n")
    assert all(line.endswith("for an openb pod list write format: openb") for line in said)


@pytest.mark.parametrize("name", ["missing.csv", ".", "nul\0.csv"])
def test_files_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    """A file that is not there, or none, is bad input too."""
    with pytest.raises(InputError, match="cannot be read"):
        read_trace(spec(file=name), tmp_path)


CELLS = st.one_of(
    st.text(max_size=8),
    st.integers(-9, 10**18).map(str),
    st.floats().map(str),
    st.sampled_from(["", "5m", "2Gi", "1e400", '"', "9" * 400]),
)
LINES = st.lists(CELLS, max_size=6).map(",".join)
TABLES = st.lists(LINES, max_size=6).map(lambda lines: (HEADER + "\n".join(lines)).encode())


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["0", " 5", "1m30s", "60", "-7", "1e3", "1.0005", "x", "", "nan"]),
        st.sampled_from(["90", "1e9 ", "2h", "", "1e15", "1e16", "inf", "1_000"]),
        st.sampled_from(["1", "0.5", "250m", "", "-1", "1e12", " 2 "]),
        st.sampled_from(["1Gi", "1048577", "", "0", "2GB"]),
        st.sampled_from(["a", " b ", "", '"c,d"']),
    ).map(",".join),
    min_size=1,
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS)
def test_rows_are_read_alike_together_and_alone(tmp_path: Path, lines: list[str]) -> None:
    """A file of many rows gives the pods, or the problems, that each row gives by itself."""
    alone = [outcome(tmp_path, [line]) for line in lines]
    problems = [said.replace(":2:", f":{line}:") for line, (_, said) in enumerate(alone, 2) if said]
    pods, said = outcome(tmp_path, lines)
    assert said.splitlines() == problems
    assert problems or pods == [pod for one, _ in alone for pod in one]


def outcome(folder: Path, lines: list[str]) -> tuple[list[tuple[Any, ...]], str]:
    """The pods of a file of these rows, with their nodes, or what is said about it."""
    content = "start,end,cpu,memory,node\n" + "\n".join(lines)
    try:
        pods = read(folder, content, columns={"node": "node"})
    except InputError as refused:
        return [], str(refused)
    assert pods.nodes is not None
    return list(zip(rows(pods), pods.nodes, strict=True)), ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.one_of(st.binary(max_size=60), TABLES, TABLES.map(gzip.compress)),
    openb=st.booleans(),
    scale=st.sampled_from([0.001, 1.0, 1000.0]),
)
def test_any_bytes(tmp_path: Path, content: bytes, openb: bool, scale: float) -> None:
    """Any bytes give arrivals in order, or bad input; never another error."""
    (tmp_path / "t.csv").write_bytes(content)
    given = spec(format="openb" if openb else "columns", time_scale=scale)
    try:
        arrivals = whole(replayed(given, tmp_path))
    except InputError as refused:
        said = refused.problems
    else:
        said = []
        assert_sound(arrivals)
    assert all(problem.file and problem.message for problem in said)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    times=st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 50)), min_size=1, max_size=20),
    opening=st.integers(0, 20),
    width=st.integers(1, 30),
    at=st.integers(0, 9),
)
def test_windows(
    tmp_path: Path, times: list[tuple[int, int]], opening: int, width: int, at: int
) -> None:
    """A window keeps exactly the pods alive in it, clipped at its opening, ends unchanged."""
    lines = [f"{start},{start + lifetime},1,1" for start, lifetime in times]
    (tmp_path / "t.csv").write_text(HEADER + "\n".join(lines))
    window = {"from": f"{opening}s", "to": f"{opening + width}s"}
    expected = sorted(
        (max(start, opening) - opening + at, start + lifetime - opening + at)
        for start, lifetime in times
        if opening <= start < opening + width or start < opening < start + lifetime
    )
    try:
        arrivals = whole(replayed(spec(window=window, at=f"{at}s"), tmp_path))
    except InputError:
        assert not expected
        return
    assert_sound(arrivals)
    pairs = zip(arrivals.created_ms, arrivals.lifetime_ms, strict=True)
    assert sorted((a // 1000, (a + b) // 1000) for a, b in pairs) == expected


def assert_sound(arrivals: Chunk) -> None:
    """Columns of one length, creations in order from 0, no negative amounts."""
    created = list(arrivals.created_ms)
    assert created == sorted(created)
    assert created[:1] >= [0]
    assert all(lifetime >= -1 for lifetime in arrivals.lifetime_ms)
    assert min(*arrivals.cpu, *arrivals.memory, 0) == 0
    lengths = {len(arrivals.lifetime_ms), len(arrivals.cpu), len(arrivals.termination_ms)}
    assert lengths == {len(created)}
