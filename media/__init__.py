"""Bytes and places: uploads on their way, blobs at rest, the metadata of an image, and where a fix lies."""
