"""The version of the contract. Within version 1 every change is an addition: an old phone keeps syncing."""

from typing import Final

#: The first part stands in every path (``/v1/``); the second grows with each addition.
CONTRACT_VERSION: Final = "1.0"
