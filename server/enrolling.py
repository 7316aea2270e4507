"""Enrolling a phone from the command line: a link that carries the code, and the same as a QR in the terminal."""

from io import StringIO

import segno

from server.webapp import PHONE


def link(server: str, code: str) -> str:
    """Return the address that opens the app and enrols. The code is in the fragment, which no server ever sees."""
    return f"{server.rstrip('/')}{PHONE.address}#enrol={code}"


def drawn(address: str) -> str:
    """Draw an address as a QR code of block characters, two modules high each."""
    lines = StringIO()
    segno.make(address, error="m").terminal(lines, compact=True)
    return lines.getvalue()
