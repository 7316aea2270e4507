"""Merging by what was seen: a change sets a value only where its author saw the value that is there.

A change is first opened into leaves. An object whose keys are all ids is a repeat, its members are rows, and a row is
opened into its cells; so is whatever a policy calls a container. Everything else – a position, a list – is one value,
because half of one person's position and half of another's is a place where neither was.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from mobile_contract.ids import is_id
from mobile_contract.sync import Change
from mobile_contract.values import Value, Values, canonical, digest
from sync.policy import KindPolicy

MAX_SEGMENTS = 8


class BadPath(ValueError):
    """A path that is not one of a field, a row or a cell."""


class Leaf(msgspec.Struct, frozen=True):
    """One value to set. ``was_digest`` stands for a long ``was``; ``in_new_row``: its row is new with it."""

    path: tuple[str, ...]
    value: Value
    was: Value = None
    was_digest: str | None = None
    in_new_row: bool = False

    @property
    def name(self) -> str:
        """The path as it is written on the wire."""
        return "/".join(self.path)

    @property
    def has_address(self) -> bool:
        """Return whether the name leads back to the path: it does not where a key is empty or holds a slash."""
        return all(self.path) and self.name.count("/") == len(self.path) - 1


class Step(Enum):
    """What a leaf does to the values it meets."""

    SET = "set"
    SAME = "same"
    CLASH = "clash"


def same(left: Value, right: Value) -> bool:
    """Return whether two values are the same value; ``1`` and ``true`` are not."""
    if isinstance(left, dict | list) and isinstance(right, dict | list):
        return canonical(left) == canonical(right)
    return type(left) is type(right) and bool(left == right)


def is_repeat(value: Value) -> bool:
    """Return whether a value is a repeat: a non-empty object whose keys are all ids and whose members are objects."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(is_id(key) and (row is None or isinstance(row, dict)) for key, row in value.items())
    )


def split(path: str) -> tuple[str, ...]:
    """Read a path. Raise :class:`BadPath` when it is empty, too long or has an empty segment."""
    parts = tuple(path.split("/"))
    if not all(parts) or len(parts) > MAX_SEGMENTS:
        raise BadPath(path)
    return parts


def get(values: Values, path: tuple[str, ...]) -> Value:
    """Return the value at a path; None when there is none."""
    here: Any = values
    for part in path:
        if not isinstance(here, dict):
            return None
        here = here.get(part)
    return here


def put(values: Values, path: tuple[str, ...], value: Value) -> Values:
    """Return a copy of ``values`` with the value at ``path`` set, or removed (None). Emptied objects go."""
    head, rest = path[0], path[1:]
    copy = dict(values)
    if rest:
        inner = copy.get(head)
        value = put(inner if isinstance(inner, dict) else {}, rest, value) or None
    if value is None:
        copy.pop(head, None)
    else:
        copy[head] = value
    return copy


def normal(value: Value) -> Value:
    """Drop members of objects that are null or empty objects, at any depth: both mean that there is nothing."""
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        if isinstance(item, dict):
            item = normal(item)  # noqa: PLW2901 - the same member
            if not item:
                continue
        elif item is None:
            continue
        kept[key] = item
    return kept


def leaves_of_create(values: Values, policy: KindPolicy) -> list[Leaf]:
    """Open a whole record into leaves that were all empty."""
    return [leaf for name, value in values.items() for leaf in _open((name,), value, None, policy, new_row=False)]


def leaves_of_patch(changes: Mapping[str, Change], policy: KindPolicy) -> list[Leaf]:
    """Open the changes of a patch. Raise :class:`BadPath`."""
    leaves: list[Leaf] = []
    for name, change in changes.items():
        path = split(name)
        if isinstance(change.was_digest, str):
            leaves.append(Leaf(path, normal(change.value), None, change.was_digest))
        else:
            new_row = change.was is None and isinstance(change.value, dict) and is_id(path[-1])
            leaves.extend(_open(path, change.value, change.was, policy, new_row=new_row))
    return leaves


def _open(path: tuple[str, ...], value: Value, was: Value, policy: KindPolicy, *, new_row: bool) -> Iterator[Leaf]:
    value, was = normal(value), normal(was)
    is_row = is_id(path[-1])
    parts = (len(path) == 1 and path[0] in policy.containers) or is_row or is_repeat(value) or is_repeat(was)
    if parts and isinstance(value, dict) and (was is None or isinstance(was, dict)):
        before = was or {}
        for key in {**before, **value}:
            new = new_row or (is_id(key) and before.get(key) is None)
            yield from _open((*path, key), value.get(key), before.get(key), policy, new_row=new)
    else:
        yield Leaf(path, value, was, in_new_row=new_row)


def differences(before: Values, after: Values, policy: KindPolicy) -> list[Leaf]:
    """Compare two versions of a record by field, row and cell: ``value`` is what ``after`` holds, ``was`` the other."""
    opened = (
        leaf
        for name in {**before, **after}
        for leaf in _open((name,), after.get(name), before.get(name), policy, new_row=False)
    )
    return [leaf for leaf in opened if not same(leaf.value, leaf.was)]


def weigh(values: Values, leaf: Leaf) -> Step:
    """Decide what a leaf does: set where ``was`` is what is there, nothing where its value is, else a clash.

    A cell of a row that is gone is a clash as well: setting it would bring back half a row.
    """
    now = get(values, leaf.path)
    if same(now, leaf.value):
        return Step.SAME
    if leaf.was_digest is not None:
        return Step.SET if digest(now) == leaf.was_digest else Step.CLASH
    if not same(now, leaf.was) or is_in_gone_row(values, leaf):
        return Step.CLASH
    return Step.SET


def joined(values: Values, leaf: Leaf, order: tuple[str, ...]) -> Leaf | None:
    """Merge a list of names that clashes: its author's additions and removals are applied to the list that stands.

    Members keep their ``order``. None where that is unknown: one side is no list, or was seen by its digest only.
    """
    now, was, value = (item if item is not None else [] for item in (get(values, leaf.path), leaf.was, leaf.value))
    if leaf.was_digest is not None or is_in_gone_row(values, leaf):
        return None
    if not all(isinstance(item, list) and all(isinstance(name, str) for name in item) for item in (now, was, value)):
        return None
    kept = [name for name in now if name in value or name not in was]
    kept += [name for name in value if name not in kept and name not in was]
    places = {name: place for place, name in enumerate(order)}
    merged = sorted(kept, key=lambda name: places.get(name, len(places)))
    return Leaf(leaf.path, merged or None, get(values, leaf.path))


def is_in_gone_row(values: Values, leaf: Leaf) -> bool:
    """Return whether a leaf is a cell of a row that is not there, and is not new with it."""
    if leaf.in_new_row:
        return False
    for depth in range(len(leaf.path) - 1, 0, -1):
        if is_id(leaf.path[depth - 1]):
            return get(values, leaf.path[:depth]) is None
    return False


def pattern(path: tuple[str, ...]) -> str:
    """Write a path with ``*`` in place of row ids."""
    return "/".join("*" if is_id(part) else part for part in path)


def left_alone(values: Values, leaf: Leaf) -> bool:
    """Return whether a leaf is a cell that its author did not change, in a row that is gone: it asks for nothing."""
    unchanged = leaf.was_digest is None and leaf.was is not None and same(leaf.value, leaf.was)
    return unchanged and is_in_gone_row(values, leaf)


def matches(path: tuple[str, ...], patterns: frozenset[str]) -> bool:
    """Return whether a path is among patterns in which ``*`` stands for a row id."""
    return pattern(path) in patterns


def touches(name: str, paths: frozenset[str]) -> bool:
    """Return whether setting what ``name`` names would set one of these paths, as a whole or in part."""
    return any(name == path or name.startswith(f"{path}/") or path.startswith(f"{name}/") for path in paths)
