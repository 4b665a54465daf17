"""This is where faults on the way to the broker are put into words, each with what mends it."""

import ssl
from pathlib import Path
from typing import Final

from edge.daemon.doctor.broker_talk import Talk, own_topic
from edge.daemon.doctor.findings import fail, ok, shown, warn
from edge.driver.contract import Finding
from edge.errors import ConfigError
from edge.sync.address import Broker, Tls
from edge.sync.topics import NodeAddress

EXPIRED, NOT_YET = 10, 9
"""Results of OpenSSL's verification (openssl-verification-options(1), x509_vfy.h)."""
UNKNOWN_SIGNERS: Final = frozenset({2, 7, 18, 19, 20, 21})
"""7: an authority of the same name, with another key."""
OTHER_NAMES: Final = frozenset({62, 63, 64})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def setting_fault(error: ConfigError, settings: Path) -> Finding:
    """Tell what of the [mqtt] table cannot be used."""
    where = f" ({error.where})" if error.where else ""
    return fail(f"{error.what}{where}: {error.why}", f"{error.remedy}: `editor {shown(settings)}`")


def name_fault(error: OSError | TimeoutError, broker: Broker, settings: Path) -> Finding:
    """Tell why the broker's name leads nowhere."""
    if isinstance(error, TimeoutError):
        return fail(f"nobody answers what {broker.host} is: no DNS server is reached", "ip route")
    why = error.strerror or "no answer"
    remedy = f"see that the cable is in and the name is right: `editor {shown(settings)}`"
    return fail(f"the name {broker.host} is not known here: {why}", remedy)


def port_fault(error: OSError | TimeoutError, broker: Broker) -> Finding:
    """Tell why there is no connection."""
    place = f"{broker.host} port {broker.port}"
    if isinstance(error, TimeoutError):
        what = f"{place} does not answer; a firewall on the way drops it, or the host is down"
        return fail(what, f"have outgoing TCP to port {broker.port} allowed in the store's router")
    if isinstance(error, ConnectionRefusedError):
        what = f"{place} refuses connections: no broker listens there"
        own = broker.host in LOOPBACK
        there = "systemctl restart mosquitto" if own else "start the broker there, or mend the port"
        return fail(what, there)
    return fail(f"{place} is not reached: {error.strerror or error}", "ip route")


def handshake_fault(error: OSError | TimeoutError, broker: Broker, tls: Tls) -> Finding:
    """Tell why there is no TLS connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrust(error, broker, tls)
    if isinstance(error, TimeoutError):
        what = f"{broker.host} takes the connection and then says nothing: it may not speak TLS"
    elif isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        what = f"{broker.host} does not speak TLS at port {broker.port}"
    else:
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        what = f"{broker.host} ends the TLS handshake: {reason}"
    return fail(what, "use the broker's TLS port (8883) in [mqtt] url, or mqtt:// without TLS")


def judge_talk(talk: Talk, address: NodeAddress) -> tuple[Finding, ...]:
    """Tell what came of the login, the rights and the message there and back."""
    rights = f"topic readwrite {address.topic('#')}"
    allow = f"let {address.node} use its own topics, in mosquitto's acl_file: `{rights}`"
    if not talk.is_welcome:
        remedy = f"have the broker let {address.node} in, by its certificate or user name"
        return (fail(f"the broker does not let us in: {talk.why}", remedy),)
    welcome = ok(f"the broker lets {address.node} in")
    if talk.refused:
        topics = ", ".join(talk.refused)
        return (welcome, fail(f"the broker does not let us hear {topics}", allow))
    topic = own_topic(address)
    if talk.unpublished:
        what = f"the broker does not take our messages on {topic}: {talk.unpublished}"
        return (welcome, fail(what, allow))
    if talk.round_trip_ms is None:
        what = f"the broker took a message on {topic} and did not give it back to us"
        return (welcome, warn(what, allow))
    return (welcome, ok(f"a message went there and back in {talk.round_trip_ms:.0f} ms"))


def _distrust(error: ssl.SSLCertVerificationError, broker: Broker, tls: Tls) -> Finding:
    """Tell why the broker's certificate does not convince."""
    theirs = f"the certificate of {broker.host}"
    renew = f"have {theirs} renewed by whoever runs the broker"
    if error.verify_code == EXPIRED:
        return fail(f"{theirs} has expired", f"{renew}; if it has not, see the line about clock")
    if error.verify_code == NOT_YET:
        return fail(
            f"{theirs} does not count yet: this clock is behind", "timedatectl set-ntp true"
        )
    if error.verify_code in OTHER_NAMES:
        mend = "put the name that the certificate is made out to into [mqtt] url"
        return fail(f"{theirs} is made out to another name", mend)
    if error.verify_code in UNKNOWN_SIGNERS:
        trusted = f"the authority in {tls.ca}" if tls.ca else "the system's authorities"
        see = f"openssl s_client -connect {broker.host}:{broker.port} -showcerts </dev/null"
        remedy = f"put the authority that signed it into [mqtt] ca; see who that is: `{see}`"
        return fail(f"{theirs} is not signed by {trusted}", remedy)
    return fail(f"{theirs} does not convince: {error.verify_message}", renew)
