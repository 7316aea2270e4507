"""A connection of the HTTP server, with a limit on the head of a request and on how long head and body may take.

uvicorn's own class has none of them: it gathers a header of any size, and waits for the rest of a request for ever.
What is refused here never reaches the program, so it is answered in the reader's default language and leaves one line
in the log at most.
"""

import asyncio
import functools
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mobile_contract.problems import details
from server.kernel.problems import MEDIA_TYPE
from server.kernel.settings import Settings

#: Bytes per second that a body must bring on average once its first ``body_seconds`` are over.
SLOWEST: Final = 100
#: Bytes of chunk sizes and trailers that a body may have per byte of its own.
OVERHEAD: Final = 16


class Connection(HttpToolsProtocol):
    """One connection; ``settings`` says what a request may take."""

    def __init__(self, *args: Any, settings: Settings, **named: Any) -> None:
        super().__init__(*args, **named)
        self._settings = settings
        self._reading_head = True  # also while nothing has come yet
        self._reading_body = False
        self._head = 0  # bytes of the head that is being read
        self._raw = self._body = 0  # bytes that came since, and those of them that are body
        self._began, self._counted = 0.0, 0  # when the body began, or the program last let it go on, and its bytes then
        self._seen = 0  # what had come when it was last looked at
        self._timer: asyncio.TimerHandle | None = None
        self._problem = ("request.malformed", {"reason": "HTTP/1.1"})

    # -- what arrives -------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's is
        """Wait for a head from now on."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse what is too much before more of it is gathered."""
        if self.transport.is_closing():
            return
        self._raw += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._reading_head:
            if self._raw > self._settings.head_bytes:
                self._refuse("request.head_too_large", limit=self._settings.head_bytes)
            elif self._timer is None and self._idle():  # blank lines: uvicorn no longer waits for the next request
                self._await_head()
        elif self._reading_body and self._raw - self._body > self._settings.head_bytes + OVERHEAD * self._body:
            self._refuse("request.head_too_large", limit=self._settings.head_bytes)

    def on_message_begin(self) -> None:
        """Read a head."""
        super().on_message_begin()
        self._reading_head, self._reading_body, self._head = True, False, 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        """Count it."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count it, in a head or after a body."""
        self._count(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Read a body."""
        self._stop()
        self._reading_head, self._reading_body = False, True
        self._raw = self._body = 0
        super().on_headers_complete()
        self._await_body()

    def on_body(self, body: bytes) -> None:
        """Count it."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock: what the program takes now is its own affair."""
        self._stop()
        self._reading_head, self._reading_body, self._raw = True, False, 0
        super().on_message_complete()

    # -- what it may take ---------------------------------------------------------------------------------------------

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > self._settings.head_bytes:
            self._problem = ("request.head_too_large", {"limit": str(self._settings.head_bytes)})
            raise ValueError("the head is too large")  # which ends the parser, and so calls `send_400_response`

    def _await_head(self) -> None:
        self._stop()
        self._timer = self.loop.call_later(self._settings.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._timer = None
        if self._raw:
            self._refuse("request.stalled")
        else:
            self.transport.close()  # a browser opens some in advance, and expects no answer

    def _await_body(self) -> None:
        self._began, self._counted, self._seen = self.loop.time(), self._body, self._raw
        self._timer = self.loop.call_later(self._settings.body_seconds, self._look_at_body)

    def _look_at_body(self) -> None:
        """Go on waiting if a body brings enough, or the program is who does not take it."""
        self._timer = None
        if self.flow.read_paused or self.cycle.waiting_for_100_continue:
            self._await_body()
            return
        passed = self.loop.time() - self._began
        silent = self._raw == self._seen
        if silent or self._body - self._counted < SLOWEST * passed:
            self._refuse("request.stalled")
            return
        self._seen = self._raw
        self._timer = self.loop.call_later(self._settings.body_seconds, self._look_at_body)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- what is answered ---------------------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it."""
        del msg  # uvicorn's sentence
        code, params = self._problem
        self._refuse(code, **params)

    def _refuse(self, code: str, **params: object) -> None:
        """Answer a problem, unless an answer is under way already, and close."""
        self._stop()
        if not self.transport.is_closing() and not self._answering():
            problem = details(code, {name: str(value) for name, value in params.items()}, "zh-CN")
            body = msgspec.json.encode(problem)
            head = f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[problem.status] + head.encode() + body)
        self.transport.close()

    def _answering(self) -> bool:
        """Return whether the program has begun to answer this request, or one before it that is not answered yet."""
        if self._idle():
            return not self._reading_head
        return self._reading_head or self.cycle.response_started

    def _idle(self) -> bool:
        cycle: Any = self.cycle  # None before the first request
        return cycle is None or bool(cycle.response_complete)


def connections(settings: Settings) -> Any:
    """Return what uvicorn makes a connection with."""
    return functools.partial(Connection, settings=settings)
