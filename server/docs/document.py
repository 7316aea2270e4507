"""The OpenAPI 3.1 document: what Litestar finds in the handlers' signatures, and what the routes declare beside them.

Bodies and answers cite the contract's own schemas, which keep msgspec's discriminators and docstrings. Every problem
that a route may answer with stands under its status, by its code.
"""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.connection import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from mobile_contract.emit.components import components
from mobile_contract.examples import EXAMPLES
from mobile_contract.problems import PROBLEMS, details
from server.docs import parameters
from server.kernel.bodies import shape_of
from server.kernel.declared import JSON, Declared, declaration, problems
from server.kernel.problems import MEDIA_TYPE

_REFERENCE: Final = "#/components/schemas/{name}"
#: Domain → how it is called, in the order of the page.
TAGS: Final = {
    "identity": "人员、设备与权限 · people, devices, grants",
    "replication": "同步、记录与搁置 · the exchange, records, parked ops",
    "uploads": "文件 · files: tus 1.0 and blobs by digest",
    "projects": "工程、标段与围栏 · projects, sections, fences",
    "forms": "表单 · forms",
    "reports": "报告与审核 · reports and reviews",
    "captures": "照片与签到 · photographs and check-ins",
    "reference": "词表 · lists that help to write",
    "scans": "纸质单据识别 · paper: sheets, readings, duplicates",
    "evidence": "疑点 · evidence flags",
    "jobs": "后台任务 · background jobs",
    "server": "服务 · the server itself",
}
_BYTES: Final = "原始字节,不是 JSON,故无示例 · raw bytes, no JSON: so no example"


class Document(JsonRenderPlugin):
    """Renders the OpenAPI document as JSON."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document."""
        return super().render(request, described(request.app, openapi_schema))


def described(app: Litestar, written: dict[str, Any]) -> dict[str, Any]:
    """Return the whole document, from what Litestar wrote and what the handlers declare."""
    handlers = {
        (route.path_format, method.lower()): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    }
    paths = {
        path: {verb: _operation(handlers[path, verb], operation) for verb, operation in item.items()}
        for path, item in sorted(written.get("paths", {}).items())
    }
    used = {tag for item in paths.values() for operation in item.values() for tag in operation["tags"]}
    return {
        "openapi": "3.1.0",
        "info": {**written["info"], "description": "铅垂 · offline-first field reporting. Within v1 changes only add."},
        "tags": [{"name": tag, "description": said} for tag, said in TAGS.items() if tag in used],
        "paths": paths,
        "components": {
            "schemas": components(_REFERENCE),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def tag_of(handler: HTTPRouteHandler) -> str:
    """Return the domain that a handler belongs to."""
    part = handler.fn.__module__.split(".")[1]
    return part if part in TAGS else "server"


def _operation(handler: HTTPRouteHandler, written: dict[str, Any]) -> dict[str, Any]:
    tag, name, declared, codes = tag_of(handler), handler.fn.__name__, declaration(handler), problems(handler)
    asked = [_parameter(tag, name, each) for each in written.get("parameters", ())]
    asked += [_header(header) for header in declared.headers]
    found: dict[str, Any] = {
        "tags": [tag],
        "operationId": f"{tag}_{name}",
        "summary": written["summary"],
        "description": written.get("description", ""),
        "security": [{"token": []}] if "identity.unauthenticated" in codes else [],
    }
    if asked:
        found["parameters"] = asked
    shape = shape_of(handler)
    if shape is not None:
        found["requestBody"] = _body(shape, declared)
    return {**found, "responses": {**_answers(handler, declared, written), **_refusals(codes)}}


def _parameter(tag: str, operation: str, written: dict[str, Any]) -> dict[str, Any]:
    name, place = written["name"], written["in"]
    schema = written["schema"]
    if place == "path" and "$ref" not in schema:
        schema = parameters.PLACES.get(name, schema)
    said = parameters.description(tag, operation, name)
    return {"name": name, "in": place, "required": written["required"], "description": said, "schema": schema}


def _header(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": name in parameters.REQUIRED,
        "description": parameters.DESCRIPTIONS[name],
        "schema": parameters.HEADERS[name],
    }


def _body(shape: Any, declared: Declared) -> dict[str, Any]:
    if shape is bytes:
        content: dict[str, Any] = {media: {"schema": {"contentMediaType": media}} for media in declared.takes}
        return {"required": not declared.optional, "description": _BYTES, "content": content}
    example = {"example": {"value": EXAMPLES[shape]}} if shape in EXAMPLES else {}
    content = {JSON: {"schema": _schema(shape), "examples": example}}
    return {"required": not declared.optional, "content": content}


def _answers(handler: HTTPRouteHandler, declared: Declared, written: dict[str, Any]) -> dict[str, Any]:
    """Describe what comes when all is well: the contract's type, other media, or nothing."""
    status = str(handler.status_code)
    said = HTTPStatus(int(status)).phrase
    if declared.gives:
        return {status: {"description": said, "content": {media: {} for media in declared.gives}}}
    if declared.answer is not None:
        return {status: {"description": said, "content": {JSON: {"schema": _schema(declared.answer)}}}}
    content = written["responses"].get(status, {}).get("content", {})
    if handler.parsed_fn_signature.return_type.annotation is None or "Response" in str(
        handler.parsed_fn_signature.return_type.annotation
    ):
        return {status: {"description": said}}
    return {status: {"description": said, "content": content}}


def _refusals(codes: tuple[str, ...]) -> dict[str, Any]:
    """Describe the problems by status; each has its code, and an example with its sentences."""
    found: dict[str, Any] = {}
    for status in sorted({PROBLEMS[code].status for code in codes}):
        listed = [code for code in codes if PROBLEMS[code].status == status]
        schema = {
            "allOf": [{"$ref": _REFERENCE.format(name="ProblemDetails")}, {"properties": {"code": {"enum": listed}}}]
        }
        examples = {
            code: {"summary": PROBLEMS[code].en, "value": msgspec.to_builtins(details(code, {}, "en"))}
            for code in listed
        }
        found[str(status)] = {
            "description": ", ".join(f"`{code}`" for code in listed),
            "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
        }
    return found


def _schema(shape: Any) -> Any:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return schema
