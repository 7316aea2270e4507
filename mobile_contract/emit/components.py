"""The schemas of the catalogue by name: what ``msgspec`` says of the types, and what only the catalogue knows.

Tags stay discriminators, docstrings descriptions. Choices between types are written once, under their names. Where a
type says ``Any`` the schema says which JSON may stand there: ``Value``, or ``Values`` where it must be an object.
"""

import json
from typing import Any, Final

import msgspec

from mobile_contract.catalogue import CATALOGUE, KINDS, READ_RAW, UNIONS
from mobile_contract.sync import Upsert
from mobile_contract.values import MAX_INTEGER

Schema = dict[str, Any]

#: The schemas of the module ``values``, which has no types for them.
VALUES: Final = ("Value", "Values")


def components(ref_template: str) -> dict[str, Schema]:
    """Return all schemas by name; ``ref_template`` says how one cites another (``#/$defs/{name}``)."""
    types = (*UNIONS.values(), *CATALOGUE)
    written, schemas = msgspec.json.schema_components(types, ref_template=ref_template)
    unions = dict(zip(UNIONS, written, strict=False))
    cited = {json.dumps(union, sort_keys=True): ref_template.format(name=name) for name, union in unions.items()}
    named = {name: _citing(schema, cited) for name, schema in schemas.items()}
    for (owner, field), item in READ_RAW.items():
        named[owner.__name__]["properties"][field]["items"] = {"$ref": ref_template.format(name=item)}
    for schema in named.values():
        for field, said in schema.get("properties", {}).items():
            schema["properties"][field] = _free(said, ref_template)
    named[Upsert.__name__]["allOf"] = _by_kind(ref_template)
    return dict(sorted({**named, **unions, **_values(ref_template)}.items()))


def text_of(document: Schema) -> str:
    """Write a document the one way it is checked in."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _citing(schema: Any, cited: dict[str, str]) -> Any:
    """Put a reference in place of every choice that has a name."""
    if isinstance(schema, list):
        return [_citing(each, cited) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema:
        bare = {key: value for key, value in schema.items() if key in ("anyOf", "discriminator")}
        reference = cited.get(json.dumps(bare, sort_keys=True))
        if reference is not None:
            rest = {key: value for key, value in schema.items() if key not in bare}
            return {"$ref": reference, **rest}
    return {key: _citing(value, cited) for key, value in schema.items()}


def _values(ref_template: str) -> dict[str, Schema]:
    """Return the schemas of JSON as the contract allows it."""
    value, values = ({"$ref": ref_template.format(name=name)} for name in VALUES)
    simple: list[Schema] = [{"type": "string"}, {"type": "boolean"}, {"type": "null"}]
    whole = {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}
    return {
        "Value": {
            "title": "Value",
            "description": "JSON as the contract allows it: numbers are whole, |n| ≤ 2⁵³−1, at most 12 levels deep.",
            "anyOf": [*simple, whole, {"type": "array", "items": value}, values],
        },
        "Values": {
            "title": "Values",
            "description": "Values by name.",
            "type": "object",
            "additionalProperties": value,
        },
    }


def _free(schema: Schema, ref_template: str) -> Schema:
    """Put a reference to :func:`_values` wherever a schema admits anything, or any object."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_free(each, ref_template) for each in schema["anyOf"]]}
    if isinstance(schema.get("items"), dict):
        return {**schema, "items": _free(schema["items"], ref_template)}
    if isinstance(schema.get("additionalProperties"), dict):
        return {**schema, "additionalProperties": _free(schema["additionalProperties"], ref_template)}
    rest = {key: value for key, value in schema.items() if key == "default"}
    if schema == rest:
        return {"$ref": ref_template.format(name="Value"), **rest}
    if schema == {"type": "object", **rest}:
        return {"$ref": ref_template.format(name="Values"), **rest}
    return schema


def _by_kind(ref_template: str) -> list[Schema]:
    """Return what ``values`` and ``server`` of a feed entry hold, by its kind; other members may come too."""
    return [
        {
            "if": {"properties": {"kind": {"const": kind.value}}},
            "then": {
                "properties": {
                    "values": {"$ref": ref_template.format(name=values.__name__)},
                    "server": {"$ref": ref_template.format(name=server.__name__)},
                }
            },
        }
        for kind, (values, server) in KINDS.items()
    ]
