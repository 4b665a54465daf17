import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.sync import topics
from edge.sync.address import Tls, parse_url, tls_context
from edge.sync.topics import NodeAddress, node_address, parse_topic, topic_level


def test_a_topic_reads_as_the_contract_says() -> None:
    address = node_address("toy-042", "node-1")

    assert address.topic(topics.EVENTS) == "edge/v1/toy-042/node-1/events"
    assert address.topic(topics.REQUEST, "ping") == "edge/v1/toy-042/node-1/request/ping"
    assert address.topic(topics.CUSTOMERS_SYNC) == "edge/v1/toy-042/node-1/customers/sync"


@pytest.mark.parametrize(
    "channel",
    ["events", "status", "customers", "customers/sync", "request/ping", "touchpoint/till-1"],
)
def test_a_topic_can_be_taken_apart_again(channel: str) -> None:
    place = parse_topic(f"edge/v1/s/n/{channel}")

    assert place is not None
    assert place.address == NodeAddress(store="s", node="n")
    assert "/".join(filter(None, (place.channel, place.name))) == channel


@pytest.mark.parametrize(
    "name",
    [
        "",
        "+",
        "#",
        "a/b",
        "a b",
        "ann@example.org",
        "x" * 65,
        "$SYS",
        "naïve",
        "a\x00",
        "aa-bb-cc-dd-ee-ff",
        "AABBCCDDEEFF",
        "v-00000000000000aa",
    ],
)
def test_what_could_be_a_wildcard_or_a_person_never_becomes_a_topic(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        topic_level(name, "node")

    assert caught.value.remedy
    assert not name or name not in str(caught.value)[:60]


@given(st.text())
def test_any_text_is_a_topic_of_ours_or_none(text: str) -> None:
    place = parse_topic(text)

    assert place is None or text.startswith("edge/v1/")


@given(st.text())
def test_a_name_is_refused_or_free_of_what_topics_must_not_hold(name: str) -> None:
    try:
        level = topic_level(name, "store")
    except ConfigError:
        return

    assert not set(level) & set("/+#$\x00 @")


@pytest.mark.parametrize(
    ("url", "host", "port", "secure"),
    [
        ("mqtt://broker", "broker", 1883, False),
        ("mqtts://broker.example:8884", "broker.example", 8884, True),
        ("mqtt://[::1]:1884", "::1", 1884, False),
    ],
)
def test_an_address_is_a_scheme_a_host_and_a_port(
    url: str, host: str, port: int, *, secure: bool
) -> None:
    broker = parse_url(url)

    assert (broker.host, broker.port, broker.tls is not None) == (host, port, secure)


@pytest.mark.parametrize(
    "url",
    ["", "broker", "http://broker", "mqtt://", "mqtt://b:99999", "mqtt://u:secret@b", "mqtt://b/x"],
)
def test_another_address_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_url(url)

    assert "secret" not in str(caught.value)


def test_a_missing_certificate_is_named(tmp_path: object) -> None:
    missing = Tls(ca=tmp_path / "ca.pem")

    with pytest.raises(ConfigError, match=r"ca\.pem"):
        tls_context(missing)
