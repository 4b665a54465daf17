"""This is where the settings' JSON Schema is made, for the platform and for editors."""

from typing import Any

from edge.config.schema import Settings

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_schema() -> dict[str, Any]:
    """Give the JSON Schema of the settings (docs/reference/settings.schema.json)."""
    return {"$schema": DIALECT, **Settings.model_json_schema(by_alias=True)}
