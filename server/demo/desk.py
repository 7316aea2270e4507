"""A person at a desk, over HTTP: the calls that the demonstration makes besides the phones'."""

from typing import Any

import httpx


class Desk:
    """A signed-in person. Every call raises with the server's own words when it is refused."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=120)
        session = self.call("POST", "/v1/login", {"login": login, "password": password})
        self.person: str = session["person"]
        self.client.headers["Authorization"] = f"Bearer {session['token']}"

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Make one call with a JSON body and give the JSON answer; None when there is none."""
        answer = self.client.request(method, path, json=body, params=params)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def record(self, record: str) -> dict[str, Any]:
        """Return one record as its feed entry."""
        found: dict[str, Any] = self.call("GET", f"/v1/records/{record}")
        return found

    def records(self, kind: str, scope: str) -> list[dict[str, Any]]:
        """Return the live records of a kind in a scope."""
        found: list[dict[str, Any]] = self.call("GET", "/v1/records", kind=kind, scope=scope, limit=500)
        return found

    def blob(self, sha256: str) -> bytes:
        """Download a file."""
        answer = self.client.get(f"/v1/blobs/{sha256}", follow_redirects=True)
        answer.raise_for_status()
        return answer.content
