"""The API's page at ``/docs``: domains, routes, types and problems, without a script or a font from elsewhere."""

import json
from html import escape
from typing import Any, Final

from litestar.connection import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

from mobile_contract.problems import PROBLEMS
from server.docs.document import described
from server.docs.words import CHINESE, ENGLISH, language_of, said

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8883; --quiet: #777; --accent: #14609f; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --quiet: #999; --accent: #6db3ee; } }
* { box-sizing: border-box } body { font: 15px/1.55 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; margin: 0 auto; max-width: 64rem; padding: 2rem 1.2rem 6rem; }
h1 { font-size: 1.7rem; margin: 0 } h2 { margin: 2.6rem 0 .6rem; font-size: 1.15rem; scroll-margin-top: 1rem }
h3 { font-size: .9rem; margin: 1rem 0 .3rem } p { margin: .4rem 0 .8rem } a { color: var(--accent) }
code, pre { font: .88em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
pre { background: var(--soft); border-radius: 6px; padding: .7rem .9rem; margin: .3rem 0; overflow-x: auto;
  white-space: pre-wrap } nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: 1.2rem 0 }
details { border-top: 1px solid var(--line) } details details { border: 0; margin: .2rem 0 }
summary { cursor: pointer; padding: .45rem 0 } details details summary { padding: .15rem 0; color: var(--quiet) }
.inside { padding: 0 0 1rem 4.6rem } table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid var(--line); padding: .3rem .8rem .3rem 0; vertical-align: top }
tr:first-child td { border: 0 }
td:first-child { white-space: nowrap; width: 1% } .verb { display: inline-block; font-weight: 600; width: 4.2rem;
  font-size: .85em } .get, .head, .options { color: #1a7f4b } .post, .put, .patch { color: #b06000 }
.delete { color: #c0392b } .quiet { color: var(--quiet); font-size: .92em } .title { margin-left: .6rem }
@media (max-width: 40rem) { .inside { padding-left: 0 } .title { display: block; margin-left: 4.2rem } }
"""
_INTRODUCTION: Final = {
    CHINESE: """
<p>离线填报,如实汇总。请求以 <code>Authorization: Bearer &lt;token&gt;</code> 鉴权(标 open 的除外);令牌由
<code>POST /v1/login</code>(桌面)或 <code>POST /v1/enrol</code>(手机)取得。错误一律为
<code>application/problem+json</code>(RFC 9457),以 <code>code</code> 区分。请求正文可用 gzip 或 zstd 压缩。</p>
<p class="quiet">供程序使用:<a href="/docs/openapi.json?lang=zh-CN">openapi.json</a>(OpenAPI 3.1)。
<a href="/docs?lang=en" lang="en">This page in English</a></p>
""",
    ENGLISH: """
<p>Requests carry <code>Authorization: Bearer &lt;token&gt;</code> (except where open), from <code>POST /v1/login</code>
(desk) or <code>POST /v1/enrol</code> (phone). Every error is <code>application/problem+json</code> (RFC 9457), told
apart by its <code>code</code>. Bodies may come as gzip or zstd.</p>
<p class="quiet">For machines: <a href="/docs/openapi.json?lang=en">openapi.json</a> (OpenAPI 3.1).
<a href="/docs?lang=zh-CN" lang="zh-CN">本页中文版</a></p>
""",
}
#: Headings, as ``中文 · English``.
_TYPES: Final = "类型 · types"
_PROBLEMS: Final = "错误代码 · problems"
_PARAMETERS: Final = "参数 · parameters"
_BODY: Final = "正文 · body"
_ANSWER: Final = "回答 · answer"
_REFUSED: Final = "错误 · problems"


class Page(OpenAPIRenderPlugin):
    """Renders the OpenAPI document as one plain page, in the reader's language."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page as UTF-8 HTML."""
        language = language_of(request)
        return page(described(request.app, openapi_schema, language), language).encode()


def page(document: dict[str, Any], language: str) -> str:
    """Return the page of a document."""
    groups: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            groups[operation["tags"][0]].append(_operation(verb, path, operation, language))
    titles = {tag["name"]: tag["description"] for tag in document["tags"]}
    titles |= {"types": said(_TYPES, language), "problems": said(_PROBLEMS, language)}
    links = "".join(f'<a href="#{name}">{escape(title)}</a>' for name, title in titles.items())
    groups["types"] = [_type(name, schema) for name, schema in document["components"]["schemas"].items()]
    groups["problems"] = [_problem(code, language) for code in sorted(PROBLEMS)]
    sections = "".join(f'<h2 id="{name}">{escape(titles[name])}</h2>{"".join(rows)}' for name, rows in groups.items())
    return (
        '<!doctype html><html lang="' + language + '"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>铅垂 Plumbline API</title>'
        f"<style>{_STYLE}</style><h1>铅垂 Plumbline API {escape(document['info']['version'])}</h1>"
        f"{_INTRODUCTION[language]}"
        f"<nav>{links}</nav>{sections}</html>"
    )


def _operation(verb: str, path: str, operation: dict[str, Any], language: str) -> str:
    inside = [f"<p>{_prose(operation['description'])}</p>"]
    if operation.get("parameters"):
        inside.append(f"<h3>{said(_PARAMETERS, language)}</h3>" + _table(map(_parameter, operation["parameters"])))
    if "requestBody" in operation:
        inside.append(f"<h3>{said(_BODY, language)}</h3>" + _content(operation["requestBody"]))
    for status, answer in operation["responses"].items():
        if status < "300":
            inside.append(f"<h3>{said(_ANSWER, language)} {status}</h3>" + _content(answer))
    refused = [(status, answer) for status, answer in operation["responses"].items() if status >= "400"]
    codes = [
        (status, code)
        for status, answer in refused
        for code in answer["content"]["application/problem+json"]["examples"]
    ]
    rows = ((status, f'<a href="#{code}">{code}</a> {escape(_sentences(code, language)[0])}') for status, code in codes)
    inside.append(f"<details><summary>{said(_REFUSED, language)} ({len(codes)})</summary>{_table(rows)}</details>")
    lock = "" if operation["security"] else ' <span class="quiet">open</span>'
    return (
        f'<details id="{operation["operationId"]}"><summary><span class="verb {verb}">{verb.upper()}</span>'
        f'<code>{escape(path)}</code><span class="title">{escape(operation["summary"])}{lock}</span></summary>'
        f'<div class="inside">{"".join(inside)}</div></details>'
    )


def _parameter(item: dict[str, Any]) -> tuple[str, str]:
    mark = "" if item["required"] else ' <span class="quiet">?</span>'
    where = "" if item["in"] == "path" else f' <span class="quiet">{item["in"]}</span>'
    words = f'{escape(item["description"])}<br><span class="quiet">{_shape(item["schema"])}</span>'
    return f"<code>{escape(item['name'])}</code>{mark}{where}", words


def _content(body: dict[str, Any]) -> str:
    parts = []
    for media, content in body.get("content", {}).items():
        shape = _shape(content["schema"]) if content.get("schema") else ""
        parts.append(f'<p><code>{escape(media)}</code> <span class="quiet">{shape}</span></p>')
        parts += [_json(example["value"]) for example in content.get("examples", {}).values()]
    return "".join(parts) or f'<p class="quiet">{escape(body["description"])}</p>'


def _type(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = (
        (
            f"<code>{escape(field)}</code>" + ("" if field in required else ' <span class="quiet">?</span>'),
            _shape(shape),
        )
        for field, shape in schema.get("properties", {}).items()
    )
    fields = _table(rows) if "properties" in schema else f"<p>{_shape(schema)}</p>"
    return (
        f'<details id="type-{name}"><summary><code>{name}</code></summary><div class="inside">'
        f"<p>{_prose(schema.get('description', ''))}</p>{fields}</div></details>"
    )


def _shape(schema: dict[str, Any]) -> str:
    """Return a schema in one line: a type with its bounds, a link to a named one, or a choice."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#type-{name}">{name}</a>'
    if "anyOf" in schema:
        return " | ".join(map(_shape, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return f"[{_shape(schema['items'])}]"
    if isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        return f"{{…: {_shape(schema['additionalProperties'])}}}"
    bounds = [
        f"{word} <code>{escape(str(schema[key]))}</code>"
        for key, word in (
            ("minimum", "≥"),
            ("maximum", "≤"),
            ("minLength", "length ≥"),
            ("maxLength", "length ≤"),
            ("pattern", "as"),
            ("default", "default"),
        )
        if schema.get(key) not in (None, "")
    ]
    kind = schema.get("type", schema.get("contentMediaType", "any"))
    return escape(" | ".join(kind) if isinstance(kind, list) else str(kind)) + "".join(f", {each}" for each in bounds)


def _problem(code: str, language: str) -> str:
    row = PROBLEMS[code]
    status = row.status if row.status != 200 else "–"
    what, follows = _sentences(code, language)
    return (
        f'<details id="{escape(code)}"><summary><span class="verb">{status}</span><code>{escape(code)}</code>'
        f'<span class="title">{escape(what)}</span></summary>'
        f'<div class="inside"><p>{escape(follows)}</p></div></details>'
    )


def _sentences(code: str, language: str) -> tuple[str, str]:
    """Return what a problem is and what to do next."""
    row = PROBLEMS[code]
    return (row.en, row.next_en) if language == ENGLISH else (row.zh, row.next_zh)


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, ensure_ascii=False, indent=2))}</pre>"


def _prose(text: str) -> str:
    """Escape a docstring, with its ``literals`` as code."""
    pieces = escape(text).split("``")
    return "".join(f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces))


def _table(rows: Any) -> str:
    return "<table>" + "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in rows) + "</table>"
