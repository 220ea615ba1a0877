"""Results in Python and in notebooks."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from made_records import Made, scenario

from sim.results import addresses, ec2, nodes, pods, waits
from sim.results.html import summary_html
from sim.results.metric import Metric

PREFIXES = {"ENABLE_PREFIX_DELEGATION": True}


def one_of_each(**top: object) -> Made:
    """A node, a pod that waits, a request and addresses."""
    made = Made(scenario(**top))
    node = made.node()
    made.space(0, node, held=10, free=241)
    made.pool(0, node, enis=1, assigned=1, warm=8)
    made.waiting(10)
    made.served(5)
    made.call(5, code="RequestLimitExceeded")
    return made


def names(metrics: tuple[Metric, ...]) -> set[str]:
    return {metric.name for metric in metrics}


def test_every_figure_is_defined_once() -> None:
    """The keys of the summary are those of the definitions, place by place."""
    summary = one_of_each(ipamd=PREFIXES).result().summary
    states = names((*addresses.STATE_METRICS, addresses.STRANDED, addresses.HOURS))
    space = states | names(addresses.SPACE_METRICS)
    assert set(summary["addresses"]["cluster"]) == space
    assert set(summary["addresses"]["node_groups"]["g"]) == states
    assert set(summary["addresses"]["subnets"]["a"]) == space | names(addresses.SUBNET_METRICS)
    assert set(summary["nodes"]) == names(nodes.METRICS)
    assert set(summary["ec2"]) == names(ec2.METRICS) | {"buckets"}
    assert set(summary["ec2"]["buckets"]["CreateTags"]) == names(ec2.BUCKET_METRICS)
    by = {"parts_s", "by_workload", "by_node_group"}
    assert set(summary["pods"]) == names(pods.METRICS) | by
    assert set(summary["pods"]["by_workload"]["w"]) == names(pods.METRICS)
    assert set(summary["pods"]["parts_s"]) == names(pods.PART_METRICS)
    assert set(summary["pods"]["ip_wait_s"]) == names(waits.METRICS)


def test_the_summary_is_plain_json() -> None:
    """What comes back from JSON is what was there: no NumPy numbers, no NaN, no tuples."""
    for made in (one_of_each(), one_of_each(ipamd=PREFIXES), Made()):
        summary = made.result().summary
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_what_the_summary_says_of_the_scenario() -> None:
    """Name, seed and times; settings that differ from the manifest's, by node group."""
    groups = [{"name": "g"}, {"name": "h", "ipamd": {"WARM_IP_TARGET": 2, "WARM_ENI_TARGET": 1}}]
    made = Made(scenario(groups=groups, seed=5, warm_up="7s", ipamd={"MAX_ENI": 2}))
    summary = made.result(end_ms=50_000).summary
    digest = summary["scenario"].pop("digest")
    assert len(digest) == 64
    assert summary["scenario"] == {"name": "made", "seed": 5, "duration_s": 50, "warm_up_s": 7}
    assert summary["settings"] == {
        "g": {"MAX_ENI": 2},
        "h": {"WARM_IP_TARGET": 2, "MAX_ENI": 2},
    }
    assert summary["versions"]["cni"] == "v1.23.1"
    assert summary["warnings"] == [str(one) for one in made.scenario.warnings]


def test_records_are_sorted_by_time_and_then_as_they_came() -> None:
    """Rows of one millisecond keep their order."""
    made = Made()
    made.node()
    for time, assigned in ((5, 1), (3, 2), (5, 3), (3, 4)):
        made.pool(time, assigned=assigned)
    assert made.result().pool["assigned"].tolist() == [2, 4, 1, 3]


def test_records_as_arrays() -> None:
    """Columns are NumPy arrays of 64-bit integers; -1 stands for what is not there."""
    records = one_of_each().result().pods
    assert len(records) == 2
    assert records["address_ms"].tolist() == [5, -1]
    assert records.matrix.dtype == np.int64
    with pytest.raises(ValueError, match="not in tuple"):
        records["adress_ms"]


def test_records_in_pandas() -> None:
    """Names are categoricals, times that never came NA, flags booleans."""
    frame = one_of_each().result().pods.to_pandas()
    assert frame["node"].tolist() == ["g-0", "g-0"]
    assert isinstance(frame["outcome"].dtype, pd.CategoricalDtype)
    assert frame["outcome"].tolist() == ["running", "unserved"]
    assert frame["address_ms"].isna().tolist() == [False, True]
    assert (frame["address_ms"] - frame["first_add_ms"]).sum() == 0
    assert frame["host_network"].dtype == bool


def test_types_in_pandas_do_not_depend_on_the_rows() -> None:
    """An empty table has the same types as a full one."""
    for name, records in one_of_each().result().tables.items():
        empty = Made().result().tables[name].to_pandas()
        same = [str(kind) for kind in empty.dtypes] == [str(k) for k in records.to_pandas().dtypes]
        assert same, name


def test_pandas_and_arrow_agree() -> None:
    """Both show the same values, column by column."""
    for records in one_of_each().result().tables.values():
        arrow, frame = records.to_arrow(), records.to_pandas()
        for column in records.columns:
            values = [None if pd.isna(value) else value for value in frame[column].tolist()]
            assert arrow[column].to_pylist() == values, column


# -------------------------------------------------------------------- notebooks


class Tags(HTMLParser):
    """Checks that tags are closed in order, and gathers texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 (the base's names)
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert not tags.open
    return tags


def test_a_result_in_a_notebook() -> None:
    """Well-formed, with headline, findings, subnets, waits and EC2 requests."""
    text = parsed(one_of_each().result()._repr_html_()).text
    for part in ("made: ", "1 of 2 pods got an address", "EC2 throttled 1 of 1", "CreateTags"):
        assert part in text
    assert "≥ 1 min 40 s" in text  # the pod that waits until the end


def test_an_empty_result_in_a_notebook() -> None:
    """Figures that do not exist are dashes."""
    assert "-" in parsed(Made().result()._repr_html_()).text


def test_names_are_escaped_in_a_notebook() -> None:
    """No name can put tags into the page."""
    summary = one_of_each().result().summary
    evil = "<script>alert(1)</script>"
    summary["scenario"]["name"] = evil
    summary["addresses"]["subnets"] = {evil: summary["addresses"]["subnets"]["a"]}
    summary["findings"] = [evil]
    tags = parsed(summary_html(summary))
    assert "script" not in tags.seen
    assert tags.text.count(evil) == 3


def test_records_in_a_notebook() -> None:
    """The first rows, and how many there are."""
    made = Made()
    made.node()
    for time in range(1, 1235):
        made.pool(time)
    tags = parsed(made.result().pool._repr_html_())
    assert "1,234 rows, the first 10 of them" in tags.text
    assert "11" not in tags.text.split()
    assert "table" in tags.seen


def test_a_result_in_words() -> None:
    """Its name and how many records of each kind there are."""
    assert repr(one_of_each().result()).startswith("<Result of made: 2 pods, 1 ec2_calls, 1 pool,")
