"""This is where the reference of the events is made from their classes."""

import ast
import inspect
import textwrap
from itertools import pairwise
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from edge.model.event import EVENT_TYPES, EventData, EvidenceWeight

HEAD = """# Events

This page is made by `scripts/reference` from `edge/model/event.py`.
What is around an event on its way, and every topic, stands in [mqtt.md](mqtt.md).
The machine-readable twins are in [schemas/](schemas).

An event says what happened, and nothing about how it travels.
`edge replay --out FILE` and the MQTT topic `events` wrap it in a CloudEvent; the fields below stand
under `data`.
"""


def page() -> str:
    """Give the page in Markdown."""
    events = "".join(_event(kind) for kind in EVENT_TYPES)
    weight = f"\n## `evidence` of an identification\n\n{inspect.getdoc(EvidenceWeight)}\n\n"
    return HEAD + events + weight + fields_table(EvidenceWeight)


def _event(kind: type[EventData]) -> str:
    said = inspect.getdoc(kind)
    return f"\n## `{kind.type}`\n\n{said}\nClassification: {kind.sensitivity}.\n\n" + fields_table(
        kind
    )


def fields_table(kind: type[msgspec.Struct]) -> str:
    """Give the fields of a struct as a table: name on the wire, type, whether it may be missing."""
    told = field_docs(kind)
    rows = "".join(
        f"| `{field.encode_name}` | {type_name(field.type)} | "
        f"{'always' if field.required or _has_factory(field) else 'where known'} | "
        f"{told.get(field.name, '')} |\n"
        for field in msgspec.structs.fields(kind)
    )
    return "| field | type | there | what it is |\n|---|---|---|---|\n" + rows


def _has_factory(field: msgspec.structs.FieldInfo) -> bool:
    """Say whether the default comes from a factory: such a field is written all the same."""
    return field.default_factory is not msgspec.NODEFAULT


def field_docs(kind: type) -> dict[str, str]:
    """Give what is written under each field of a class."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    statements = body.body if isinstance(body, ast.ClassDef) else []
    told = {}
    for field, below in pairwise(statements):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                told[field.target.id] = " ".join(text.value.split())
    return told


def type_name(kind: Any) -> str:
    """Write a type in plain words."""
    if get_origin(kind) is tuple:
        return f"list of {type_name(get_args(kind)[0])}"
    if get_origin(kind) in {Union, UnionType}:
        return " or ".join(type_name(one) for one in get_args(kind))
    plain = getattr(kind, "__supertype__", kind)
    words = {str: "text", int: "whole number", float: "number", type(None): "null"}
    return words.get(plain, f"`{plain.__name__}`")
