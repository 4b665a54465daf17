"""This is where it is worked out in which forms a raw identifier could have been written."""

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

HEAD_BYTES: Final = 3
"""By its first bytes a needle is looked for; every form is longer."""
PART_BYTES: Final = 1 << 23
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
        "UTF-16, big end first": text.encode("utf-16-be"),
        "escaped as JSON": json.dumps(text)[1:-1].encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "hex, colons": raw.hex(":").encode(),
    }
    if text.isdigit():
        number = int(text)
        plain["number"] = number.to_bytes(6, "big")
        plain["number, reversed"] = number.to_bytes(6, "little")
    return with_hashes(plain)


def vector_forms(vector: Sequence[float]) -> dict[str, bytes]:
    """Give every form in which the start of a face's vector could lie in a file."""
    few = vector[:6]  # so many bytes that base64 needs no filling
    plain = {
        f"{name}, {order}": struct.pack(f"{mark}{len(few)}{code}", *few)
        for name, code in (("float32", "f"), ("float64", "d"))
        for order, mark in (("little end first", "<"), ("big end first", ">"))
    }
    rounded = struct.unpack("<6f", struct.pack("<6f", *few))
    for name, numbers in (("text", few), ("text of float32", rounded)):
        plain[f"{name}, JSON"] = json.dumps(numbers[:3])[1:-1].encode()
        plain[f"{name}, tight JSON"] = json.dumps(numbers[:3], separators=(",", ":"))[1:-1].encode()
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


class Finder:
    """Looks for thousands of needles at once, in memory images too."""

    def __init__(self, canaries: Mapping[str, Mapping[str, bytes]]) -> None:
        self._needles: dict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
        self._is_head = np.zeros(1 << 8 * HEAD_BYTES, dtype=bool)
        for canary, forms in canaries.items():
            for name, form in forms.items():
                head = form[:HEAD_BYTES]
                self._needles[head].append((f"{canary} as {name}", form))
                self._is_head[int.from_bytes(head, "little")] = True

    def find(self, place: str, hay: bytes) -> set[str]:
        """Name every canary that was found, in which form and where."""
        found: set[str] = set()
        for start in range(0, len(hay), PART_BYTES):
            part = np.frombuffer(hay, np.uint8, offset=start, count=-1)[: PART_BYTES + HEAD_BYTES]
            wide = part.astype(np.uint32)
            heads = wide[:-2] | wide[1:-1] << 8 | wide[2:] << 16
            for at in np.flatnonzero(self._is_head[heads]):
                begin = start + int(at)
                found |= {
                    f"{name} in {place}"
                    for name, form in self._needles[hay[begin : begin + HEAD_BYTES]]
                    if hay.startswith(form, begin)
                }
        return found


def hits(
    haystacks: Iterable[tuple[str, bytes]], canaries: Mapping[str, Mapping[str, bytes]]
) -> set[str]:
    """Name every canary that was found, in which form and where."""
    finder = Finder(canaries)
    return {found for place, hay in haystacks for found in finder.find(place, hay)}


def everything_below(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Give the name and the content of every file, and the content of what is compressed."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            yield "a name", str(path.relative_to(folder)).encode()
            if path.is_file():
                yield from opened(path.name, path.read_bytes())


def opened(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a content as it is, and unpacked where it is compressed or an archive."""
    yield place, content
    for unpack in (zlib.decompress, gzip.decompress):
        try:
            plain = unpack(content)
        except (zlib.error, gzip.BadGzipFile, EOFError):
            continue
        yield from in_archive(f"{place}, unpacked", plain)


def in_archive(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a content as it is, and every file in it where it is an archive."""
    yield place, content
    if not tarfile.is_tarfile(io.BytesIO(content)):
        return
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if file := archive.extractfile(member):
                yield f"{place}, {member.name}", file.read()


def _base64(form: bytes) -> bytes:
    return b64encode(form).rstrip(b"=")
