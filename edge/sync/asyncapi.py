"""This is where the AsyncAPI document of the contract is made from the code, and written down."""

import json
from pathlib import Path
from typing import Any, Final

from edge.model.event import EVENT_TYPES
from edge.sync.channels import CHANNELS, JSON, Channel
from edge.sync.schemas import all_schemas, shared_schemas
from edge.sync.topics import PREFIX

BINDINGS: Final = "0.2.0"
"""Version of AsyncAPI's MQTT bindings."""

CONTRACT_VERSION: Final = "1.0.0"

_PARAMETERS: Final = {
    "store": "The store's id.",
    "node": "The appliance's name, the common name of its certificate.",
    "touchpoint": "The name of a screen, kiosk, tablet or till.",
    "command": "The name of a command, such as ping.",
}

_BATCH_HEADERS: Final = {
    "type": "object",
    "description": "MQTT 5 user properties; all are texts.",
    "required": ["epoch", "first", "last", "schema", "historical", "acknowledged"],
    "properties": {
        "epoch": {"type": "string", "description": "The ledger's lifetime."},
        "first": {"type": "string", "pattern": "^[0-9]+$", "description": "First sequence."},
        "last": {"type": "string", "pattern": "^[0-9]+$", "description": "Last sequence."},
        "schema": {"type": "string", "const": "1"},
        "historical": {"enum": ["true", "false"], "description": "Older than 5 minutes."},
        "acknowledged": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Sequence up to which the platform confirmed before.",
        },
        "content-encoding": {"const": "zlib"},
    },
}


def asyncapi_document() -> dict[str, Any]:
    """Give the AsyncAPI 3.0 document."""
    kinds = [channel.payload for channel in CHANNELS] + list(EVENT_TYPES)
    references, definitions = shared_schemas(kinds, place="#/components/schemas")
    payloads = dict(zip((channel.name for channel in CHANNELS), references, strict=False))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Store Edge",
            "version": CONTRACT_VERSION,
            "description": "What an appliance and the customer-data platform say over MQTT 5.",
        },
        "defaultContentType": JSON,
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in CHANNELS},
        "components": {
            "messages": {
                channel.name: _message(channel, payloads[channel.name]) for channel in CHANNELS
            },
            "schemas": dict(sorted(definitions.items())),
        },
    }


def reference_files() -> dict[str, str]:
    """Give every generated file below docs/reference by its path, with its text."""
    files = {"asyncapi.json": _text(asyncapi_document())}
    for name, schema in all_schemas().items():
        files[f"schemas/{name}.json"] = _text(schema)
    return files


def write_reference(folder: Path) -> list[Path]:
    """Write the generated files below docs/reference and take away what is no longer made."""
    files = reference_files()
    for old in (folder / "schemas").glob("*.json"):
        if f"schemas/{old.name}" not in files:
            old.unlink()
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder / name for name in files)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _channel(channel: Channel) -> dict[str, Any]:
    address = f"{PREFIX}/{{store}}/{{node}}/{channel.topic}"
    return {
        "address": address,
        "summary": channel.summary,
        "parameters": {
            name: {"description": text}
            for name, text in _PARAMETERS.items()
            if f"{{{name}}}" in address
        },
        "messages": {channel.name: {"$ref": f"#/components/messages/{channel.name}"}},
    }


def _operation_name(channel: Channel) -> str:
    return f"{'send' if channel.direction == 'up' else 'receive'}-{channel.name}"


def _operation(channel: Channel) -> dict[str, Any]:
    """Describe what the appliance does with a channel."""
    binding: dict[str, Any] = {"qos": channel.qos, "retain": channel.is_retained}
    if channel.expiry_s is not None:
        binding["messageExpiryInterval"] = channel.expiry_s
    return {
        "action": "send" if channel.direction == "up" else "receive",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.name}"}],
        "bindings": {"mqtt": {**binding, "bindingVersion": BINDINGS}},
    }


def _message(channel: Channel, payload: Any) -> dict[str, Any]:
    message = {
        "name": channel.name,
        "summary": channel.summary,
        "contentType": channel.content_type,
        "payload": payload,
        "bindings": {
            "mqtt": {"contentType": channel.content_type, "bindingVersion": BINDINGS},
        },
    }
    if channel.name == "events":
        message["headers"] = _BATCH_HEADERS
    return message
