"""This is where JSON Schemas of all payloads and event types are made from the classes."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from edge.model.event import EVENT_TYPES
from edge.sync.channels import CHANNELS
from edge.sync.cloudevents import SCHEMA_PREFIX, CloudEvent

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
"""The dialect that msgspec writes."""

ENVELOPE: Final = "cloudevent"
"""Name of the schema of one CloudEvent, whatever its type."""


def all_schemas() -> dict[str, dict[str, Any]]:
    """Give every schema by its name: event types, the envelope, and each topic's payload."""
    schemas = {kind.type: schema_of(kind, kind.type) for kind in EVENT_TYPES}
    schemas[ENVELOPE] = schema_of(CloudEvent, ENVELOPE)
    for channel in CHANNELS:
        schemas[channel.name] = schema_of(channel.payload, channel.name)
    return schemas


def schema_of(kind: Any, name: str) -> dict[str, Any]:
    """Give the schema of one class, complete in itself."""
    (schema,), definitions = _components([kind], "#/$defs/{name}")
    own = schema.get("$ref", "").removeprefix("#/$defs/")
    body = definitions.pop(own) if own else schema
    complete = {"$schema": DIALECT, "$id": SCHEMA_PREFIX + name, **body}
    return {**complete, "$defs": definitions} if definitions else complete


def shared_schemas(kinds: Iterable[Any], *, place: str) -> tuple[list[Any], dict[str, Any]]:
    """Give references to classes' schemas, and the schemas by name for a document's `place`."""
    return _components(list(kinds), f"{place}/{{name}}")


def _components(kinds: list[Any], template: str) -> tuple[list[Any], dict[str, Any]]:
    references, definitions = msgspec.json.schema_components(
        kinds, schema_hook=_any, ref_template=template
    )
    return list(references), dict(definitions)


def _any(kind: type) -> dict[str, Any]:
    """Describe what is passed on unread: any JSON."""
    if kind is msgspec.Raw:
        return {}
    raise NotImplementedError(kind)
