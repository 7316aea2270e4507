"""OpenAPI 3.1 components (https://spec.openapis.org/oas/v3.1.0): the same schemas, and the one answer to an error."""

from mobile_contract.emit.components import components, text_of
from mobile_contract.version import CONTRACT_VERSION


def document() -> str:
    """Write the components document, to be cited by a client's or a gateway's own description."""
    return text_of(
        {
            "openapi": "3.1.0",
            "info": {"title": "Plumbline 铅垂", "version": CONTRACT_VERSION},
            "paths": {},
            "components": {
                "schemas": components("#/components/schemas/{name}"),
                "responses": {
                    "Problem": {
                        "description": "RFC 9457: what happened and what to do next. Codes are in problems.json.",
                        "content": {
                            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
                        },
                    }
                },
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }
    )
