"""The API's documents at ``/docs``: the OpenAPI document, and a page made of it."""

from server.docs.document import Document
from server.docs.page import Page

__all__ = ["Document", "Page"]
