import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gaterhub.agent.checks.endpoints import BadCheck, checks_from
from gaterhub.agent.checks.finding import Failed, Finding, State


@asynccontextmanager
async def answering(answer: bytes, asked: list[bytes] | None = None) -> AsyncIterator[int]:
    """Serve on a free port, where every request gets this answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer:
            head = await reader.readuntil(b"\r\n\r\n")
            if asked is not None:
                asked.append(head)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def probe(setting: str) -> Finding:
    (check,) = checks_from(setting)
    return await check.probe()


class TestChecksFrom:
    def test_read_names_and_addresses(self) -> None:
        postgres, web = checks_from("postgres=tcp://127.0.0.1:5432, web=https://hub.example/livez")

        assert (postgres.component, postgres.target) == ("postgres", "tcp://127.0.0.1:5432")
        assert (web.component, web.target) == ("web", "https://hub.example:443/livez")

    def test_are_none_of_an_empty_setting(self) -> None:
        assert checks_from(" , ") == []

    def test_show_no_password(self) -> None:
        (check,) = checks_from("web=http://me:sesame@hub.example:8000/livez?key=secret")

        assert check.target == "http://hub.example:8000/livez"

    @pytest.mark.parametrize(
        "setting",
        [
            "postgres",
            "=tcp://127.0.0.1:5432",
            "***=tcp://127.0.0.1:5432",
            "postgres=127.0.0.1:5432",
            "postgres=tcp://127.0.0.1",
            "postgres=tcp://:5432",
            "postgres=tcp://127.0.0.1:99999",
            "web=ftp://hub.example",
            "a=tcp://127.0.0.1:1,a=tcp://127.0.0.1:2",
        ],
    )
    def test_say_what_cannot_be_read(self, setting: str) -> None:
        with pytest.raises(BadCheck, match="GATERHUB_AGENT_CHECKS"):
            checks_from(setting)


class TestTcpCheck:
    async def test_is_well_where_somebody_listens(self) -> None:
        async with answering(b"") as port:
            assert (await probe(f"it=tcp://127.0.0.1:{port}")).state is State.OK

    async def test_fails_where_nobody_does(self) -> None:
        with pytest.raises(Failed, match="refused"):
            await probe(f"it=tcp://127.0.0.1:{free_port()}")


class TestHttpCheck:
    @pytest.mark.parametrize(
        ("status", "state"),
        [(200, State.OK), (204, State.OK), (302, State.OK), (404, State.DEGRADED), (503, State.FAILING)],
    )
    async def test_judges_by_the_status(self, status: int, state: State) -> None:
        async with answering(b"HTTP/1.1 %d Whatever\r\n\r\n" % status) as port:
            assert (await probe(f"it=http://127.0.0.1:{port}/livez")).state is state

    async def test_asks_for_the_page_of_the_address(self) -> None:
        asked: list[bytes] = []
        async with answering(b"HTTP/1.1 200 OK\r\n\r\n", asked) as port:
            await probe(f"it=http://127.0.0.1:{port}/a/b?c=d")

        lines = asked[0].decode().split("\r\n")
        assert lines[:2] == ["GET /a/b?c=d HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        assert "Connection: close" in lines

    @pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\r\n", b"HTTP/1.1\r\n", b"x" * 20_000])
    async def test_fails_where_no_http_is_spoken(self, answer: bytes) -> None:
        async with answering(answer) as port:
            with pytest.raises(Failed):
                await probe(f"it=http://127.0.0.1:{port}/")

    async def test_fails_where_the_connection_is_closed_without_an_answer(self) -> None:
        async with answering(b"") as port:
            with pytest.raises(Failed):
                await probe(f"it=http://127.0.0.1:{port}/")

    async def test_fails_where_nobody_listens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(Failed, match="refused"):
            await probe(f"it=http://127.0.0.1:{free_port()}/")
