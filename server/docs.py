"""The API's page at ``/docs``: every route and every problem on one page, without a script or a font from elsewhere."""

from html import escape
from typing import Any, Final

from litestar.connection import Request
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin

from mobile_contract.emit.components import components
from mobile_contract.problems import PROBLEMS

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #888; --accent: #14609f; }
body { font: 16px/1.55 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; margin: 0 auto;
  max-width: 60rem; padding: 2rem 1.2rem 6rem; }
h1 { font-size: 1.7rem; margin: 0 } h2 { margin: 2.6rem 0 .6rem; font-size: 1.15rem } p { margin: .4rem 0 1rem }
a { color: var(--accent) } code { font: .9em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid var(--line); padding: .5rem .7rem .5rem 0;
  vertical-align: top } .verb { font-weight: 600; width: 4.5rem } .quiet { color: var(--quiet); font-size: .9em }
"""
_INTRODUCTION: Final = """
<p>离线填报,如实汇总。所有请求以 <code>Authorization: Bearer &lt;token&gt;</code> 鉴权;令牌由
<code>POST /v1/login</code>(桌面)或 <code>POST /v1/enrol</code>(手机)取得。错误一律为
<code>application/problem+json</code>(RFC 9457)。</p>
<p>Every request carries a bearer token, from signing in (desk) or enrolling (phone). Every error is problem+json.
The whole description: <a href="/docs/openapi.json">openapi.json</a>.</p>
"""
_VERBS: Final = ("get", "post", "put", "patch", "delete", "head", "options")


class Page(OpenAPIRenderPlugin):
    """Renders the OpenAPI document as one plain page."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Return the page as UTF-8 HTML."""
        groups: dict[str, list[str]] = {}
        for path, item in sorted(openapi_schema.get("paths", {}).items()):
            group = path.strip("/").split("/")[1] if path.startswith("/v1/") else "server"
            groups.setdefault(group, []).extend(
                _route(verb, path, item[verb]) for verb in _VERBS if verb in item and verb != "options"
            )
        routes = "".join(f"<h2>{escape(name)}</h2><table>{''.join(rows)}</table>" for name, rows in groups.items())
        problems = "".join(_problem(code) for code in sorted(PROBLEMS))
        return (
            '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><title>铅垂 Plumbline API</title>'
            f"<style>{_STYLE}</style><h1>铅垂 Plumbline</h1>{_INTRODUCTION}{routes}"
            f"<h2>problems · 错误代码</h2><table>{problems}</table></html>"
        ).encode()


class Document(JsonRenderPlugin):
    """Renders the OpenAPI document with the contract's own schemas.

    Litestar's lose msgspec's discriminators and docstrings, and know nothing of what the routes decode themselves.
    """

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
        own = openapi_schema.get("components", {})
        schemas = {**own.get("schemas", {}), **components("#/components/schemas/{name}")}
        return super().render(request, {**openapi_schema, "components": {**own, "schemas": schemas}})


def _route(verb: str, path: str, operation: dict[str, Any]) -> str:
    said = escape(operation.get("description") or operation.get("summary") or "")
    asked = [item for item in operation.get("parameters", []) if item.get("in") == "query"]
    query = f' <span class="quiet">?{escape(", ".join(item["name"] for item in asked))}</span>' if asked else ""
    return f'<tr><td class="verb">{verb.upper()}</td><td><code>{escape(path)}</code>{query}<br>{said}</td></tr>'


def _problem(code: str) -> str:
    row = PROBLEMS[code]
    return (
        f'<tr id="{escape(code)}"><td class="verb">{row.status if row.status != 200 else "–"}</td>'
        f"<td><code>{escape(code)}</code><br>{escape(row.zh)}。{escape(row.next_zh)}"
        f'<br><span class="quiet">{escape(row.en)}. {escape(row.next_en)}</span></td></tr>'
    )
