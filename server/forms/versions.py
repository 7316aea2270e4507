"""What must hold between the versions of a form: a name never changes its type or unit."""

from collections.abc import Iterable, Iterator

import msgspec

from mobile_contract.forms import Field, FormDefinition, fields_of, repeats_of
from mobile_contract.values import digest


def content_digest(form: FormDefinition) -> str:
    """Give the SHA-256 of what a form says, its version left out: two equal ones are the same version."""
    bare = msgspec.structs.replace(form, version=0, sha256="")
    return digest(msgspec.json.decode(msgspec.json.encode(bare)))


def changed_names(earlier: Iterable[FormDefinition], form: FormDefinition) -> list[str]:
    """Say of each name that ``form`` uses differently from any earlier version what it was and what it would be."""
    new = dict(_shapes(form))
    changed = {
        f"{name}: {old} → {new[name]}"
        for version in earlier
        for name, old in _shapes(version)
        if name in new and new[name] != old
    }
    return sorted(changed)


def _shapes(form: FormDefinition) -> Iterator[tuple[str, str]]:
    """Write down what each name of a form stands for: where its value lies, its type and its unit."""
    for field in fields_of(form):
        yield field.name, _shape(field)
    for repeat in repeats_of(form):
        yield repeat.name, "repeat"
        for field in repeat.fields:
            yield field.name, f"{repeat.name}/{_shape(field)}"


def _shape(field: Field) -> str:
    return f"{field.type} {field.unit}" if field.unit else field.type.value
