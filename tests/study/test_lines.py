"""The lines to paste, each form read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ruamel.yaml import YAML
from test_candidates import scenario

from sim.scenario.ipamd import Ipamd
from sim.study.candidates import ENIS, IPS, PREFIX_IPS, PREFIXES, Candidate
from sim.study.lines import lines, notes

MODE = "ENABLE_PREFIX_DELEGATION"
WARM, MINIMUM = "WARM_IP_TARGET", "MINIMUM_IP_TARGET"


@pytest.mark.parametrize(
    ("candidate", "ipamd", "env", "unset"),
    [
        (Candidate(ENIS, 2), {}, {MODE: "false", ENIS: "2"}, {WARM, MINIMUM}),
        (Candidate(IPS, 5, 9), {}, {MODE: "false", WARM: "5", MINIMUM: "9"}, set()),
        (Candidate(IPS, 5), {}, {MODE: "false", WARM: "5"}, {MINIMUM}),
        (Candidate(PREFIXES, 2), {}, {MODE: "true", PREFIXES: "2"}, {WARM, MINIMUM}),
        (
            Candidate(PREFIX_IPS, 5, 32),
            {},
            {MODE: "true", WARM: "5", MINIMUM: "32", PREFIXES: "1"},
            set(),
        ),
        (
            Candidate(IPS, 5),
            {"IP_COOLDOWN_PERIOD": 10, "MAX_ENI": 2, "AWS_MANAGE_ENIS_NON_SCHEDULABLE": True},
            {
                MODE: "false",
                WARM: "5",
                "IP_COOLDOWN_PERIOD": "10",
                "MAX_ENI": "2",
                "AWS_MANAGE_ENIS_NON_SCHEDULABLE": "true",
            },
            {MINIMUM},
        ),
    ],
)
def test_every_form_sets_the_same(
    candidate: Candidate, ipamd: dict[str, Any], env: dict[str, str], unset: set[str]
) -> None:
    """All forms agree; kubectl unsets what must not be left, the others write 0 for it."""
    made = lines(candidate, Ipamd.model_validate(ipamd))
    command, words = made.kubectl.split(" -n kube-system ")
    assert command == "kubectl set env daemonset aws-node"
    given = dict(word.split("=") for word in words.split() if "=" in word)
    assert given == env
    assert {word.removesuffix("-") for word in words.split() if "=" not in word} == unset
    written = {"env": env | dict.fromkeys(unset, "0")}  # to the daemon as good as unset
    assert json.loads(made.addon) == written
    assert YAML(typ="safe", pure=True).load(made.helm) == written


@pytest.mark.parametrize(
    ("group", "ipamd", "candidate", "said"),
    [
        ({}, {}, Candidate(IPS, 3), []),
        ({"ipamd": {WARM: 2}}, {}, Candidate(IPS, 3), ["g had settings of their own"]),
        ({"ipamd": {"MAX_ENI": 2}}, {}, Candidate(IPS, 3), []),
        ({}, {}, Candidate(PREFIXES, 1), ["replace the nodes"]),
        ({}, {MODE: True}, Candidate(IPS, 3), ["replace the nodes"]),
        ({}, {MODE: True}, Candidate(PREFIXES, 2), []),
        (
            {"max_pods": "recommended"},
            {},
            Candidate(PREFIXES, 1),
            ["replace the nodes", "Max pods of g goes from 11 to 110"],
        ),
    ],
)
def test_notes(
    group: dict[str, Any], ipamd: dict[str, Any], candidate: Candidate, said: list[str]
) -> None:
    """Settings of groups and a change of mode are spoken of where there are any."""
    values = {f"cluster.node_groups.g.{key}": value for key, value in group.items()}
    found = list(notes(scenario(ipamd=ipamd).with_values(values), candidate))
    assert len(found) == len(said)
    assert all(part in note for part, note in zip(said, found, strict=True))


def test_types_that_fall_back_are_named() -> None:
    """In prefix mode it is said which groups cannot hold prefixes."""
    one = scenario("c3.xlarge", ipamd={MODE: True})
    assert [note for note in notes(one, Candidate(PREFIXES, 1)) if "fall back" in note] == [
        "g cannot hold prefixes: nodes there fall back to secondary IPs."
    ]
