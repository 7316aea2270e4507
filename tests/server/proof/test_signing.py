"""A head is signed by a key that stays in its file."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from server.proof.signing import Head, Signer


def test_what_is_signed_is_the_tree_head_of_the_rfc() -> None:
    head = Head(size=258, root=bytes(range(32)), at="2001-09-09T01:46:40.123Z")  # 10¹² ms and 123
    #                      milliseconds       size               length and root           no extensions
    assert head.data().hex() == "000000e8d4a5107b" + "0000000000000102" + "20" + bytes(range(32)).hex() + "0000"


def test_a_signature_holds_for_its_head_and_its_key_only(tmp_path: Path) -> None:
    signer, other = Signer.of(tmp_path / "a.key"), Signer.of(tmp_path / "b.key")
    head = signer.sign(Head(size=7, root=b"r" * 32, at="2026-11-18T00:00:00.123Z"))
    assert head.is_signed()
    assert head.key == signer.public == Signer.of(tmp_path / "a.key").public
    for changed in (
        replace(head, size=8),
        replace(head, root=b"s" * 32),
        replace(head, at="2026-11-18T00:00:00.124Z"),
        replace(head, key=other.public),
        replace(head, key=b"no key"),
        replace(head, signature=b"x" * 64),
        replace(head, signature=b""),
    ):
        assert not changed.is_signed(), changed


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "seal.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: Signer.of(path).public, range(8)))
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    kept = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    for content in (b"", b"secret", X25519PrivateKey.generate().private_bytes(*kept)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r".") as refusal:
            Signer.of(path)
        assert path.read_bytes() == content
        assert "secret" not in str(refusal.value)
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(*kept))
    assert Signer.of(path).public
