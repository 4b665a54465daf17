"""This is where a recording's own settings are worked out.

A recording comes from elsewhere, perhaps from another version: what this one does not know in its
settings is a warning. Its sources are those of recording.toml; a settings file only adds to them.
"""

from collections.abc import Iterator
from typing import Any, Final

from edge.config.doors import add_doors
from edge.config.faults import schema_faults, spell
from edge.config.layers import Layered, Place, entries, lay_over, read_layer
from edge.config.load import check
from edge.config.policies import policy_names
from edge.config.schema import Settings
from edge.driver.contract import SourceSpec
from edge.driver.options import meant
from edge.driver.recording import MANIFEST, Recording
from edge.errors import ConfigError
from edge.model.place import ZoneKind
from edge.privacy.policy import OFF
from edge.privacy.signature import PlatformKey

FLOOR_KEY: Final = "rssi_floor_dbm"


def load_recorded_settings(recording: Recording) -> tuple[Settings, tuple[str, ...]]:
    """Give the settings to replay a recording with, and warnings about what was passed over.

    Raises: ConfigError that lists every fault that cannot be passed over.
    """
    path = recording.settings or recording.folder / MANIFEST
    layers = [read_layer(recording.settings)] if recording.settings else []
    layered = lay_over(layers)
    tables = layered.tables
    warnings = [*_complete_store(tables, recording), *_drop_unknown(layered)]
    _complete_sources(tables, recording)
    warnings += _leave_out_doors(tables)
    add_doors(tables)
    warnings += _add_zones(tables)
    return check(layered, path), tuple(warnings)


def _complete_store(tables: dict[str, Any], recording: Recording) -> Iterator[str]:
    """Fill in what recording.toml says about the store, and doubt what cannot be relied on."""
    store = tables.setdefault("store", {})
    if not isinstance(store, dict):
        return
    if store.get("id", recording.store) != recording.store:
        yield f"the settings call the store {store['id']!r}; {recording.store!r} counts"
    store["id"] = recording.store
    store.setdefault("timezone", recording.timezone)
    if recording.platform_key is not None:
        store["platform_key"] = recording.platform_key
    yield from _doubt_key(store)
    yield from _doubt_policy(store)


def _doubt_key(store: dict[str, Any]) -> Iterator[str]:
    keys = store.get("platform_key", "")
    try:
        PlatformKey.parse(map(str, keys) if isinstance(keys, list) else str(keys))
    except ConfigError as error:
        if store.pop("platform_key", None) is not None:
            yield f"{error.what} ({error.why}), so nobody will be known"


def _doubt_policy(store: dict[str, Any]) -> Iterator[str]:
    name = store.get("policy", OFF.name)
    if isinstance(name, str) and name not in policy_names():
        store["policy"] = OFF.name
        yield f"there is no policy {name!r}, so off is in force; {meant(name, policy_names())}"


def _drop_unknown(layered: Layered) -> Iterator[str]:
    """Take out every key that this version does not know."""
    unknown = [fault for fault in schema_faults(layered.tables) if fault.is_unknown_key]
    for fault in unknown:
        yield f"{spell(fault.place, layered.tables)}: {fault.what}; it is passed over"
    for fault in unknown:
        _take_out(layered.tables, fault.place)


def _take_out(tables: Any, place: Place) -> None:
    *path, key = place
    for step in path:
        tables = tables[step]
    del tables[key]


def _complete_sources(tables: dict[str, Any], recording: Recording) -> None:
    """Put the recording's sources in place of the settings', with what those add."""
    added = {str(entry.get("name")): entry for entry in entries(tables, "source")}
    tables["source"] = [
        _completed(source.spec, added.get(source.spec.name, {})) for source in recording.sources
    ]


def _completed(spec: SourceSpec, added: dict[str, Any]) -> dict[str, Any]:
    options = dict(spec.options)
    told = {"zone": spec.zone, "lane": spec.lane, "profile": spec.profile}
    told[FLOOR_KEY] = options.pop(FLOOR_KEY, None)
    extra = added.get("options")
    return {
        **added,
        **{key: value for key, value in told.items() if value is not None},
        "name": spec.name,
        "driver": spec.driver,
        "options": {**(extra if isinstance(extra, dict) else {}), **options},
    }


def _leave_out_doors(tables: dict[str, Any]) -> Iterator[str]:
    """Take out the doors whose source was not recorded."""
    sources = {source["name"] for source in tables["source"]}
    for door in entries(tables, "door"):
        if isinstance(door.get("source"), str) and door["source"] not in sources:
            tables["door"].remove(door)
            yield f"door {door.get('name')!r}: its source {door['source']!r} was not recorded"


def _add_zones(tables: dict[str, Any]) -> Iterator[str]:
    """Declare the zones that a door or a source names and nobody declared."""
    if not isinstance(tables.setdefault("zone", []), list):
        return
    known = {entry.get("name") for entry in entries(tables, "zone")}
    at_doors = [entry.get("zone") for entry in entries(tables, "door")]
    named = [*at_doors, *(entry.get("zone") for entry in entries(tables, "source"))]
    for zone in dict.fromkeys(one for one in named if isinstance(one, str)):
        if zone not in known:
            kind = ZoneKind.ENTRANCE if zone in at_doors else ZoneKind.FLOOR
            tables["zone"].append({"name": zone, "kind": kind.value})
            yield f"zone {zone!r} is not declared; it is taken for kind {kind.value}"
