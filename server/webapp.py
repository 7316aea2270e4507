"""The apps – the phone at ``/app``, the desk at ``/desk``: what ``scripts/web build`` made, from memory, by name only.

A request names a file by looking it up in the list of those that were built; no path is ever joined to the folder.
Names with a hash in them (``assets/``) never change and are cached for ever; the rest is asked for
again each time, and mostly answered by 304.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import anyio.to_thread
import zstandard
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from mobile_contract.problems import Refused
from server.kernel.compression import MINIMUM_BYTES, choose, is_text
from server.kernel.settings import Settings

AnyRequest = Request[Any, Any, Any]

_DIST: Final = Path(__file__).parents[1] / "web" / "dist"
_INDEX: Final = "index.html"
#: What the build writes last of an app's page and of its service worker, where it has one.
_MARKS: Final = (_INDEX, "sw.js")


@dataclass(frozen=True)
class App:
    """An app: its first step of the address, where its build is put, and what its pages may ask the browser for."""

    name: str
    called: str
    folder: Path
    permissions: str

    @property
    def address(self) -> str:
        """Where its page is."""
        return f"/{self.name}/"


PHONE: Final = App(
    "app", "手机端 · The phone app", _DIST / "phone", "camera=(self), geolocation=(self), microphone=(self)"
)
DESK: Final = App("desk", "桌面端 · The desk", _DIST / "desk", "camera=(), geolocation=(), microphone=()")
APPS: Final = (PHONE, DESK)
#: As small as they get, since each file is packed once: over 2G a kilobyte is a twentieth of a second.
_PACK: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "zstd": lambda body: zstandard.compress(body, 19),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
_TYPES: Final = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"

_NOT_BUILT: Final = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>铅垂 Plumbline</title>
<h1>{called}</h1><p>还没有构建:在服务器的代码目录运行 <code>make web</code>,然后刷新本页。</p>
<p>It has not been built. Run <code>make web</code> in the server's folder, then load this page again.</p></html>"""


@dataclass(frozen=True)
class Asset:
    """One built file: its name in the app and its bytes."""

    name: str
    body: bytes = field(repr=False)

    @cached_property
    def media_type(self) -> str:
        """The type by the name's ending."""
        guessed = _TYPES.get(Path(self.name).suffix) or mimetypes.guess_type(self.name)[0]
        return guessed or "application/octet-stream"

    @cached_property
    def tag(self) -> str:
        """What stands for the bytes."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def packable(self) -> bool:
        """Whether it is worth packing: WebAssembly is, pictures are packed already."""
        return len(self.body) >= MINIMUM_BYTES and (
            is_text(self.media_type) or self.media_type in ("application/wasm", "image/svg+xml")
        )

    @cached_property
    def caching(self) -> str:
        """How long it may be kept without asking."""
        return _FOR_EVER if self.name.startswith("assets/") else _ASK_AGAIN


class Shelf:
    """The built files of a folder, read again when they were built again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built_at: list[int] = []
        self._assets: dict[str, Asset] = {}
        self._packed: dict[tuple[str, str], bytes] = {}

    def find(self, name: str) -> Asset | None:
        """Return a file; for an address inside the app that is none, its page. None: never built, or no such file."""
        self._look()
        wanted = self._assets.get(name)
        return wanted if wanted or "." in name.rpartition("/")[2] else self._assets.get(_INDEX)

    @property
    def empty(self) -> bool:
        """Whether the app was never built."""
        return not self._assets

    async def packed(self, asset: Asset, encoding: str) -> bytes:
        """Return a file's bytes in an encoding; each is packed once, on a thread."""
        key = asset.tag, encoding
        if key not in self._packed:
            self._packed[key] = await anyio.to_thread.run_sync(_PACK[encoding], asset.body)
        return self._packed[key]

    def _look(self) -> None:
        built_at = [mark.stat().st_mtime_ns for name in _MARKS if (mark := self._folder / name).exists()]
        if built_at != self._built_at:
            files = {path.relative_to(self._folder).as_posix(): path for path in self._folder.rglob("*")}
            self._assets = {name: Asset(name, path.read_bytes()) for name, path in files.items() if path.is_file()}
            self._packed.clear()
            self._built_at = built_at


def guards(settings: Settings, app: App = PHONE) -> dict[str, str]:
    """Return the headers that keep an app to itself: its own origin, and the store that downloads are sent on to."""
    store = settings.s3_public_endpoint or settings.s3_endpoint
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(store)) if settings.blob_store == "s3" and store else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "worker-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "media-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {origin}".strip(),
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": f"{app.permissions}, payment=(), usb=(), midi=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def routes(settings: Settings, apps: Sequence[App] = APPS) -> list[HTTPRouteHandler]:
    """Make the routes that serve the apps: each address names its app in its first step."""
    shelves = {app.name: (app, Shelf(app.folder), guards(settings, app)) for app in apps}

    async def serve(request: AnyRequest, name: str) -> Response[bytes]:
        app, shelf, guarded = shelves[request.url.path.split("/")[1]]
        asset = shelf.find(name)
        if asset is None and not shelf.empty:
            raise Refused("request.not_found")
        if asset is None:
            fields = {**guarded, "Cache-Control": "no-store"}
            page = _NOT_BUILT.replace("{called}", app.called).encode()
            return Response(page, status_code=503, media_type="text/html", headers=fields)
        return await _answer(request, shelf, asset, guarded)

    @get(["/app", "/desk"], include_in_schema=False)
    async def app(request: AnyRequest) -> Response[bytes]:
        """Return an app's page; its address ends in a slash, which is what a service worker is responsible for."""
        if not request.scope["raw_path"].endswith(b"/"):
            return Response(b"", status_code=308, headers={"Location": f"{request.url.path}/"})
        return await serve(request, _INDEX)

    @get(["/app/{path:path}", "/desk/{path:path}"], include_in_schema=False)
    async def app_file(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
        """Return a file of an app."""
        return await serve(request, path.removeprefix("/"))

    return [app, app_file]


async def _answer(request: AnyRequest, shelf: Shelf, asset: Asset, guarded: dict[str, str]) -> Response[bytes]:
    encoding = choose(request.headers.get("accept-encoding", "")) if asset.packable else None
    tag = f'"{asset.tag}{"-" + encoding if encoding else ""}"'
    fields = {**guarded, "ETag": tag, "Cache-Control": asset.caching}
    if asset.packable:
        fields["Vary"] = "Accept-Encoding"
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=fields)
    if encoding:
        fields["Content-Encoding"] = encoding
    body = await shelf.packed(asset, encoding) if encoding else asset.body
    return Response(body, media_type=asset.media_type, headers=fields)
