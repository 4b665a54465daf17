import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
from pydantic_core import PydanticUndefined

from edge.config.checks import cross_faults
from edge.config.faults import schema_faults
from edge.config.json_schema import settings_schema
from edge.config.policies import load_policy, policy_names
from edge.config.schema import Settings, Table, table_at
from edge.model.customer import Purpose
from edge.privacy.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
LISTS = {"zone", "door", "source"}


def settings_rows() -> dict[str, list[str]]:
    rows = {}
    for name, field in Settings.model_fields.items():
        key = field.alias or name
        table = table_at((key,))
        assert table is not None
        rows[f"[[{key}]]" if key in LISTS else f"[{key}]"] = key_rows(table)
    return rows


def key_rows(table: type[Table]) -> list[str]:
    return [
        f"| `{key}` | {shown(field.default)} | {' '.join((field.description or '').split())} |"
        for key, field in table.model_fields.items()
    ]


def shown(default: Any) -> str:
    if default is PydanticUndefined:
        return "required"
    return "none" if default is None else f"`{json.dumps(default)}`"


def policy_rows() -> list[str]:
    policies = [load_policy(name)[0] for name in policy_names()]
    plain = [
        one for one in Policy.__struct_fields__ if one not in {"name", "max_stale_s", "retention"}
    ]
    rows = [(one, [getattr(policy, one) for policy in policies]) for one in plain]
    rows += [
        (f"max_stale_s.{purpose}", [policy.max_stale_s.get(purpose, "-") for policy in policies])
        for purpose in Purpose
    ]
    rows += [
        (f"retention.{one}", [getattr(policy.retention, one) for policy in policies])
        for one in ("visits_d", "templates_d", "audit_d")
    ]
    return [f"| `{key}` | {' | '.join(map(word, values))} |" for key, values in rows]


def word(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def uncommented() -> dict[str, Any]:
    text = (ROOT / "config" / "edge.toml").read_text()
    return tomllib.loads(re.sub(r"^#(?! )", "", text, flags=re.MULTILINE))


def test_every_setting_stands_in_the_reference_with_its_default_and_purpose() -> None:
    text = (REFERENCE / "settings.md").read_text()

    missing = [
        line
        for head, rows in settings_rows().items()
        for line in (f"## `{head}`", *rows)
        if line not in text
    ]

    assert missing == []


def test_every_policy_stands_in_the_reference_as_its_file_says() -> None:
    text = (REFERENCE / "policies.md").read_text()

    missing = [row for row in policy_rows() if row not in text]

    assert missing == []
    assert all(f"`{name}`" in text for name in policy_names())


def test_the_committed_json_schema_is_the_one_of_the_code() -> None:
    committed = json.loads((REFERENCE / "settings.schema.json").read_text())

    assert committed == settings_schema(), "write edge.config.json_schema.settings_schema() there"


def test_the_shipped_settings_are_in_order_as_they_are() -> None:
    tables = tomllib.loads((ROOT / "config" / "edge.toml").read_text())

    assert schema_faults(tables) == []
    jsonschema.validate(tables, settings_schema())


def test_the_shipped_settings_are_in_order_with_every_line_in_force() -> None:
    tables = uncommented()

    faults = schema_faults(tables) + cross_faults(tables, policies=policy_names())

    assert faults == []
    jsonschema.validate(tables, settings_schema())


def test_every_setting_stands_in_the_shipped_file() -> None:
    tables = uncommented()

    for name, field in Settings.model_fields.items():
        key = field.alias or name
        table = table_at((key,))
        entries = tables[key] if key in LISTS else [tables[key]]
        assert table is not None
        assert set(table.model_fields) == {one for entry in entries for one in entry}, key


def test_a_commented_default_is_the_default() -> None:
    store = uncommented()["store"]

    assert store["timezone"] == Settings.model_validate({"store": {"id": "x"}}).store.timezone
    assert store["policy"] == Settings.model_validate({"store": {"id": "x"}}).store.policy
