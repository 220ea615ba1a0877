"""The JSON Schema of scenario files, for editors and other tools."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import SchemaSerializer, core_schema

from .models import ScenarioModel


class _Plain(GenerateJsonSchema):
    """Defaults as a user would write them, and no titles made of keys, which say nothing new."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's name)
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        made = super().default_schema(schema)
        if type(made.get("default")) is int:  # durations and quantities are texts
            serializer = SchemaSerializer(schema["schema"])
            made["default"] = serializer.to_python(made["default"], mode="json")
        if (factory := schema.get("default_factory")) in (list, dict):
            made["default"] = [] if factory is list else {}
        return made

    def sort(self, value: Any, parent_key: str | None = None) -> Any:  # noqa: ARG002 (as above)
        return value


def schema() -> dict[str, Any]:
    """The schema in draft 2020-12, with every key's description and default.

    It accepts whatever the loader accepts, and refuses unknown keys, kinds and units; what needs
    more than one field to be found wrong is for the loader to say.
    """
    return schema_of(ScenarioModel, "ipamd-sim scenario")


def schema_of(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The same of another kind of file."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | model.model_json_schema(schema_generator=_Plain) | {"title": title}
