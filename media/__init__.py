"""Bytes and places: uploads on their way, blobs at rest, what an image says of itself, and where a fix lies."""
