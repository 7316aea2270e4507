"""The server: one folder per domain, composed in ``server.app``."""
