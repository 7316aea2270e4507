"""Who may import whom. The tables below are the house; the functions only compare."""

import ast
import functools
from collections.abc import Collection, Iterator
from importlib import metadata

from tests.architecture._reader import PACKAGES, Import, Module, Modules, calls, is_standard, top, within

#: The floors inside ``server/``, from the ground up. A domain imports only those below it.
SERVER_FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"kernel"}),
    frozenset({"identity", "jobs", "proof"}),
    frozenset({"projects", "forms"}),
    frozenset({"replication", "uploads"}),
    frozenset({"reports", "captures", "reference"}),
    frozenset({"scans", "evidence", "openrosa"}),
    frozenset({"progress", "orders", "approvals", "labs", "weather"}),
    frozenset({"funds"}),
    frozenset({"archive", "risk", "credit"}),
    frozenset({"portal", "insight", "webhooks", "inbox"}),
)

#: The composition root: the one place that knows everything.
ROOF = (
    "server.app",
    "server.__main__",
    "server.cli",
    "server.demo",
    "server.migrations",
    "server.schema",
    "server.docs",
    "server.doctor",
    "server.connections",
    "server.webapp",
    "server.enrolling",
)

#: What the reference phone's storage and transport may stand on.
FIELDPHONE_MAY = ("server.fieldphone", "server.kernel", "sync", "mobile_contract")

#: The part of the standard library that has no clock, chance, environment, threads or I/O.
PURE_STANDARD = frozenset(
    "abc base64 bisect collections contextlib copy dataclasses datetime decimal enum fractions functools hashlib heapq "  # noqa: SIM905
    "itertools math operator re string struct types typing unicodedata uuid zlib __future__".split()
)

#: Calls that reach outside although their module is pure.
IMPURE_CALLS = frozenset(
    "open print input exec eval breakpoint __import__ uuid.uuid1 uuid.uuid4 datetime.now datetime.utcnow "  # noqa: SIM905
    "datetime.today date.today datetime.datetime.now datetime.datetime.utcnow datetime.date.today".split()
)

#: Parts that are another part's own, and come with it.
COMES_WITH = {"botocore": "boto3", "urllib3": "boto3", "types_boto3_s3": "boto3-stubs", "openpyxl": "pyxform"}

#: Pictures decoded outside media.image, because they do not come from outside.
OWN_PICTURES = {"ocr.sheet": "the page that was printed a line above"}

#: Parts that one room alone may know: whoever else needs them, asks that room.
ONLY: dict[str, tuple[str, ...]] = {
    "boto3": ("media.s3_store",),
    "botocore": ("media.s3_store",),
    "pillow_heif": ("media.image",),
    "shapely": ("media.geo",),
    "imagehash": ("media.image",),
    "pypdfium2": ("media.pdf",),
    "av": ("media.recording",),
    "PIL": ("media.image", "media.watermark", "ocr", "server.demo"),
    "paddleocr": ("ocr",),
    "paddlex": ("ocr",),
    "rapidocr": ("ocr",),
    "onnxruntime": ("ocr",),
    "zxingcpp": ("ocr",),
    "typst": ("ocr", "server.insight.typesetting"),
    "xlsxwriter": ("server.insight.sheets",),
    "segno": ("ocr", "server.enrolling"),
    "cv2": ("ocr", "server.demo", "server.scans.process"),
    "sqlalchemy": ("server",),
    "alembic": ("server.migrations", "server.schema"),
    "litestar": ("server",),
    "argon2": ("server.identity",),
    "cryptography": ("server.proof.signing",),
    "pyotp": ("server.identity", "server.demo"),
    "pyxform": ("server.forms",),
}


def floors(modules: Modules) -> list[str]:
    """Complain of every import that points up, sideways or out of the house."""
    return [f"{found}: {why}" for found in modules.imports for why in _judge(found)]


def _judge(found: Import) -> Iterator[str]:
    source, target = found.source, found.target
    if within(target, "tests") and not within(source, "tests"):
        yield "nothing sees tests"
    if within(source, "mobile_contract") and not (within(target, "mobile_contract", "msgspec") or is_standard(target)):
        yield "the contract knows msgspec and the standard library only"
    elif within(source, "sync") and not within(target, "sync", "mobile_contract", "msgspec"):
        if not is_standard(target):
            yield "sync knows the contract, msgspec and the standard library only"
        elif top(target) not in PURE_STANDARD:
            yield f"sync is pure, and {top(target)} is not"
    elif within(source, "media", "ocr") and within(target, *({"sync", "media", "ocr", "server"} - {top(source)})):
        yield f"{top(source)} knows nothing of ours but the contract"
    elif within(source, "server.fieldphone"):
        if within(target, "server", "media", "ocr") and not within(target, *FIELDPHONE_MAY):
            yield "the phone knows sync, the contract and the kernel only"
    elif within(source, "server") and within(target, "server"):
        yield from _judge_server(source, target)


def _judge_server(source: str, target: str) -> Iterator[str]:
    if within(source, *ROOF):
        return
    if within(target, *ROOF):
        yield "the roof is above everybody"
        return
    here, there = _domain(source), _domain(target)
    if here == there or not here:
        return
    if here not in _FLOOR:
        yield f"server/{here} has no floor in tests/architecture/_floors.py"
    elif there not in _FLOOR:
        yield f"server/{there} is on no floor that a domain may stand on"
    elif _FLOOR[there] >= _FLOOR[here]:
        yield f"{there} is not below {here}; influence it through the journal"
    elif there != "kernel" and target != f"server.{there}":
        yield f"go through the face: from server.{there} import …"


_FLOOR = {domain: number for number, domains in enumerate(SERVER_FLOORS) for domain in domains}


def _domain(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def impure_calls(modules: Modules) -> list[str]:
    """Complain where sync asks a clock, chance or the outside, or waits."""
    found = []
    for module in modules.values():
        if within(module.name, "sync"):
            found += [f"{module.name}:{line} {what}: sync is pure" for line, what in _impurities(module)]
    return found


def _impurities(module: Module) -> Iterator[tuple[int, str]]:
    for name, call in calls(module):
        if name in IMPURE_CALLS:
            yield call.lineno, f"calls {name}()"
    for node in module.nodes:
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, "is async"


def owners(modules: Modules) -> list[str]:
    """Complain where a part is imported outside the one room that may know it."""
    found = []
    for one in modules.imports:
        allowed = ONLY.get(top(one.target))
        if allowed is not None and not within(one.source, *allowed, "tests"):
            found.append(f"{one}: only {', '.join(allowed)} may")
    return found


def undeclared(modules: Modules, run: Collection[str], dev: Collection[str]) -> list[str]:
    """Complain of libraries that are imported and not declared: ``run`` for what is shipped, ``dev`` for tests."""
    shipped = {name for distribution in run for name in _provides(distribution)}
    tested = shipped | {name for distribution in dev for name in _provides(distribution)}
    found = set()
    for one in modules.imports:
        name = top(one.target)
        known = tested if within(one.source, "tests") or name.startswith("types_") else shipped
        if name not in PACKAGES and not is_standard(name) and COMES_WITH.get(name, name) not in known:
            found.add(f"{one.source} imports {name}, which pyproject.toml does not declare")
    return sorted(found)


@functools.cache
def _provides(distribution: str) -> frozenset[str]:
    files = metadata.files(distribution) or ()
    return frozenset(file.parts[0].partition(".")[0] for file in files if file.suffix in (".py", ".so", ".pyi"))


def decoders(modules: Modules) -> list[str]:
    """Complain where an image is decoded elsewhere than in media.image, which has the limits."""
    found = []
    for module in modules.values():
        if within(module.name, "tests", "media.image", "server.demo", *OWN_PICTURES):
            continue
        for name, call in calls(module):
            if name in ("Image.open", "PIL.Image.open", "Pictures.open", "cv2.imdecode", "cv2.imread"):
                found.append(f"{module.name}:{call.lineno} calls {name}(): decoding has limits in media.image only")
    return found


#: Where Litestar's errors become ours.
EDGE = ("server.kernel.bodies", "server.kernel.problems")


def http_errors(modules: Modules) -> list[str]:
    """Complain where HTTP's exceptions leave the edge."""
    found = []
    for one in modules.imports:
        at_edge = one.source.endswith(".routes") or one.source in EDGE or within(one.source, "tests")
        if within(one.target, "litestar.exceptions") and not at_edge:
            found.append(f"{one}: rooms raise Refused; HTTP is for routes and server.kernel.problems")
    return found


def rows(modules: Modules) -> list[str]:
    """Complain of a domain without a row, and of a row that is read elsewhere than in ``server.app``."""
    domains = {name for name in _FLOOR if name != "kernel" and f"server.{name}" in modules}
    there = {(one.source, one.target) for one in modules.imports}
    found = [
        f"server/{name} exports no DOMAIN: write server/{name}/domain.py, and name it in server/{name}/__init__.py"
        for name in sorted(domains)
        if (f"server.{name}", f"server.{name}.domain") not in there
    ]
    for module in modules.values():
        if not within(module.name, "server.app", "tests"):
            found += [f"{module.name}:{line}: only server.app lists domains" for line in _listed(module)]
    return found


def _listed(module: Module) -> Iterator[int]:
    own = f"{module.name}.domain" if module.is_package else ""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "DOMAIN":
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module != own:
            yield from (node.lineno for alias in node.names if alias.name == "DOMAIN")


def circles(modules: Modules) -> list[str]:
    """Complain of every set of modules that import each other in a ring, by Tarjan's strongly connected components."""
    edges: dict[str, set[str]] = {name: set() for name in modules}
    for one in modules.imports:
        if one.target in modules and one.target != one.source:
            edges[one.source].add(one.target)
    return [" ↔ ".join(sorted(ring)) for ring in _components(edges) if len(ring) > 1]


def _components(edges: dict[str, set[str]]) -> list[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    rings: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in sorted(edges[name]):
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            ring = []
            while True:
                ring.append(stack.pop())
                if ring[-1] == name:
                    break
            rings.append(ring)

    for name in sorted(edges):
        if name not in index:
            visit(name)
    return rings
