"""This is where what bleak gives becomes what the outlet takes, and forgotten.

Loaded when a source runs, because it needs bleak's types.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.ble_scan.beacon import EDDYSTONE, EID_FRAME
from drivers.ble_scan.ephemeral import EID_START
from drivers.ble_scan.inbox import Heard
from drivers.ble_scan.rebuilt import rebuilt_packet, rebuilt_payload
from drivers.ble_scan.report import BROKEN_REPORT, NO_SIGNAL, Report
from edge.driver.contract import Tape
from edge.driver.outlet import Outlet
from edge.model.names import Instant

UNKNOWN_SIGNALS: Final = (NO_SIGNAL, -NO_SIGNAL)
"""A controller's word for an unknown power, and bleak's."""
EID_TYPE: Final = EID_START[-1]
PUBLIC: Final = "public"
ADDRESS_SIZE: Final = 6


def hand_over_heard(
    outlet: Outlet, at: Instant, heard: Sequence[Heard], *, tape: Tape | None
) -> None:
    """Give the outlet, and the tape, advertisements that came in one go."""
    count = 0
    for device, advertisement in heard:
        address = address_of(device.address)
        if address is None:
            outlet.refuse(at, BROKEN_REPORT)
            continue
        is_random = device.details["props"].get("AddressType") != PUBLIC
        signal = advertisement.rssi
        signal_dbm = None if signal in UNKNOWN_SIGNALS else signal
        outlet.advert(
            at,
            address=address,
            is_random=is_random,
            ephemeral_id=live_ephemeral_id(advertisement.service_data),
            signal_dbm=signal_dbm,
        )
        count += 1
        if tape is not None:
            report = Report(
                address=address,
                is_random=is_random,
                payload=_payload(device, advertisement),
                signal_dbm=signal_dbm,
            )
            tape.write(at, rebuilt_packet(report))
    if count:
        outlet.heard(at, count)


def address_of(text: str) -> bytes | None:
    """Give the 6 bytes of an address as BlueZ writes it, most significant first."""
    try:
        address = bytes.fromhex(text.replace(":", ""))
    except ValueError:
        return None
    return address if len(address) == ADDRESS_SIZE else None


def live_ephemeral_id(service_data: Mapping[str, bytes]) -> bytes | None:
    """Give the 8 bytes of the Eddystone-EID, None where there is none."""
    frame = service_data.get(EDDYSTONE)
    if not frame or frame[0] != EID_TYPE or len(frame) < EID_FRAME.size:
        return None
    return frame[2 : EID_FRAME.size]


def _payload(device: BLEDevice, advertisement: AdvertisementData) -> bytes:
    return rebuilt_payload(
        flags=bytes(device.details["props"].get("AdvertisingFlags", b"")),
        services=advertisement.service_uuids,
        service_data=advertisement.service_data,
        manufacturer_data=advertisement.manufacturer_data,
        tx_power_dbm=advertisement.tx_power,
    )
