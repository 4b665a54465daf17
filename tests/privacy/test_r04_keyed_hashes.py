import ast
import itertools
from collections.abc import Iterator
from hashlib import blake2b, md5, sha1, sha256
from pathlib import Path

import msgspec
import pytest

from edge.privacy import recogniser
from edge.privacy.keyed import customer_mark, token_mark
from edge.privacy.pepper import Peppers, random_peppers
from edge.privacy.recogniser import Recogniser
from tests.privacy.kit import LINK, NOW, SECRET, customer, policy

ROOT = Path(__file__).resolve().parents[2]
KEYED = {"blake2b", "blake2s"}
HASHES = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "new", "file_digest"} | {
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "shake_128",
    "shake_256",
    "pbkdf2_hmac",
    "scrypt",
}
ALLOWED = {
    (
        "drivers/simulated/consents.py",
        "sha256",
    ): "a notice, named by its digest",
    (
        "drivers/camera_face/converting.py",
        "sha256",
    ): "a converted model, named by its digest",
    (
        "drivers/camera_face/packaged.py",
        "sha256",
    ): "a model's file, held against the digest that was written down",
    (
        "edge/cli/face_engine.py",
        "sha256",
    ): "a model's file, whose digest somebody asked for",
    (
        "edge/privacy/notice.py",
        "sha256",
    ): "a notice, named by its digest",
    (
        "edge/daemon/verify/statement.py",
        "sha256",
    ): "a statement without anybody in it, named by its digest",
}
"""(file, function) of every hash without a key, with what it hashes; never an identifier."""


def unkeyed_hashes(source: str) -> Iterator[str]:
    """Give the name of every hash that is used without a key."""
    tree = ast.parse(source)
    names = {"hashlib": "hashlib"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                one.asname or one.name: one.name for one in node.names if one.name == "hashlib"
            }
        if isinstance(node, ast.ImportFrom) and node.module == "hashlib":
            names |= {one.asname or one.name: f"hashlib.{one.name}" for one in node.names}
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        name = used_hash(node, names)
        if name in KEYED:
            call = calls.get(id(node))
            if call is None or "key" not in {one.arg for one in call.keywords}:
                yield name
        elif name in HASHES:
            yield name


def used_hash(node: ast.AST, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        is_hashlib = names.get(node.value.id) == "hashlib"
        return node.attr if is_hashlib else None
    if isinstance(node, ast.Name) and names.get(node.id, "").startswith("hashlib."):
        return names[node.id].removeprefix("hashlib.")
    return None


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import hashlib\nhashlib.sha256(b'')", ["sha256"]),
        ("import hashlib as h\nh.md5(b'')", ["md5"]),
        ("from hashlib import sha1 as quick\nquick(b'')", ["sha1"]),
        ("from hashlib import blake2b\nblake2b(b'', digest_size=6)", ["blake2b"]),
        ("from hashlib import blake2b\nblake2b(b'', salt=b'x')", ["blake2b"]),
        ("from hashlib import blake2b\nmake = blake2b", ["blake2b"]),
        ("from hashlib import blake2b\nblake2b(b'', key=k)", []),
        ("import hashlib\nhashlib.blake2s(b'', key=k)", []),
    ],
)
def test_r04_the_rule_itself_finds_what_it_must(source: str, found: list[str]) -> None:
    assert list(unkeyed_hashes(source)) == found


def test_r04_no_module_hashes_without_a_key() -> None:
    files = sorted(itertools.chain((ROOT / "edge").rglob("*.py"), (ROOT / "drivers").rglob("*.py")))

    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in unkeyed_hashes(file.read_text())
        if (str(file.relative_to(ROOT)), name) not in ALLOWED
    ]

    assert len(files) > 50
    assert found == []


def test_r04_sweeping_a_vendors_range_finds_nothing_in_what_is_held() -> None:
    address = bytes.fromhex("a483e7001122")
    held = {
        token_mark(SECRET, "link", address),
        customer_mark(SECRET, "c-1")[:8],
        Peppers(period_s=300, draw=random_peppers()).bucket(address, NOW).to_bytes(2, "big"),
    }
    held = {one for one in held if len(one) >= 8}
    hashes = (md5, sha1, sha256, lambda data: blake2b(data, digest_size=16))

    guesses = {
        made(form).digest()[:size]
        for low in range(0x1000, 0x1200)  # the canary's part of the vendor's range, 0x1122 in it
        for plain in [address[:4] + low.to_bytes(2, "big")]
        for form in (
            plain,
            plain.hex().encode(),
            plain.hex(":").encode(),
            plain.hex(":").upper().encode(),
        )
        for made in hashes
        for size in (8, 16, 20, 32)
    }

    assert held.isdisjoint(guesses)


def test_r04_another_secret_is_another_mark() -> None:
    marks = {token_mark(bytes([number]) * 32, "link", LINK) for number in range(50)}

    assert len(marks) == 50


def test_r04_a_card_and_a_link_of_the_same_bytes_have_different_marks() -> None:
    assert token_mark(SECRET, "link", LINK) != token_mark(SECRET, "card", LINK)


def test_r04_the_tables_of_the_recogniser_hold_no_address_and_no_code() -> None:
    book = Recogniser([customer("wifi_recognition")], policy=policy(), secret=SECRET)

    marks = [
        mark for slot in (recogniser.LINK, recogniser.CARD) for mark in book._roster._owners[slot]
    ]

    assert len(marks) == 2
    assert all(len(mark) == 16 and LINK not in mark for mark in marks)


def test_r04_a_customers_mark_is_stable_and_names_nobody() -> None:
    mark = customer_mark(SECRET, "c-1234")

    assert mark == customer_mark(SECRET, "c-1234")
    assert mark != customer_mark(SECRET, "c-1235")
    assert b"c-1234" not in msgspec.msgpack.encode(mark)
