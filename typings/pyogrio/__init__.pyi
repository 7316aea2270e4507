# What the tests use of pyogrio 0.13; the library ships no types.
from collections.abc import Mapping

from pyogrio import raw as raw

def set_gdal_config_options(options: Mapping[str, str]) -> None: ...
