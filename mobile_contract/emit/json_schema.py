"""JSON Schema 2020-12 (https://json-schema.org/draft/2020-12) of every type in the catalogue."""

from mobile_contract.catalogue import KINDS
from mobile_contract.emit.components import components, text_of


def document() -> str:
    """Write the schema document. ``x-plumbline-kinds`` names what the records of each kind hold."""
    return text_of(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:plumbline:contract:1",
            "title": "Plumbline mobile contract, version 1",
            "x-plumbline-kinds": {
                kind.value: {"values": values.__name__, "server": server.__name__ if server else None}
                for kind, (values, server) in KINDS.items()
            },
            "$defs": components("#/$defs/{name}"),
        }
    )
