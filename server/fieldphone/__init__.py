"""The reference phone made real: SQLite under it, HTTP around it. Used by the demo, load tests and scripts."""

from server.fieldphone.phone import Phone, enrol
from server.fieldphone.storage import SqliteStorage
from server.fieldphone.transport import Cut, FileSender, HttpTransport, sha256_of

__all__ = ["Cut", "FileSender", "HttpTransport", "Phone", "SqliteStorage", "enrol", "sha256_of"]
