"""Max pods, what nodes keep from pods, and the addresses a node can hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.aws.instance_types import InstanceType, all_types, instance_type
from sim.kube.max_pods import (
    address_capacity,
    auto,
    evaluate,
    kube_reserved,
    max_pods,
    recommended,
)
from sim.scenario.cluster import NodeGroup
from sim.scenario.ipamd import Ipamd

T3_MEDIUM = InstanceType("t3.medium", vcpus=2, memory_mib=4_096, max_enis=3, ipv4_per_eni=6)


@pytest.mark.parametrize(
    ("name", "pods"),
    [
        ("t3.small", 11),  # 3 x 3 + 2
        ("m5.large", 29),  # 3 x 9 + 2
        ("m5.2xlarge", 58),  # 4 x 14 + 2
        ("m5.24xlarge", 737),  # 15 x 49 + 2, without a ceiling
        ("p5.48xlarge", 100),  # 2 x 49 + 2: the first of 32 network cards
    ],
)
def test_auto_is_the_formula(name: str, pods: int) -> None:
    """ENIs x (addresses - 1) + 2, whatever the size."""
    assert auto(instance_type(name)) == pods


@pytest.mark.parametrize(
    ("name", "options", "pods"),
    [
        ("m5.2xlarge", {}, 58),
        ("m5.2xlarge", {"prefix_delegation": True}, 110),  # 4 x 14 x 16 + 2 = 898
        ("m5.2xlarge", {"prefix_delegation": True, "show_max_allowed": True}, 898),
        ("m5.2xlarge", {"prefix_delegation": True, "cni_version": "1.8.9"}, 58),
        ("m5.2xlarge", {"prefix_delegation": True, "cni_version": "1.9.0"}, 110),
        ("m5.2xlarge", {"prefix_delegation": True, "cni_version": "v1.12.6-eksbuild.1"}, 110),
        ("m5.2xlarge", {"prefix_delegation": True, "cni_version": "2.0"}, 110),
        ("m5.2xlarge", {"prefix_delegation": True, "cni_version": "0.9"}, 58),
        ("m5.2xlarge", {"custom_networking": True}, 44),  # 3 x 14 + 2
        ("m5.2xlarge", {"max_eni": 2}, 30),  # 2 x 14 + 2
        ("m5.2xlarge", {"max_eni": 9}, 58),
        ("m5.2xlarge", {"max_eni": 2, "custom_networking": True}, 16),  # 1 x 14 + 2
        ("m5.2xlarge", {"max_eni": 1, "custom_networking": True}, 2),  # no ENI is left
        ("t3.small", {"prefix_delegation": True}, 110),  # 3 x 3 x 16 + 2 = 146
        ("t3.small", {"prefix_delegation": True, "max_eni": 1}, 50),  # 1 x 3 x 16 + 2
        ("m4.2xlarge", {"prefix_delegation": True}, 58),  # Xen
        ("m5.8xlarge", {}, 234),  # 8 x 29 + 2; 32 vCPUs: the ceiling is 250
        ("m5.8xlarge", {"prefix_delegation": True}, 250),
        ("m5.24xlarge", {}, 250),
        ("m5.24xlarge", {"show_max_allowed": True}, 737),
        ("m5.metal", {"prefix_delegation": True, "show_max_allowed": True}, 737),
    ],
)
def test_recommended_is_the_calculator(name: str, options: dict[str, Any], pods: int) -> None:
    """Each option does what max-pods-calculator.sh makes of it."""
    assert recommended(instance_type(name), **{"prefix_delegation": False, **options}) == pods


def test_ceiling_changes_over_30_vcpus() -> None:
    """30 vCPUs still have the ceiling of 110, 31 that of 250."""
    for vcpus, ceiling in ((30, 110), (31, 250)):
        one = InstanceType("x", vcpus, None, max_enis=15, ipv4_per_eni=50)
        assert recommended(one, prefix_delegation=False) == ceiling


def test_recommended_refuses_what_it_cannot_know() -> None:
    """A version that cannot be read and a ceiling without vCPUs are errors, not guesses."""
    with pytest.raises(ValueError, match=r"'latest' is no CNI version"):
        recommended(T3_MEDIUM, prefix_delegation=True, cni_version="latest")
    p3 = instance_type("p3.2xlarge")  # 4 x 14 + 2 = 58 pods, under both ceilings
    assert recommended(p3, prefix_delegation=False) == 58
    with pytest.raises(ValueError, match=r"vCPUs of x are not known"):
        recommended(InstanceType("x", None, None, 15, 50), prefix_delegation=False)


@pytest.mark.parametrize(
    ("expression", "pods"),
    [
        ("417", 417),
        ("max_pods", 17),  # 3 x 5 + 2
        ("(default_enis * (ips_per_eni - 1)) + 2", 17),
        ("(default_enis * ((ips_per_eni - 1) * 16)) + 2", 242),
        ("((default_enis - 1) * (ips_per_eni - 1)) + 2", 12),
        ("max_pods < 30 ? max_pods : 30", 17),
        ("max_pods*16 < 110 ? max_pods*16 : 110", 110),
        ("2 + 3 * 4", 14),
        ("20 - 3 - 2", 15),
        ("7 / 2", 3),
        ("10 + -7 / 2", 7),  # towards zero: -7 / 2 is -3
        ("10 + -7 % 2", 9),  # with the sign of the dividend: -7 % 2 is -1
        ("-(-5)", 5),
        ("1 == 1 ? 5 : 1 / 0", 5),  # the other side does not count
        ("1 > 2 ? 3 : 2 >= 2 ? 4 : 5", 4),
        ("  1\t+ 1  ", 2),
    ],
)
def test_expressions(expression: str, pods: int) -> None:
    """Expressions mean what CEL makes of them on a t3.medium: 3 ENIs, 6 addresses each."""
    assert evaluate(expression, T3_MEDIUM) == pods


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "missing before the end"),
        ("1 +", "missing before the end"),
        ("* 2", r"missing before \*"),
        ("(1 + 2", r"'\)' is missing"),
        ("1 + 2)", r"unexpected '\)'"),
        ("12ab", "unexpected 'ab'"),
        ("1.5", "cannot read '.5'"),
        ("max_pods ** 2", r"missing before \*"),
        ("99 - fake_variable", "no name 'fake_variable'"),
        ("min(110, max_pods)", "no function 'min'"),
        ("__import__('os')", "cannot read"),
        ("max_pods.real", "cannot read"),
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("max_pods - 17", "gives 0, not a number of pods"),
        ("max_pods - 18", "gives -1, not a number of pods"),
        ("max_pods > 3", "gives True, not a number of pods"),
        ("2147483647 + 1", "not a number of pods"),
        ("9223372036854775807 + 1", "over 64 bits"),
        ("9" * 200, "over 64 bits"),
        ("1 ? 2 : 3", "no comparison"),
        ("(1 < 2) + 3", "a comparison stands where a number must"),
        ("1 < 2 ? 3", "':' is missing"),
        ("1" + " + 1" * 100, "over 200 characters"),
        ("(" * 21 + "1" + ")" * 21, "20 parentheses"),
    ],
)
def test_broken_expressions(expression: str, reason: str) -> None:
    """A broken expression is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=reason):
        evaluate(expression, T3_MEDIUM)


@given(st.text(alphabet="max_pods 0123456789+-*/%()<>=!?:.,'", max_size=220))
def test_any_text_gives_a_number_or_a_value_error(text: str) -> None:
    """No text makes the evaluator fail in another way, or give what is no number of pods."""
    try:
        pods = evaluate(text, T3_MEDIUM)
    except ValueError:
        return
    assert 0 < pods < 2**31


@given(
    st.recursive(
        st.integers(0, 99).map(str),
        lambda part: st.tuples(part, st.sampled_from("+-*"), part).map(
            lambda parts: f"({''.join(parts)})"
        ),
        max_leaves=9,
    )
)
def test_arithmetic_agrees_with_python(text: str) -> None:
    """On sums and products of whole numbers, CEL and Python agree."""
    expected = eval(text)
    if 0 < expected < 2**31:
        assert evaluate(text, T3_MEDIUM) == expected
    else:
        with pytest.raises(ValueError, match=r"not a number of pods|64 bits"):
            evaluate(text, T3_MEDIUM)


@pytest.mark.parametrize(
    ("given_max_pods", "settings", "pods"),
    [
        ("auto", {}, 58),
        ("auto", {"ENABLE_PREFIX_DELEGATION": True}, 58),  # the AMI knows nothing of prefixes
        ("recommended", {}, 58),
        ("recommended", {"ENABLE_PREFIX_DELEGATION": True}, 110),
        ("recommended", {"MAX_ENI": 1}, 16),
        (30, {}, 30),
        ("max_pods - 8", {}, 50),
    ],
)
def test_max_pods_of_a_group(given_max_pods: Any, settings: dict[str, Any], pods: int) -> None:
    """A group says auto, recommended, a number or an expression."""
    group = NodeGroup.model_validate(
        {"name": "a", "instance_type": "m5.2xlarge", "nodes": 1, "max_pods": given_max_pods}
    )
    assert max_pods(group, Ipamd.model_validate(settings)) == pods


@pytest.mark.parametrize(
    ("vcpus", "pods", "millicores", "mebibytes"),
    [
        (1, 8, 60, 443),  # 60; 11 x 8 + 255 + 100
        (2, 17, 70, 542),  # 60 + 10
        (4, 58, 80, 993),  # 60 + 10 + 10
        (8, 58, 90, 993),  # 60 + 10 + 10 + 4000 x 0.25 %
        (96, 737, 310, 8_462),  # 60 + 10 + 10 + 92000 x 0.25 %
    ],
)
def test_kube_reserved(vcpus: int, pods: int, millicores: int, mebibytes: int) -> None:
    """Cpu by the shares of the first, second, third and fourth and further cores."""
    one = InstanceType("x", vcpus, 1, max_enis=2, ipv4_per_eni=4)
    assert kube_reserved(one, pods) == (millicores, mebibytes)


def test_kube_reserved_needs_vcpus() -> None:
    """Without known vCPUs there is no answer."""
    with pytest.raises(ValueError, match=r"vCPUs of p3.2xlarge are not known"):
        kube_reserved(instance_type("p3.2xlarge"), 58)


@pytest.mark.parametrize(
    ("name", "settings", "addresses"),
    [
        ("m5.large", {}, 27),  # 3 x 9
        ("m5.large", {"MAX_ENI": 2}, 18),
        ("m5.large", {"MAX_ENI": 7}, 27),
        ("m5.large", {"ENABLE_PREFIX_DELEGATION": True}, 432),  # 3 x 9 x 16
        ("m4.large", {"ENABLE_PREFIX_DELEGATION": True}, 18),  # Xen: 2 x 9
        ("m5.metal", {"ENABLE_PREFIX_DELEGATION": True}, 11_760),  # 15 x 49 x 16
        ("m5.large", {"MINIMUM_IP_TARGET": 10}, 10),  # W = 0: short = M - T at most
        ("m5.large", {"MINIMUM_IP_TARGET": 99}, 27),
        ("m5.large", {"MINIMUM_IP_TARGET": 10, "WARM_IP_TARGET": 1}, 27),
        ("m5.large", {"MINIMUM_IP_TARGET": 17, "ENABLE_PREFIX_DELEGATION": True}, 32),
    ],
)
def test_address_capacity(name: str, settings: dict[str, Any], addresses: int) -> None:
    """ENIs x slots (x 16), or the minimum where no warm target lets the pool grow past it."""
    assert address_capacity(instance_type(name), Ipamd.model_validate(settings)) == addresses


def test_defaults_hold_what_auto_schedules() -> None:
    """With the default settings every type has an address for each pod but the two on the host."""
    assert all(auto(one) - 2 == address_capacity(one, Ipamd()) for one in all_types())
