"""The schemas of the catalogue by name: what ``msgspec`` says of the types, and what only the catalogue knows.

Tags stay discriminators, docstrings descriptions. Choices between types are written once, under their names.
"""

import json
from typing import Any

import msgspec

from mobile_contract.catalogue import CATALOGUE, READ_RAW, UNIONS

Schema = dict[str, Any]


def components(ref_template: str) -> dict[str, Schema]:
    """Return all schemas by name; ``ref_template`` says how one cites another (``#/$defs/{name}``)."""
    types = (*UNIONS.values(), *CATALOGUE)
    written, schemas = msgspec.json.schema_components(types, ref_template=ref_template)
    unions = dict(zip(UNIONS, written, strict=False))
    cited = {json.dumps(union, sort_keys=True): ref_template.format(name=name) for name, union in unions.items()}
    named = {name: _citing(schema, cited) for name, schema in schemas.items()}
    for (owner, field), item in READ_RAW.items():
        named[owner.__name__]["properties"][field]["items"] = {"$ref": ref_template.format(name=item)}
    return dict(sorted({**named, **unions}.items()))


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
