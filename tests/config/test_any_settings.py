from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.config.layers import Layer, lay_over
from edge.config.load import check
from edge.config.schema import Settings
from edge.errors import ConfigError

PATH = Path("edge.toml")
KEYS = st.sampled_from(["id", "name", "zone", "source", "driver", "kind", "policy", "opening", "x"])
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(
    st.sampled_from(["store", "zone", "door", "source", "mqtt", "fusion", "x"]), VALUES, max_size=5
)


@given(below=TABLES, above=TABLES)
def test_any_two_layers_are_settings_or_a_list_of_faults(
    below: dict[str, Any], above: dict[str, Any]
) -> None:
    layers = [Layer(file=PATH, tables=below), Layer(file=Path("drop-in.toml"), tables=above)]

    try:
        settings = check(lay_over(layers), PATH)
    except ConfigError as error:
        lines = error.why.split("\n")
    else:
        lines = []
        assert isinstance(settings, Settings)

    assert all(line.startswith(("edge.toml: ", "drop-in.toml: ")) for line in lines)


@given(tables=TABLES)
def test_a_single_layer_keeps_every_table(tables: dict[str, Any]) -> None:
    once = lay_over([Layer(file=PATH, tables=tables)]).tables

    assert set(once) == set(tables)
    assert once.get("store") == tables.get("store")
