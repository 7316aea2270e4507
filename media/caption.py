"""What a captioned copy of a photograph says."""

import msgspec


class Caption(msgspec.Struct, frozen=True, kw_only=True):
    """Texts in the order they are read. ``rows`` are labels with their values; ``mark`` ties the copy to its original.

    Nothing is left out for being long: what does not fit a line goes on in the next, up to a few lines.
    """

    time: str
    date: str
    title: str
    rows: tuple[tuple[str, str], ...]
    mark: str
