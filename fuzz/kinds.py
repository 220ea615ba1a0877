"""Kinds of inputs: what each writes to its folder, and the command that is to read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from . import samples, values
from .arguments import command_line, odd_files
from .case import Case, Place
from .grammar import Grammar
from .trees import as_json, as_yaml, changed

_READERS = (
    *(("validate", "{}"),) * 12,
    ("lint", "{}"),
    ("lint", "{}", "-o", "json"),
    *(("settings", "{}", "--for", tool) for tool in ("kubectl", "helm", "eks-addon", "terraform")),
    ("settings", "{}", "-o", "json"),
)


def _read_scenario(random: Random, at: Place, content: bytes) -> Case:
    odd = (f"{values.ESCAPE[:6]}s.yaml", "<script>.yaml", "é s.yaml")
    name = random.choice(("s.yaml",) * 9 + odd)
    (at.folder / name).write_bytes(content)
    if not (at.folder / "trace.csv").exists():
        (at.folder / "trace.csv").write_text(samples.TRACE)
        samples.link(at.folder, samples.SCENARIOS / "data")
    return Case(tuple(part.format(name) for part in random.choice(_READERS)))


def shipped_changed(random: Random, at: Place) -> Case:
    """A scenario that ships, with some of its values, keys or items changed."""
    data = changed(random, samples.parsed(random.choice(samples.shipped())))
    return _read_scenario(random, at, as_yaml(random, data))


def shipped_spoilt(random: Random, at: Place) -> Case:
    """A scenario that ships, with some of its bytes changed."""
    content = samples.content(random.choice(samples.shipped()))
    return _read_scenario(random, at, values.spoilt(random, content, 4))


@cache
def _schema() -> Any:
    return json.loads((samples.SCENARIOS / "schema.json").read_text())


def _by_grammar(random: Random) -> Any:
    hostile, optional = random.choice((0, 0.01, 0.05)), random.choice((0.03, 0.1, 0.3))
    return Grammar(_schema(), hostile, optional).make(random)


def grammar(random: Random, at: Place) -> Case:
    """A scenario made from the schema."""
    content = as_yaml(random, _by_grammar(random))
    if random.random() < 0.2:
        content = values.spoilt(random, content)
    return _read_scenario(random, at, content)


def odd_yaml(random: Random, at: Place) -> Case:
    """YAML that is none, or a bomb."""
    n = random.choice((3, 70, 2_000, 10_000))
    texts = (
        *("", " \n", "#\n", "---\n", "--- a\n...\n--- b\n", "[" * n, "{" * n, "{a: " * n, "- " * n),
        *("[" * n + "]" * n, "? " * n, "a: &a [*a]\n", "a: " + "'" * n, "a: " + '"' * n, "!" * n),
        *("a: |\n" + " x\n" * n, "a" * n, "a: 1\n" * n, "\n" * n, "a:\n" + " " * n + "b: 1\n"),
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)),
        *("&a " * n, "a: &a 1\n" + "b: *a\n" * n, "<<: {a: 1}\n", "a: {<<: [1]}\n", "? [a]\n: b\n"),
        *("%TAG ! tag:x,2000:\n--- !a b\n", "%YAML 1.1\n---\na: yes\n", "a: 2024-01-01\n"),
        *("".join(f"k{i}: {i}\n" for i in range(n)), "a: " + "9" * n, "a: 0x" + "f" * n, "a\0b"),
        *(f"a: {values.MARKUP}\n", f'a: "{values.ESCAPE}"\n', '"\\x1b[2J": 1\n', "a: .inf\n"),
    )
    return _read_scenario(random, at, random.choice(texts).encode("utf-8", "replace"))


def trace(random: Random, at: Place) -> Case:
    """A scenario's trace with some of its bytes changed, or of odd cells, packed or not."""
    (at.folder / "tiny.yaml").write_text(samples.TINY)
    content = samples.TRACE.encode()
    if random.random() < 0.4:
        rows = (",".join(_cell(random) for _ in range(5)) for _ in range(random.randint(0, 30)))
        content = "\n".join(["start,end,cpu,memory,node", *rows]).encode("utf-8", "replace")
    if random.random() < 0.7:
        content = values.spoilt(random, content, 3)
    if random.random() < 0.3:
        content = values.packed(random, content)
    (at.folder / "trace.csv").write_bytes(content)
    return Case(("validate", "tiny.yaml"))


def _cell(random: Random) -> str:
    if random.random() < 0.8:
        return str(random.randint(0, 500))
    return str(value) if isinstance(value := values.value(random), int | float | str) else ""


def _json_file(random: Random, source: Path, target: Path) -> str:
    """A JSON file changed in one way or another; its name."""
    content = samples.content(source)
    if random.random() < 0.75:
        content = as_json(random, changed(random, samples.json_of(source), 4))
    if random.random() < 0.35:
        content = values.spoilt(random, content, 3)
    if random.random() < 0.1:
        content = values.packed(random, content)
    target.write_bytes(content)
    return target.name


def _odd_json(random: Random) -> bytes:
    n = random.choice((3, 2_000, 10_000, 100_000))
    texts = (
        *("", " ", "null", "1", "{}", "[]", "[" * n, '{"a":' * n, '{"items":' + "[" * n, "[[]]"),
        *('{"items":[{"a":' + "9" * n, '{"items":[{"a":"' + "x" * n, '{"items":[]}'),
        *('{"items":[1]}', '{"items":{"a":1}}', '{"kind":"List","items":null}'),
        *('{"items":[' + '{"kind":"Pod"},' * 3 + "]}", '"' + "x" * n, "9" * n, "[1e999]", "-", "{"),
        '{"items":[{"kind":"Pod","metadata":' + '{"a":' * n + "1" + "}" * n + "}]}",
        *('{"a":1}{"a":2}', "[NaN]", '{"\\ud800":1}', '{"Subnets":[{}]}', '{"data":{"result":[]}}'),
        '{"status":"success","data":{"result":[{"metric":{},"values":[[1,"NaN"]]}]}}',
    )
    return random.choice(texts).encode()


def cluster_files(random: Random, at: Place) -> Case:
    """Files of a cluster, one of them changed."""
    wrong = random.choice(samples.CLUSTER)
    names = []
    for name in samples.CLUSTER:
        if name == wrong:
            names.append(_json_file(random, at.good / name, at.folder / name))
        else:
            samples.link(at.folder, at.good / name)
            names.append(name)
    if random.random() < 0.1:
        (at.folder / wrong).write_bytes(_odd_json(random))
    out = ("-o", "out.yaml") if random.random() < 0.7 else ()
    return Case(("import", *names, *out))


def churn_files(random: Random, at: Place) -> Case:
    """A history of a cluster: events, series or a CSV file, changed."""
    source = random.choice(("events.json", "series.json", "history.csv"))
    if source == "history.csv":
        content = samples.HISTORY.encode()
        (at.folder / source).write_bytes(values.spoilt(random, content, 4))
    else:
        _json_file(random, at.good / source, at.folder / source)
        if random.random() < 0.1:
            (at.folder / source).write_bytes(_odd_json(random))
    samples.write_small(at.folder)
    more = random.choice(((), ("--scenario", "small.yaml"), ("--open-ends", "estimate")))
    return Case(("import", "churn", source, "-o", "out.csv", *more))


def study(random: Random, at: Place) -> Case:
    """A study file, changed."""
    samples.write_small(at.folder)
    if random.random() < 0.7:
        from sim.scenario.reader import parse

        content = as_yaml(random, changed(random, parse(samples.STUDY).data, 3))
    else:
        content = values.spoilt(random, samples.STUDY.encode(), 4)
    (at.folder / "study.yaml").write_bytes(content)
    arguments = ("sweep", "study.yaml", "--workers", "1", "--no-progress", "--out", "swept")
    return Case(arguments, may_take_long=True)


_OF_RUNS = (
    *(("show", "run"), ("show", "run", "-o", "json"), ("show", "run", "--at", "3m")),
    *(("diff", "run", "{good}"), ("diff", "{good}", "run", "-o", "csv"), ("fragments", "run", "a")),
    *(("explain", "node", "run"), ("explain", "subnet", "a", "run"), ("explain", "pod", "run")),
    *(("export", "openmetrics", "run"), ("export", "events", "run"), ("settings", "run")),
    ("overlay", "run", "--prometheus", "series.json"),
    ("run", "small.yaml", "--out", "run", "--no-progress"),
)


def run_folder(random: Random, at: Place) -> Case:
    """A saved run, one of its files changed, gone or something else; its digest sometimes fits."""
    run = at.folder / "run"
    run.mkdir()
    names = sorted(one.name for one in (at.good / "run").iterdir())
    wrong = random.choice(("manifest.json", "manifest.json", "summary.json", random.choice(names)))
    for name in names:
        if name not in (wrong, "manifest.json"):
            samples.link(run, at.good / "run" / name)
    manifest = samples.json_of(at.good / "run" / "manifest.json")
    content = _damaged(random, at.good / "run" / wrong)
    if wrong == "manifest.json":
        (run / wrong).write_bytes(content)
    else:
        if random.random() < 0.9:
            (run / wrong).write_bytes(content)
        if random.random() < 0.7:
            manifest = _signed(manifest, wrong, content)
        (run / "manifest.json").write_text(json.dumps(manifest))
    samples.link(at.folder, at.good / "series.json")
    samples.write_small(at.folder)
    arguments = random.choice(_OF_RUNS)
    return Case(tuple(part.format(good=at.good / "run") for part in arguments))


def _damaged(random: Random, source: Path) -> bytes:
    if source.suffix == ".json" and random.random() < 0.8:
        return as_json(random, changed(random, samples.json_of(source)))
    return values.spoilt(random, samples.content(source), 3)


def _signed(manifest: Any, name: str, content: bytes) -> Any:
    import hashlib

    files = {**manifest["files"], name: hashlib.sha256(content).hexdigest()}
    return {**manifest, "files": files}


def recommendation(random: Random, at: Place) -> Case:
    """A saved recommendation, changed."""
    content = as_json(random, changed(random, samples.json_of(at.good / "recommendation.json"), 4))
    if random.random() < 0.3:
        content = values.spoilt(random, content, 3)
    (at.folder / "recommendation.json").write_bytes(content)
    tool = random.choice(("kubectl", "helm", "eks-addon", "terraform"))
    form = random.choice(("table", "json", "paste"))
    return Case(("settings", "recommendation.json", "--for", tool, "-o", form))


def prometheus(random: Random, at: Place) -> Case:
    """An answer of Prometheus, changed, laid over a run."""
    samples.link(at.folder, at.good / "run")
    name = _json_file(random, at.good / "series.json", at.folder / "series.json")
    return Case(("overlay", "run", "--prometheus", name))


def small_run(random: Random, at: Place) -> Case:
    """A small scenario, changed or made by the grammar, simulated."""
    from sim.scenario.reader import parse

    samples.write_small(at.folder)
    if random.random() < 0.5:
        data = changed(random, parse(samples.SMALL).data, 2)
    else:
        data = Grammar(_schema(), 0, random.choice((0.03, 0.08))).make(random)
    (at.folder / "s.yaml").write_bytes(as_yaml(random, data))
    forms = ((), ("-o", "json"), ("-o", "csv"), ("--out", "out"), ("--html", "r.html"))
    form = random.choice(forms)
    arguments = ("run", "s.yaml", "--no-progress", "--max-memory", "200MiB", *form)
    return Case(arguments, may_take_long=True)


Kind = Callable[[Random, Place], Case]

KINDS: dict[str, tuple[int, Kind]] = {
    "shipped scenario, values changed": (30, shipped_changed),
    "shipped scenario, bytes changed": (20, shipped_spoilt),
    "scenario by the grammar": (22, grammar),
    "odd YAML": (1, odd_yaml),
    "trace": (8, trace),
    "files of a cluster": (5, cluster_files),
    "history of a cluster": (4, churn_files),
    "study": (1, study),
    "folder of a run": (4, run_folder),
    "recommendation": (5, recommendation),
    "answer of Prometheus": (1, prometheus),
    "small run": (1, small_run),
    "command line": (10, command_line),
    "odd file": (1, odd_files),
}
"""Each kind's weight, and what makes one."""


def make(random: Random, at: Place, only: str | None = None) -> tuple[str, Case]:
    """An input and the name of its kind."""
    weights = [weight for weight, _ in KINDS.values()]
    name = only or random.choices(tuple(KINDS), weights)[0]
    return name, KINDS[name][1](random, at)
