"""Uploads: files on their way (tus 1.0), blobs at rest, and which records cite them.

``Uploads`` is the service; its ``blobs`` reads what has arrived. For higher floors, inside a transaction:
``cite(tx, scope, record_id, shas, person)``, ``receipts(tx, scope, record_id)``, ``citing(tx, sha256)`` and
``facts(tx, shas)``. The event ``blob.stored`` (subject: the digest): a person brought bytes that they had not
brought before. ``blob.examined``: its facts are stored, after each ``blob.stored`` once the bytes were examined.
``blob.arrived`` and ``blob.lost`` (payload: one scope): records of that scope have a receipt to show, or to
take back.
"""

from server.uploads import downloads, routes
from server.uploads.blobs import Blobs
from server.uploads.domain import DOMAIN
from server.uploads.downloads import AS_IT_IS, INERT
from server.uploads.events import BlobExamined
from server.uploads.headers import disposition
from server.uploads.headers import names as names_tag
from server.uploads.model import Blob
from server.uploads.service import Uploads
from server.uploads.shares import largest
from server.uploads.stores import open_store

ROUTES = [*routes.ROUTES, *downloads.ROUTES]

__all__ = [
    "AS_IT_IS",
    "DOMAIN",
    "INERT",
    "ROUTES",
    "Blob",
    "BlobExamined",
    "Blobs",
    "Uploads",
    "disposition",
    "largest",
    "names_tag",
    "open_store",
]
