"""The single source of every type that crosses the wire, for the server, the phone app and any other client."""
