"""Writes the contract down for other languages: siblings over the catalogue, each a pure function to one document.

``python -m mobile_contract.emit`` rewrites ``mobile_contract/generated/``; a test compares what is checked in.
"""

from collections.abc import Callable
from typing import Final

from mobile_contract.emit import json_schema, openapi, problem_list, typescript

#: File name → what writes its text.
DOCUMENTS: Final[dict[str, Callable[[], str]]] = {
    "plumbline.schema.json": json_schema.document,
    "openapi.components.json": openapi.document,
    "problems.json": problem_list.document,
    "contract.ts": typescript.document,
}
