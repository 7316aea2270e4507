"""The OpenAPI 3.1 document: what Litestar finds in the handlers' signatures, and what the routes declare beside them.

Bodies and answers cite the contract's own schemas, which keep msgspec's discriminators and docstrings. Every problem
that a route may answer with stands under its status, by its code.

There is one in Chinese and one in English: of an operation the docstring is its English description, ``description`` of
the handler the Chinese one; everything else is written as ``中文 · English``.
"""

import inspect
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
from server.docs.words import CHINESE, ENGLISH, language_of, said
from server.kernel.bodies import shape_of
from server.kernel.declared import JSON, Declared, declaration, problems
from server.kernel.problems import MEDIA_TYPE

_REFERENCE: Final = "#/components/schemas/{name}"
#: Domain → how it is called, in the order of the page.
TAGS: Final = {
    "identity": "人员、设备与权限 · people, devices, grants",
    "replication": "同步、记录与暂存 · the exchange, records, parked ops",
    "uploads": "文件 · files: tus 1.0 and blobs by digest",
    "projects": "工程、标段与围栏 · projects, sections, fences",
    "forms": "表单 · forms",
    "reports": "报告与审核 · reports and reviews",
    "captures": "照片与签到 · photographs and check-ins",
    "reference": "词表 · lists that help to write",
    "scans": "纸质单据识别 · paper: sheets, readings, duplicates",
    "evidence": "疑点 · evidence flags",
    "insight": "搜索与取用 · search, and what is taken away",
    "jobs": "后台任务 · background jobs",
    "server": "服务 · the server itself",
}
_ABOUT: Final = (
    "离线填报,如实汇总。v1 之内只增不改。另有英文版:`?lang=en`。 · "
    "Offline-first field reporting. Within v1 changes only add. Also in Chinese: `?lang=zh-CN`."
)
_BYTES: Final = "原始字节,不是 JSON,故无示例 · raw bytes, no JSON: so no example"
_SUCCESS: Final = {
    200: "成功 · OK",
    201: "已创建 · Created",
    202: "已受理 · Accepted",
    204: "成功,无正文 · No Content",
}


class Document(JsonRenderPlugin):
    """Renders the OpenAPI document as JSON, in the reader's language; each is made once."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, bytes] = {}

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document."""
        language = language_of(request)
        if language not in self._made:
            self._made[language] = super().render(request, described(request.app, openapi_schema, language))
        return self._made[language]


def described(app: Litestar, written: dict[str, Any], language: str) -> dict[str, Any]:
    """Return the whole document in one language, from what Litestar wrote and what the handlers declare."""
    handlers = {
        (route.path_format, method.lower()): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    }
    paths = {
        path: {verb: _operation(handlers[path, verb], operation, language) for verb, operation in item.items()}
        for path, item in sorted(written.get("paths", {}).items())
    }
    used = {tag for item in paths.values() for operation in item.values() for tag in operation["tags"]}
    return {
        "openapi": "3.1.0",
        "info": {**written["info"], "description": said(_ABOUT, language)},
        "tags": [{"name": tag, "description": said(words, language)} for tag, words in TAGS.items() if tag in used],
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


def _operation(handler: HTTPRouteHandler, written: dict[str, Any], language: str) -> dict[str, Any]:
    tag, name, declared, codes = tag_of(handler), handler.fn.__name__, declaration(handler), problems(handler)
    asked = [_parameter(tag, name, each, language) for each in written.get("parameters", ())]
    asked += [_header(header, language) for header in declared.headers]
    found: dict[str, Any] = {
        "tags": [tag],
        "operationId": f"{tag}_{name}",
        "summary": said(handler.summary or "", language),
        "description": inspect.getdoc(handler.fn) if language == ENGLISH else handler.description or "",
        "security": [{"token": []}] if "identity.unauthenticated" in codes else [],
    }
    if asked:
        found["parameters"] = asked
    shape = shape_of(handler)
    if shape is not None:
        found["requestBody"] = _body(shape, declared, language)
    return {**found, "responses": {**_answers(handler, declared, written, language), **_refusals(codes, language)}}


def _parameter(tag: str, operation: str, written: dict[str, Any], language: str) -> dict[str, Any]:
    name, place = written["name"], written["in"]
    schema = written["schema"]
    if place == "path" and "$ref" not in schema:
        schema = parameters.PLACES.get(name, schema)
    words = said(parameters.description(tag, operation, name), language)
    return {"name": name, "in": place, "required": written["required"], "description": words, "schema": schema}


def _header(name: str, language: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": name in parameters.REQUIRED,
        "description": said(parameters.DESCRIPTIONS[name], language),
        "schema": parameters.HEADERS[name],
    }


def _body(shape: Any, declared: Declared, language: str) -> dict[str, Any]:
    if shape is bytes:
        content: dict[str, Any] = {media: {"schema": _raw(media)} for media in declared.takes}
        return {"required": not declared.optional, "description": said(_BYTES, language), "content": content}
    example = {"example": {"value": EXAMPLES[shape]}} if shape in EXAMPLES else {}
    content = {JSON: {"schema": _schema(shape), "examples": example}}
    return {"required": not declared.optional, "content": content}


def _answers(handler: HTTPRouteHandler, declared: Declared, written: dict[str, Any], language: str) -> dict[str, Any]:
    """Describe what comes when all is well: the contract's type, other media, or nothing."""
    status = str(handler.status_code)
    words = said(_SUCCESS[handler.status_code], language)
    if declared.gives:
        return {status: {"description": words, "content": {media: {"schema": _raw(media)} for media in declared.gives}}}
    if declared.answer is not None:
        return {status: {"description": words, "content": {JSON: {"schema": _schema(declared.answer)}}}}
    returned = handler.parsed_fn_signature.return_type.annotation
    if returned in (None, type(None)) or "Response" in str(returned):
        return {status: {"description": words}}
    return {status: {"description": words, "content": written["responses"][status]["content"]}}


def _refusals(codes: tuple[str, ...], language: str) -> dict[str, Any]:
    """Describe the problems by status; each has its code, and an example with its sentences."""
    found: dict[str, Any] = {}
    for status in sorted({PROBLEMS[code].status for code in codes}):
        listed = [code for code in codes if PROBLEMS[code].status == status]
        schema = {
            "allOf": [{"$ref": _REFERENCE.format(name="ProblemDetails")}, {"properties": {"code": {"enum": listed}}}]
        }
        examples = {
            code: {
                "summary": PROBLEMS[code].zh if language == CHINESE else PROBLEMS[code].en,
                "value": msgspec.to_builtins(details(code, {}, language)),
            }
            for code in listed
        }
        found[str(status)] = {
            "description": ", ".join(f"`{code}`" for code in listed),
            "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
        }
    return found


def _raw(media: str) -> dict[str, Any]:
    """Return the schema of what is no JSON: text, or bytes."""
    return {"type": "string"} if media.startswith("text/") else {"contentMediaType": media}


def _schema(shape: Any) -> Any:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return schema
