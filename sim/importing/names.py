"""Names of a scenario's things, from names in a cluster."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63
_DIGITS = 8
_NOT_ALLOWED = re.compile(r"[^-A-Za-z0-9_.]+")


def workload_name(namespace: str, name: str) -> str:
    """The workload of a controller, such as ``payments.api``: a namespace has no dots."""
    return fitting(f"{namespace}.{name}")


def fitting(text: str) -> str:
    """The text as a name: other characters become dashes, and what is too long a digest."""
    plain = _NOT_ALLOWED.sub("-", text).strip("-_.") or "unnamed"
    if len(plain) <= LONGEST:
        return plain
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    return f"{plain[: LONGEST - _DIGITS - 1].rstrip('-_.')}-{digest}"
