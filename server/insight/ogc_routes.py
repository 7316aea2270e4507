"""HTTP of OGC API – Features."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.ogc import Collection, Collections, Conformance, LandingPage
from mobile_contract.problems import Refused
from server.identity import Caller
from server.insight import ogc
from server.insight.features import CollectionName
from server.insight.ogc import GEOJSON, ROOT, Features
from server.kernel.declared import declare

AnyRequest = Request[Any, Any, Any]
_ITEMS: Final = "/collections/{collection:str}/items"


@get(
    ROOT,
    sync_to_thread=False,
    summary="OGC 要素服务入口 · Landing page of the features",
    description="OGC API – Features 的入口页,供 QGIS 等读取。",
)
def features_landing(request: AnyRequest, caller: NamedDependency[Caller]) -> LandingPage:  # noqa: ARG001 - asks who calls
    """Return the landing page of OGC API – Features, which QGIS and others read."""
    return ogc.landing(_base(request))


@get(
    f"{ROOT}/conformance",
    sync_to_thread=False,
    summary="OGC 符合性声明 · What the features conform to",
    description="列出所符合的要求类。",
)
def features_conformance(caller: NamedDependency[Caller]) -> Conformance:  # noqa: ARG001
    """List the classes of requirements that are met."""
    return ogc.conformance()


@get(
    f"{ROOT}/collections",
    sync_to_thread=False,
    summary="列出要素集 · List the collections of features",
    description="列出要素集:签到、照片、围栏。",
)
def features_collections(request: AnyRequest, caller: NamedDependency[Caller]) -> Collections:  # noqa: ARG001
    """List the collections: check-ins, photographs, fences."""
    return ogc.collections(_base(request))


@get(
    f"{ROOT}/collections/{{collection:str}}",
    sync_to_thread=False,
    summary="一个要素集 · One collection of features",
    description="说明一个要素集。",
)
def features_collection(
    request: AnyRequest,
    collection: FromPath[str],
    caller: NamedDependency[Caller],  # noqa: ARG001
) -> Collection:
    """Return what a collection is."""
    return ogc.described(_base(request), _name(collection))


@get(
    ROOT + _ITEMS,
    summary="读取要素 · Read features",
    description="以 GeoJSON 返回调用者可读的要素,按时间先后;经纬度为 WGS-84。"
    "\n\n``limit`` 超过上限时按上限;``next`` 链接保留其余参数。",
    opt=declare(gives=(GEOJSON,)),
)
async def features_items(  # noqa: PLR0913, PLR0917 - one for each parameter of the standard
    request: AnyRequest,
    collection: FromPath[str],
    caller: NamedDependency[Caller],
    features: NamedDependency[Features],
    bbox: Annotated[str, QueryParameter(max_length=200)] = "",
    datetime: Annotated[str, QueryParameter(max_length=80)] = "",
    limit: Annotated[str, QueryParameter(pattern=r"^\d{0,9}$")] = "",
    after: Annotated[str, QueryParameter(max_length=160, pattern=r"^[0-9A-Za-z:.~-]*$")] = "",
) -> Response[bytes]:
    """Return the features that the caller may read as GeoJSON, by time; longitude and latitude in WGS-84.

    A ``limit`` beyond the most is clamped; the link ``next`` keeps all other parameters.
    """
    here = f"{_base(request)}{request.url.path}"
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    more = f"{here}?{urlencode(others)}{'&' if others else ''}"
    asked = ogc.read(bbox, datetime, limit, after)
    body = await features.page(caller, _name(collection), asked, f"{here}?{urlencode(others)}".rstrip("?"), more)
    return Response(body, media_type=GEOJSON)


@get(
    ROOT + _ITEMS + "/{feature:str}",
    summary="一个要素 · One feature",
    description="以 GeoJSON 返回一个要素。",
    opt=declare(gives=(GEOJSON,)),
)
async def features_item(
    collection: FromPath[str],
    feature: FromPath[str],
    caller: NamedDependency[Caller],
    features: NamedDependency[Features],
) -> Response[bytes]:
    """Return one feature as GeoJSON."""
    if not is_id(feature):
        raise Refused("request.not_found")
    return Response(await features.one(caller, _name(collection), feature), media_type=GEOJSON)


def _base(request: AnyRequest) -> str:
    return str(request.base_url).rstrip("/")


def _name(text: str) -> CollectionName:
    try:
        return CollectionName(text)
    except ValueError:
        raise Refused("request.not_found") from None


ROUTES = [
    features_landing,
    features_conformance,
    features_collections,
    features_collection,
    features_items,
    features_item,
]
