"""Data made from a JSON Schema: mostly what it allows, now and then not."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from .values import value

_NAMES = ("a", "b", "batch", "web")
_CIDRS = ("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/26", "10.0.3.0/28", "10.1.0.0/20")
_TYPES = ("m5.large", "t3.small", "m5.xlarge", "c5.4xlarge", "m7g.large")
_DURATIONS = ("0s", "1s", "30s", "1m", "90s", "5m", "10m", "250ms")
_KNOWN: dict[str, tuple[Any, ...]] = {
    "name": _NAMES,
    "subnet": ("batch",),
    "subnets": (["batch"],),
    "node_groups": (["batch"], None),
    "node_group": ("batch",),
    "cidr": _CIDRS,
    "instance_type": _TYPES,
    "duration": ("5m", "10m", "20m"),
    "file": ("trace.csv",),
    "schedule": ("* * * * *", "*/5 * * * *", "@hourly"),
    "seed": (1, 2, 3),
    "cni_version": ("1.23.1", "1.19.0", "1.7.5"),
}
"""What makes sense under a key wherever it stands."""

_ROWS = {"name": ("batch", "a", "b", "web"), "cidr": _CIDRS, "at": ("0s", "1m", "2m", "3m")}
"""What makes sense under a key of one item of a list after the other."""


class Grammar:
    """Makes data that a schema describes.

    Args:
        schema: the JSON Schema.
        hostile: how likely a part is replaced by something else.
        optional: how likely an optional key at the top is given; deeper ones are less likely.
    """

    def __init__(self, schema: dict[str, Any], hostile: float, optional: float = 0.4) -> None:
        self._schema, self._hostile, self._optional = schema, hostile, optional

    def make(self, random: Random) -> Any:
        """One document; scenarios have a duration, which most of them need."""
        made = self._make(random, self._schema, "", 0)
        if isinstance(made, dict) and "workload" in made and random.random() < 0.95:
            made["duration"] = random.choice(_KNOWN["duration"])
        return made

    def _make(self, random: Random, schema: Any, key: str, depth: int) -> Any:
        if depth > 12 or schema is True or random.random() < self._hostile:
            return value(random)
        if "$ref" in schema:
            return self._make(random, self._schema["$defs"][schema["$ref"][8:]], key, depth)
        for word, make in _CHOICES.items():
            if word in schema:
                return make(self, random, schema, key, depth)
        kind = str(schema.get("type"))
        if key in _KNOWN and (kind not in ("array", "object") or _is_of_texts(schema)):
            return random.choice(_KNOWN[key])
        make_one = _MAKERS.get(kind)
        return make_one(self, random, schema, key, depth) if make_one else value(random)

    def _one_of(self, random: Random, schema: Any, key: str, depth: int) -> Any:
        word = "anyOf" if "anyOf" in schema else "oneOf"
        return self._make(random, random.choice(schema[word]), key, depth + 1)

    def _all_of(self, random: Random, schema: Any, key: str, depth: int) -> Any:
        return self._make(random, schema["allOf"][0], key, depth + 1)

    def _object(self, random: Random, schema: Any, key: str, depth: int) -> Any:
        given = schema.get("properties", {})
        required = schema.get("required", ())
        likely = self._optional / (1 + depth)
        names = [name for name in given if name in required or random.random() < likely]
        if schema.get("maxProperties") == 1 and given:
            names = [random.choice(list(given))]
        if given.get("kind", {}).get("const") in ("poisson", "cronjob", "pattern"):
            names += ["start"] * ("start" in given)
        found = {name: self._make(random, given[name], name, depth + 1) for name in names}
        rest = schema.get("additionalProperties")
        if isinstance(rest, dict):
            for name in random.sample(("a", "batch", "held_mean", "x y"), random.randint(0, 2)):
                found[name] = self._make(random, rest, key, depth + 1)
        return found

    def _array(self, random: Random, schema: Any, key: str, depth: int) -> Any:
        least = max(1, schema.get("minItems", 0))
        size = random.randint(least, least + random.choice((0, 0, 1, 2)))
        made = [self._make(random, schema.get("items", True), key, depth + 1) for _ in range(size)]
        for part, found in _ROWS.items():
            for fitting, one in zip(found, made, strict=False):
                if isinstance(one, dict) and part in one and random.random() < 0.9:
                    one[part] = fitting
        return made

    def _integer(self, random: Random, schema: Any, _key: str, _depth: int) -> Any:
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        most = schema.get("maximum", least + 10**9)
        return min(most, least + random.choice((0, 1, 1, 2, 3, 5, 10)))

    def _number(self, random: Random, schema: Any, key: str, depth: int) -> Any:
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        whole = self._integer(random, {"minimum": least, **schema}, key, depth)
        return random.choice((whole, whole, whole + 0.5, least + 0.25))

    def _string(self, random: Random, schema: Any, _key: str, _depth: int) -> Any:
        if "s|m|h|d" in schema.get("pattern", ""):
            return random.choice(_DURATIONS)
        return random.choice(schema.get("examples") or ("a", "b", "x", "10.0.0.5", "> 5"))


def _is_of_texts(schema: Any) -> bool:
    return bool(schema.get("items", {}).get("type") == "string")


_Maker = Callable[[Grammar, Random, Any, str, int], Any]
_CHOICES: dict[str, _Maker] = {
    "const": lambda _self, _random, schema, _key, _depth: schema["const"],
    "enum": lambda _self, random, schema, _key, _depth: random.choice(schema["enum"]),
    "anyOf": Grammar._one_of,
    "oneOf": Grammar._one_of,
    "allOf": Grammar._all_of,
}
_MAKERS: dict[str, _Maker] = {
    "object": Grammar._object,
    "array": Grammar._array,
    "integer": Grammar._integer,
    "number": Grammar._number,
    "string": Grammar._string,
    "boolean": lambda _self, random, _schema, _key, _depth: random.random() < 0.5,
    "null": lambda _self, _random, _schema, _key, _depth: None,
}
