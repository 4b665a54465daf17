"""This is where it is worked out in which forms a raw identifier could have been written."""

import hashlib
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

HASHES: Final = (hashlib.md5, hashlib.sha1, hashlib.sha256)  # to find them, not to protect by them


def address_forms(address: bytes) -> dict[str, bytes]:
    """Give every form in which an address could lie in a file, by name."""
    plain: dict[str, bytes] = {}
    for order, raw in (("", address), ("reversed ", address[::-1])):
        plain[f"{order}raw"] = raw
        for mark, name in ((":", "colons"), ("-", "dashes"), ("", "no mark")):
            text = raw.hex(mark) if mark else raw.hex()
            plain[f"{order}hex, {name}"] = text.encode()
            plain[f"{order}HEX, {name}"] = text.upper().encode()
        plain[f"{order}decimal"] = str(int.from_bytes(raw, "big")).encode()
    return with_hashes(plain)


def text_forms(text: str) -> dict[str, bytes]:
    """Give every form in which a code, a network's name or a person's name could lie in a file."""
    raw = text.encode()
    plain = {
        "text": raw,
        "upper": text.upper().encode(),
        "lower": text.lower().encode(),
        "backwards": text[::-1].encode(),
        "UTF-16": text.encode("utf-16-le"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "hex, colons": raw.hex(":").encode(),
    }
    if text.isdigit():
        number = int(text)
        plain["number"] = number.to_bytes(6, "big")
        plain["number, reversed"] = number.to_bytes(6, "little")
    return with_hashes(plain)


def with_hashes(plain: dict[str, bytes]) -> dict[str, bytes]:
    """Add base64 and plain hashes of each form."""
    forms = dict(plain)
    for name, form in plain.items():
        forms[f"base64 of {name}"] = _base64(form)
        forms[f"urlsafe base64 of {name}"] = urlsafe_b64encode(form).rstrip(b"=")
        for make in HASHES:
            digest = make(form).digest()
            label = f"{make.__name__.removeprefix('openssl_')} of {name}"
            forms[label] = digest
            forms[f"{label}, hex"] = digest.hex().encode()
            forms[f"{label}, HEX"] = digest.hex().upper().encode()
            forms[f"{label}, base64"] = _base64(digest)
    return forms


def hits(haystacks: Iterable[tuple[str, bytes]], canaries: dict[str, dict[str, bytes]]) -> set[str]:
    """Name every canary that was found, in which form and where."""
    found: set[str] = set()
    for place, hay in haystacks:
        for canary, forms in canaries.items():
            found |= {
                f"{canary} as {name} in {place}" for name, form in forms.items() if form in hay
            }
    return found


def everything_below(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Give the name and the content of every file, and the content of what is compressed."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            yield "a name", str(path.relative_to(folder)).encode()
            if path.is_file():
                yield from opened(path.name, path.read_bytes())


def opened(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a content as it is, and unpacked where it is compressed."""
    yield place, content
    try:
        yield f"{place}, unpacked", zlib.decompress(content)
    except zlib.error:
        return


def _base64(form: bytes) -> bytes:
    return b64encode(form).rstrip(b"=")
