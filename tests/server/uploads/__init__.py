"""Uploads and blobs, on every store and both engines."""
