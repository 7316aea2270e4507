"""The one base of every wire type."""

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A value as it travels: immutable, built by keyword, camelCase in JSON.

    Unknown keys are ignored when decoding, so that an old reader understands a newer writer: within version 1
    every change is an addition. Fields left at their default are not sent.

    ``kw_only`` is not inherited by msgspec; each subclass states it again (a test reads the catalogue and says so).
    """
