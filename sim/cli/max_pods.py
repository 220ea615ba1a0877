"""``ipamd-sim max-pods``: what ``max-pods-calculator.sh`` answers, without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click

from .examples import example

if TYPE_CHECKING:
    from sim.aws.instance_types import InstanceType


@click.command("max-pods", epilog=example("max-pods"))
@click.option(
    "-i", "--instance-type", "name", required=True, metavar="TYPE", help="Such as m5.2xlarge."
)
@click.option(
    "--cni-version",
    metavar="VERSION",
    help="Version of the VPC CNI; up to 1.8 it knows no prefixes.  [default: the modelled one]",
)
@click.option("--cni-prefix-delegation-enabled", "prefixes", is_flag=True, help="/28 prefixes.")
@click.option(
    "--cni-custom-networking-enabled",
    "custom",
    is_flag=True,
    help="Custom networking: the primary ENI holds no pod addresses.",
)
@click.option(
    "--cni-max-eni",
    "max_eni",
    type=click.IntRange(min=1),
    metavar="N",
    help="ENIs used at most, the primary included.  [default: as many as the type takes]",
)
@click.option(
    "--show-max-allowed",
    "allowed",
    is_flag=True,
    help="Leave out the recommended ceiling (110, or 250 over 30 vCPUs).",
)
def max_pods(
    name: str,
    cni_version: str | None,
    prefixes: bool,
    custom: bool,
    max_eni: int | None,
    allowed: bool,
) -> None:
    """Print the recommended max pods of an instance type.

    The answer is that of max-pods-calculator.sh, which EKS recommends, from the shipped table of
    instance limits: no account is asked.
    """
    from sim.kube.max_pods import CNI_VERSION, recommended

    instance = _instance_type(name)
    try:
        answer = recommended(
            instance,
            prefix_delegation=prefixes,
            custom_networking=custom,
            max_eni=max_eni or 0,
            cni_version=cni_version or CNI_VERSION,
            show_max_allowed=allowed,
        )
    except ValueError as error:
        _refuse("", str(error))
    click.echo(answer)


def _instance_type(name: str) -> InstanceType:
    from sim.aws.instance_types import instance_type, nearest

    try:
        return instance_type(name)
    except KeyError:
        names = ", ".join(nearest(name))
        remedy = f"did you mean {names}?" if names else "write it like m5.large"
        _refuse("--instance-type", f"unknown instance type {name!r}", remedy)


def _refuse(option: str, message: str, remedy: str = "") -> NoReturn:
    from sim.scenario.errors import InputError, Problem

    raise InputError([Problem(message, path=option, remedy=remedy)])
