"""This is where the settings of a store are described: every table, key, default and limit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from edge.config.notices import notice_languages
from edge.config.opening import parse_opening
from edge.driver.contract import SourceSpec
from edge.driver.options import meant
from edge.errors import ConfigError
from edge.model.names import SourceName
from edge.model.place import ZoneKind
from edge.privacy.signature import PlatformKey


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("there is no such timezone; write it as Europe/Berlin") from error
    return name


def _opening(text: str) -> str:
    parse_opening(text)
    return text


def _platform_key(keys: str | tuple[str, ...]) -> str | tuple[str, ...]:
    try:
        PlatformKey.parse(keys)
    except ConfigError as error:
        raise ValueError(f"{error.why}; {error.remedy}") from error
    return keys


def _mqtt_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.password:
        raise ValueError("write it as mqtts://host:port, without a password in it")
    return text


def _https_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("write it as https://shop.example/privacy")
    return text


def _languages(wanted: tuple[str, ...]) -> tuple[str, ...]:
    known = notice_languages()
    for language in wanted:
        if language not in known:
            raise ValueError(f"there is no notice in {language!r}; {meant(language, known)}")
    return wanted


def _lane(value: Any) -> Any:
    return str(value) if type(value) is int else value


Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^/+#\s\x00-\x1f]+$")]
"""A name that can stand in an MQTT topic."""
Label = Annotated[str, Field(min_length=1, max_length=64)]


class Table(BaseModel):
    """What every table of the settings has in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StoreSettings(Table):
    """The store and the rules it is under."""

    id: Name
    """The store's name at the platform; it stands in MQTT topics."""
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    """The store's own time, as in the IANA database: Europe/Berlin."""
    policy: str = "off"
    """The jurisdiction's policy, a file of config/policies/. Under `off` nobody is known."""
    opening: Annotated[str, AfterValidator(_opening)] | None = None
    """Opening hours as HH:MM-HH:MM in the store's own time; outside them nothing is processed."""
    platform_key: Annotated[str | tuple[str, ...], AfterValidator(_platform_key)] | None = None
    """The platform's public key, as `ed25519:<base64>`, or a list while it changes its key: each of
    them counts. Without one no consent counts."""
    key_file: Path | None = None
    """The device key's file, mode 0600, on another volume than the database; made at the first
    start. Without one it lies beside the database, unless systemd hands over `device-key`."""


class ZoneSettings(Table):
    """A named area of the store."""

    name: Label
    """Its name; `store` and `unknown` are taken."""
    kind: ZoneKind = ZoneKind.FLOOR
    """entrance, floor, checkout or kiosk."""


class DoorSettings(Table):
    """A place where a source counts people in and out."""

    name: Label
    """Its name."""
    source: Label
    """The source that counts there."""
    zone: Label | None = None
    """The zone people come into through it."""


class SourceSettings(Table):
    """One sensor."""

    name: Label
    """Its name, unique in the store."""
    driver: Label
    """The driver it needs; `edge drivers` lists them."""
    zone: Label | None = None
    """The zone it stands in."""
    lane: Annotated[Label, BeforeValidator(_lane)] | None = None
    """The checkout lane of a till or scanner."""
    profile: Label | None = None
    """The device profile, a file of config/devices/, for drivers that have them."""
    rssi_floor_dbm: Annotated[int, Field(ge=-127, le=0)] | None = None
    """Received power in dBm below which nothing is processed."""
    options: dict[str, Any] = {}
    """Settings of the driver's own; the driver checks them."""

    def spec(self) -> SourceSpec:
        """Give what the driver is made from."""
        return SourceSpec(
            name=SourceName(self.name),
            driver=self.driver,
            zone=self.zone,
            lane=self.lane,
            profile=self.profile,
            options=dict(self.options),
        )


class MqttSettings(Table):
    """The way to the platform; without this table the store keeps everything to itself."""

    url: Annotated[str, AfterValidator(_mqtt_url)]
    """The broker, as mqtts://host:port."""
    node: Name
    """This device's name at the platform, the same as in its certificate."""
    ca: Path | None = None
    """File of the certificate authority that signed the broker's certificate."""
    cert: Path | None = None
    """File of this device's certificate."""
    key: Path | None = None
    """File of the certificate's private key."""


class FusionSettings(Table):
    """How observations become visits; a key that is left out has fusion's own value."""

    lateness_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    """Seconds an observation may come late and still be put in its place."""
    settle_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    """Seconds a door count waits for a token before it is announced as a visit."""


class NoticeSettings(Table):
    """What the notice to customers says beside what follows from the other settings.

    Without this table no face is looked at; with `published`, only what the published notice says
    is sensed, and only for the purposes that it names.
    """

    controller: Annotated[str, Field(min_length=1, max_length=200)]
    """Who answers for the processing: company and address."""
    contact: Annotated[str, Field(min_length=1, max_length=200)]
    """How the data-protection desk is reached."""
    url: Annotated[str, AfterValidator(_https_url)] | None = None
    """Where the whole notice stands on the web; the code on the door sign leads there."""
    languages: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_languages)] = ("en",)
    """Languages of the notice, those of config/notices/, in the order of the sign."""
    published: Path | None = None
    """File that `edge notice publish` wrote: the notice that customers see."""


class PrivacySettings(Table):
    """What customers can do without giving anything away."""

    paused: bool = False
    """Stops all sensing but door counters."""
    optout_code: Annotated[str, Field(min_length=4, max_length=128)] | None = None
    """Text of the code 'do not count'; a scanner that reads it silences the radios of its zone."""
    withdraw_source: str | None = None
    """Scanner at which a card takes all of its customer's consents back, and does nothing else."""
    optout_quiet_s: Annotated[int, Field(ge=10, le=3600)] = 60
    """Seconds for which they are silent then."""


class Settings(Table):
    """Everything a store is told; lists are written as [[zone]], [[door]] and [[source]]."""

    store: StoreSettings
    zones: Annotated[tuple[ZoneSettings, ...], Field(alias="zone")] = ()
    doors: Annotated[tuple[DoorSettings, ...], Field(alias="door")] = ()
    sources: Annotated[tuple[SourceSettings, ...], Field(alias="source")] = ()
    mqtt: MqttSettings | None = None
    fusion: FusionSettings = FusionSettings()
    notice: NoticeSettings | None = None
    privacy: PrivacySettings = PrivacySettings()


def table_at(path: tuple[int | str, ...]) -> type[Table] | None:
    """Give the table that a place in the settings (`store`, or `source` and a number) is in."""
    tables: Mapping[str, type[Table]] = {
        "store": StoreSettings,
        "zone": ZoneSettings,
        "door": DoorSettings,
        "source": SourceSettings,
        "mqtt": MqttSettings,
        "fusion": FusionSettings,
        "notice": NoticeSettings,
        "privacy": PrivacySettings,
    }
    return tables.get(str(path[0])) if path else Settings
