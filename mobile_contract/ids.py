"""Identifiers: what a valid one looks like, and how a natural key becomes one.

Ids are UUIDv7 made by the creator of the thing (RFC 9562), so that a phone needs no server to name its work. Where a
natural key exists – one daily log per section and day, one row per trade – the id is the UUIDv5 of that key, so that
two people who create the same thing offline end with one record and not with a duplicate.
"""

import re
import uuid
from collections.abc import Iterable

_CANONICAL_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[57][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCOPE = re.compile(r"(?:person|(?:archive:)?(?:section|project)):" + _CANONICAL_UUID.pattern)
#: The same for documents, anchored.
UUID_PATTERN = f"^{_CANONICAL_UUID.pattern}$"
SHA256_PATTERN = f"^{_SHA256.pattern}$"
_ARCHIVE = "archive:"

#: Root of every natural key of Plumbline: the UUIDv5 of a fixed URN, so that any client can recompute it.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:plumbline:natural-key:1")


def is_id(text: str) -> bool:
    """Return whether ``text`` is a UUID of version 5 or 7 in its canonical lower-case form (36 characters)."""
    return _CANONICAL_UUID.fullmatch(text) is not None


def is_derived(key: str) -> bool:
    """Return whether a valid id follows from something else (UUIDv5), rather than being made afresh (UUIDv7)."""
    return key[14] == "5"


def is_sha256(text: str) -> bool:
    """Return whether ``text`` is a SHA-256 digest in lower-case hexadecimal (64 characters)."""
    return _SHA256.fullmatch(text) is not None


def is_scope(text: str) -> bool:
    """Return whether ``text`` names a scope: ``section:<id>``, ``project:<id>``, ``person:<id>``, or an archive."""
    return _SCOPE.fullmatch(text) is not None


def section_scope(section_id: str) -> str:
    """Name the scope of one section (标段)."""
    return f"section:{section_id}"


def project_scope(project_id: str) -> str:
    """Name the scope of what all sections of a project share."""
    return f"project:{project_id}"


def person_scope(person_id: str) -> str:
    """Name the scope that belongs to one person alone."""
    return f"person:{person_id}"


def archive_scope(scope: str) -> str:
    """Name the archive of a section or project: what is long closed leaves for it, and is read online only.

    ``archive:section:<id>``. Holders of the live scope may read it; it has no feed and takes no ops.
    """
    return f"{_ARCHIVE}{scope}"


def live_scope(scope: str) -> str:
    """Name the scope that an archive belongs to; any other scope is its own."""
    return scope.removeprefix(_ARCHIVE)


def with_archives(scopes: Iterable[str]) -> frozenset[str]:
    """Name everything that may be read by who holds some scopes: those, and their archives."""
    held = frozenset(scopes)
    return held | {archive_scope(scope) for scope in held if not scope.startswith("person:")}


def natural_id(*parts: str) -> str:
    """Derive the UUIDv5 of a natural key given as its parts, in order.

    Each part is prefixed with its length in UTF-8 bytes, so that no two keys read the same when joined.
    """
    key = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return str(uuid.uuid5(NAMESPACE, key))


def record_id(kind: str, scope: str, form: str, *key: str) -> str:
    """Derive the id of a record whose form is ``unique_by`` fields, from the values of those fields in order."""
    return natural_id("record", kind, scope, form, *key)


def row_id(record: str, repeat: str, *key: str) -> str:
    """Derive the id of a row from its ``row_key`` values – or from its ordinal when it came without an id."""
    return natural_id("row", record, repeat, *key)


def conflict_id(record: str, path: str) -> str:
    """Derive the id of the one conflict record that a field of a record can have."""
    return natural_id("conflict", record, path)
