"""The agent's way to a hub elsewhere: batches by HTTP on one kept connection."""

import asyncio
import http.client
import json
import math
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import urlsplit

from gaterhub.agent.backoff import MOST_SECONDS
from gaterhub.agent.sender import Later, Letter, Outcome, Refused, named
from gaterhub.agent.signer import Signer
from gaterhub.origin import host
from instances.event import BadEvent

BATCH_EVENTS: Final = 500
"""Half of what a request may hold, so that long log lines still fit its 4 MiB."""
BODY_MAX_BYTES: Final = 3 * 1024 * 1024
PAUSE_SECONDS: Final = 1.0
"""Readings of one second travel together; nothing that the agent reads is worth a request of its own."""
TIMEOUT_SECONDS: Final = 10.0
RETRY_AFTER_MOST_SECONDS: Final = 300.0
"""A longer wish is a mistake or a joke, and the readings would be stale."""
ANSWER_MAX_BYTES: Final = 1024 * 1024

_LATER: Final = frozenset({408, 429, 500, 502, 503, 504})
# The same for every reading until somebody mends the token or the address, which may happen any minute.
_NOT_NOW: Final = frozenset({401, 403, 404})


class BadAddress(ValueError):
    """An address that is none of a hub."""


class OverHttp:
    batch_events = BATCH_EVENTS
    pause_seconds = PAUSE_SECONDS
    retry_most_seconds = MOST_SECONDS

    def __init__(self, url: str, token: str, *, signer: Signer | None = None) -> None:
        """Raises: BadAddress."""
        self._signer = signer
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadAddress(f"{url!r} is no address of a hub, such as https://hub.example or http://127.0.0.1:8000.")
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connection: http.client.HTTPConnection | None = None
        # One thread, so that batches leave in order and the connection has one user.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="agent-http")

    async def send(self, instance: str, letters: Sequence[Letter]) -> Outcome:
        outcome = await asyncio.get_running_loop().run_in_executor(self._thread, self._send, instance, letters)
        if self._signer is not None:
            again = set() if outcome.later is None else {letter.id for letter in outcome.later.letters}
            self._signer.done(letter for letter in letters if letter.id not in again)
        return outcome

    async def close(self) -> None:
        # A request that hangs ends by its time-out; nobody needs to wait for it.
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _send(self, instance: str, letters: Sequence[Letter]) -> Outcome:
        """Post the batch, in parts where it is too big.

        1. Write the events; what can't be written as JSON, or signed where they are signed, is refused here.
        2. Post as many as fit a body.
        3. Read from the answer what is refused for good and what is for later.
        """
        bodies: list[tuple[Letter, bytes]] = []
        refused: list[Refused] = []
        for letter in letters:
            try:
                written = _as_json(letter)
                if self._signer is not None:
                    self._signer.check(instance, written)
                bodies.append((letter, written))
            except (TypeError, ValueError) as error:
                refused.append(Refused(letter, "bad_request", f"It can't be written as JSON: {error}."))
            except BadEvent as error:
                refused.append(Refused(letter, error.code, error.message))
        while bodies:
            fitting = _how_many_fit(bodies)
            part, bodies = bodies[:fitting], bodies[fitting:]
            outcome = self._post(instance, part)
            refused.extend(outcome.refused)
            if outcome.later is not None:
                rest = [*outcome.later.letters, *(letter for letter, _ in bodies)]
                return Outcome(refused, Later(rest, outcome.later.message, outcome.later.after_seconds))
        return Outcome(refused)

    def _post(self, instance: str, part: Sequence[tuple[Letter, bytes]], *, again: bool = True) -> Outcome:
        letters = [letter for letter, _ in part]

        def body() -> bytes:
            events = [written for _, written in part] if self._signer is None else self._signer.signed(instance, part)
            return b"[" + b",".join(events) + b"]"

        try:
            status, retry_after, answer = self._request(f"{self._path}/api/v1/instances/{instance}/events/", body)
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            return Outcome(later=Later(letters, f"the hub can't be reached ({error or type(error).__name__})"))
        if status in (201, 202):
            return Outcome()
        problem = _problem(answer)
        said = problem.get("detail") or problem.get("title") or ""
        message = f"{status} {problem.get('code', '')} {said}".strip()
        if status in _LATER or status in _NOT_NOW:
            return Outcome(later=Later(letters, f"the hub answers {message}", _seconds(retry_after)))
        return self._without_the_bad(instance, part, problem, message, again=again)

    def _without_the_bad(
        self,
        instance: str,
        part: Sequence[tuple[Letter, bytes]],
        problem: dict[str, Any],
        message: str,
        *,
        again: bool,
    ) -> Outcome:
        """Give up the events that the answer names, or all where it names none; post the others again."""
        code = str(problem.get("code", "bad_request"))
        bad = _bad_events(problem) if again else {}
        refused = [
            Refused(letter, *bad.get(index, (code, message)))
            for index, (letter, _) in enumerate(part)
            if index in bad or not bad
        ]
        good = [each for index, each in enumerate(part) if bad and index not in bad]
        if not good:
            return Outcome(refused)
        rest = self._post(instance, good, again=False)
        return Outcome([*refused, *rest.refused], rest.later)

    def _request(self, path: str, body: Callable[[], bytes]) -> tuple[int, str | None, bytes]:
        kept = self._connection is not None
        try:
            return self._exchange(path, body())
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._hang_up()
            if not kept:
                raise
            # The hub closed the idle connection just then. The ids make a second try harmless.
            return self._exchange(path, body())

    def _exchange(self, path: str, body: bytes) -> tuple[int, str | None, bytes]:
        connection = self._connection = self._connection or self._connect()
        connection.request("POST", path, body=body, headers=self._headers)
        response = connection.getresponse()
        answer = response.read(ANSWER_MAX_BYTES)
        if response.will_close or not response.isclosed():
            self._hang_up()
        return response.status, response.getheader("Retry-After"), answer

    def _connect(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _as_json(letter: Letter) -> bytes:
    body = letter.body()
    body["metadata"] = named(letter.reading.metadata, host())
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _how_many_fit(bodies: Sequence[tuple[Letter, bytes]]) -> int:
    size = 2
    for count, (_, written) in enumerate(bodies):
        size += len(written) + 1
        if size > BODY_MAX_BYTES:
            return max(count, 1)
    return len(bodies)


def _problem(answer: bytes) -> dict[str, Any]:
    """Return what a problem+json says; a proxy's page of HTML says nothing."""
    try:
        problem = json.loads(answer)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _bad_events(problem: dict[str, Any]) -> dict[int, tuple[str, str]]:
    """Return the code and the message of each event that a batch was refused for, by its index."""
    errors = problem.get("errors")
    return {
        error["index"]: (str(error.get("code", "bad_request")), str(error.get("message", "")))
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict) and isinstance(error.get("index"), int)
    }


def _seconds(retry_after: str | None) -> float:
    """Return a Retry-After in seconds; a date (RFC 9110 section 10.2.3) is left to the back-off."""
    try:
        seconds = float(retry_after or 0)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_MOST_SECONDS) if math.isfinite(seconds) else 0.0
