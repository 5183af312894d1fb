"""Anchors: folders and real programs on 127.0.0.1, and what becomes of those that fail, hang or lie."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from instances.journal import anchors, keys, merkle, notes, outgoing, witness
from instances.journal.anchoring import Anchoring
from instances.journal.models import Anchored, Checkpoint, Witnessed
from instances.journal.router import ALIAS
from tests.integration.journal.growing import grow, leaf_of


def checkpoint(size: int, *, instance: str = "audit", ms: int = 1_800_000_000_000) -> Checkpoint:
    """Store a checkpoint over the first entries of a journal that `grow` made."""
    root = merkle.root_of(map(leaf_of, range(size)))
    origin = keys.log_origin(instance)
    note = notes.sign(notes.checkpoint_text(origin, size, root), origin, keys.signing_key())
    return Checkpoint.objects.create(instance=instance, size=size, root=root, note=note, signed_ms=ms)


Answering = Callable[[str, dict[str, str], bytes], tuple[int, str, bytes]]


class Program:
    """Another program that takes POSTs, and answers as `answering` says."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.answering: Answering = lambda path, headers, body: (200, "text/plain", b"kept")
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                program.heard.append((self.path, dict(self.headers), body))
                status, kind, said = program.answering(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status == 302:
                    self.send_header("Location", f"{program.url}/elsewhere")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Whoever doesn't wait for the answer is no error to print.
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.end()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestDirectory:
    def test_has_a_file_for_each_checkpoint(self, tmp_path: Path) -> None:
        anchor = anchors.anchor_of(f"dir:{tmp_path}")
        first, second = checkpoint(3), checkpoint(5, ms=1_800_000_010_000)

        assert anchor.keep(first) == "00000000000000000003-1800000000000.note"
        anchor.keep(second)
        anchor.keep(second)

        folder = tmp_path / "gaterhub.test%2Faudit" / "2027-01-15"
        assert [path.read_text() for path in sorted(folder.iterdir())] == [first.note, second.note]

    def test_never_writes_over_a_file(self, tmp_path: Path) -> None:
        anchor = anchors.anchor_of(f"dir:{tmp_path}")
        kept = checkpoint(3)
        name = anchor.keep(kept)
        path = next(tmp_path.rglob("*.note"))
        path.write_text("torn")

        assert anchor.keep(kept) == name.replace(".note", ".1.note")
        assert path.read_text() == "torn"

    def test_is_not_made_where_its_disk_is_not_there(self, tmp_path: Path) -> None:
        anchor = anchors.anchor_of(f"dir:{tmp_path}/worm")

        with pytest.raises(anchors.NotAnchored, match="is no folder"):
            anchor.keep(checkpoint(3))

    def test_tells_of_a_later_checkpoint_that_the_hub_itself_has_signed(self, tmp_path: Path) -> None:
        anchors.anchor_of(f"dir:{tmp_path}").keep(checkpoint(20))

        with pytest.raises(anchors.Ahead, match="over 20 entries") as ahead:
            anchors.anchor_of(f"dir:{tmp_path}").keep(checkpoint(12))

        assert (ahead.value.signed.size, ahead.value.signed.root) == (20, merkle.root_of(map(leaf_of, range(20))))

    def test_believes_no_file_that_the_hub_has_not_signed(self, tmp_path: Path) -> None:
        anchors.anchor_of(f"dir:{tmp_path}").keep(checkpoint(20))
        path = next(tmp_path.rglob("*.note"))
        path.write_text(path.read_text().replace("\n20\n", "\n21\n"))

        anchors.anchor_of(f"dir:{tmp_path}").keep(checkpoint(12))


class TestWebhook:
    def test_gets_the_note_with_its_token(self, program: Program, settings: Any) -> None:
        settings.GATERHUB_JOURNAL_ANCHOR_TOKEN = "for-the-archive"
        kept = checkpoint(3)

        assert anchors.anchor_of(f"{program.url}/checkpoints").keep(kept) == "kept"

        path, headers, body = program.heard[0]
        assert (path, body.decode()) == ("/checkpoints", kept.note)
        assert headers["Authorization"] == "Bearer for-the-archive"

    @pytest.mark.parametrize("status", [302, 401, 404, 500])
    def test_that_refuses_or_sends_elsewhere_has_not_kept_it(self, program: Program, status: int) -> None:
        program.answering = lambda *_: (status, "text/plain", b"")

        with pytest.raises(anchors.NotAnchored, match=f"answered {status}"):
            anchors.anchor_of(program.url).keep(checkpoint(3))
        assert [path for path, _, _ in program.heard] == ["/"]

    def test_that_answers_without_end_is_not_listened_to(self, program: Program) -> None:
        program.answering = lambda *_: (200, "text/plain", b"x" * 70_000)

        with pytest.raises(anchors.NotAnchored, match="more than 65,536 bytes"):
            anchors.anchor_of(program.url).keep(checkpoint(3))

    def test_that_trickles_is_left_in_time(self) -> None:
        """Each byte comes within every time-out of the socket, and the answer hardly ever ends."""
        sent: list[int] = []
        with socket.create_server(("127.0.0.1", 0)) as server:

            def trickle() -> None:
                client, _ = server.accept()
                with client, suppress(OSError):
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                    for number in range(300):
                        client.sendall(b"x")
                        sent.append(number)
                        time.sleep(0.02)

            thread = threading.Thread(target=trickle)
            thread.start()
            with pytest.raises(outgoing.NoAnswer, match=r"took longer than 0\.3 s"):
                outgoing.post(f"http://127.0.0.1:{server.getsockname()[1]}", b"", {}, answer_seconds=0.3)
            thread.join()

        assert 0 < len(sent) < 300

    def test_that_is_not_there_has_not_kept_it(self, program: Program) -> None:
        program.end()

        with pytest.raises(anchors.NotAnchored, match=r"127\.0\.0\.1 gave no answer"):
            anchors.anchor_of(program.url).keep(checkpoint(3))


class TestWitness:
    @pytest.fixture
    def other_hub(self, program: Program, settings: Any) -> Program:
        """Let the program be a witness: this hub's own code, under the same key, as another hub would run it."""
        settings.GATERHUB_WITNESS_LOGS = [keys.signing_key().verifier(keys.log_origin("audit"))]
        settings.GATERHUB_JOURNAL_WITNESS_KEYS = [witness.verifier_key()]

        def answering(path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
            assert path == "/api/v1/witness/add-checkpoint"
            try:
                return 200, "text/plain", witness.add_checkpoint(body).encode()
            except witness.AnotherSize as declined:
                return 409, "text/x.tlog.size", f"{declined.size}\n".encode()
            except witness.Declined as declined:
                return declined.status, "text/plain", str(declined).encode()
            finally:
                connections[ALIAS].close()

        program.answering = answering
        return program

    def anchor(self, program: Program) -> anchors.Anchor:
        return anchors.anchor_of(f"witness:{program.url}/api/v1/witness")

    def test_sees_the_log_grow_and_cosigns_each_time(self, journal: str, other_hub: Program) -> None:
        grow("audit", 300)
        anchor = self.anchor(other_hub)
        for size in (3, 200, 300):
            kept = checkpoint(size)

            said = anchor.keep(kept)

            assert notes.verify(notes.parse(kept.note + said), witness.verifier_key())
        assert Witnessed.objects.get().size == 300
        assert len(other_hub.heard) == 3

    def test_is_asked_again_from_where_it_is(self, other_hub: Program) -> None:
        """A process that knows nothing asks from 0, and hears that the witness is further."""
        grow("audit", 10)
        self.anchor(other_hub).keep(checkpoint(3))

        assert self.anchor(other_hub).keep(checkpoint(10))
        assert [body.split(b"\n")[0] for _, _, body in other_hub.heard] == [b"old 0", b"old 0", b"old 3"]

    def test_that_has_seen_more_is_named(self, other_hub: Program) -> None:
        grow("audit", 20)
        self.anchor(other_hub).keep(checkpoint(20))

        with pytest.raises(anchors.NotAnchored, match="with 20 entries, and this hub has 12"):
            self.anchor(other_hub).keep(checkpoint(12))

    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"kept\n",
            notes.cosign("other\n", "gaterhub.test", keys.SigningKey.of(b"x" * 32), seconds=1).encode(),
            b"\xff",
        ],
    )
    def test_whose_answer_is_no_cosignature_has_not_kept_it(self, other_hub: Program, said: bytes) -> None:
        grow("audit", 3)
        other_hub.answering = lambda *_: (200, "text/plain", said)

        with pytest.raises(anchors.NotAnchored, match=r"signatures?"):
            self.anchor(other_hub).keep(checkpoint(3))

    def test_that_declines_says_why(self, other_hub: Program, settings: Any) -> None:
        grow("audit", 3)
        settings.GATERHUB_WITNESS_LOGS = []

        with pytest.raises(anchors.NotAnchored, match=r"answered 404: The log 'gaterhub\.test/audit' is not witnessed"):
            self.anchor(other_hub).keep(checkpoint(3))


class TestSetting:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("dir:relative", "from the root"),
            ("ftp://host/path", "no http:// or https://"),
            ("/mnt/worm", "no http:// or https://"),
            ("https://user:secret@host/path", "password"),
            ("https://host/path?key=1", "query"),
            ("witness:dir:/path", "no http:// or https://"),
            ("witness:https://host/path", "GATERHUB_JOURNAL_WITNESS_KEYS"),
            ("https://host/" + "x" * 200, "more than 200 characters"),
        ],
    )
    def test_that_can_not_work_is_refused_with_a_reason(self, text: str, why: str) -> None:
        with pytest.raises(anchors.BadAnchor, match=why):
            anchors.anchor_of(text)


class Refusing:
    """An anchor that hangs or fails for as long as it is told to."""

    name = "dir:/refusing"

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.fails = False
        self.asked: list[int] = []
        self.kept: list[int] = []

    def keep(self, checkpoint: Checkpoint) -> str:
        self.asked.append(checkpoint.size)
        if self.fails:
            raise anchors.NotAnchored("It fails.")
        assert self.opened.wait(20)
        self.kept.append(checkpoint.size)
        return "kept"


class TestAnchoring:
    def test_notes_what_each_anchor_answered(self, journal: str, tmp_path: Path, program: Program) -> None:
        found = [anchors.anchor_of(f"dir:{tmp_path}"), anchors.anchor_of(program.url)]
        anchoring = Anchoring(found, clock=lambda: 1_800_000_001.0)
        kept = checkpoint(3)

        anchoring.offer(kept)
        until(lambda: Anchored.objects.count() == 2)
        anchoring.offer(kept)
        until(lambda: [each.kept for each in anchoring.standings()] == [2, 2])
        anchoring.close()

        rows = Anchored.objects.order_by("anchor").values_list("checkpoint_id", "anchor", "answer", "at_ms")
        assert list(rows) == [
            (kept.pk, f"dir:{tmp_path}", "00000000000000000003-1800000000000.note", 1_800_000_001_000),
            (kept.pk, program.url, "kept", 1_800_000_001_000),
        ]
        assert len(program.heard) == 1

    def test_that_hangs_holds_up_nobody_and_gets_only_the_newest(self, tmp_path: Path) -> None:
        hung, quick = Refusing(), anchors.anchor_of(f"dir:{tmp_path}")
        anchoring = Anchoring([hung, quick])
        for size in range(1, 6):
            anchoring.offer(checkpoint(size))
            until(lambda size=size: len(list(tmp_path.rglob("*.note"))) == size)  # type: ignore[misc]
        assert hung.asked == [1]

        hung.opened.set()
        until(lambda: hung.kept == [1, 5])
        anchoring.close()

    def test_that_fails_is_tried_again_and_stands_in_the_figures(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("instances.journal.anchoring.FIRST_PAUSE_SECONDS", 0.01)
        failing = Refusing()
        failing.fails = True
        failing.opened.set()
        anchoring = Anchoring([failing])
        anchoring.offer(checkpoint(3))
        until(lambda: len(failing.asked) >= 3)
        assert anchoring.standings()[0].trouble == "It fails."

        failing.fails = False
        until(lambda: failing.kept == [3])
        until(lambda: anchoring.standings()[0].failures == 0)
        anchoring.close()

        assert caplog.text.count("is not kept by the anchor dir:/refusing: It fails.") == 1
        assert "kept by the anchor dir:/refusing again" in caplog.text

    def test_hands_on_what_a_folder_has_and_the_hub_forgot(self, tmp_path: Path) -> None:
        anchors.anchor_of(f"dir:{tmp_path}").keep(checkpoint(20))
        anchoring = Anchoring([anchors.anchor_of(f"dir:{tmp_path}")])
        anchoring.offer(checkpoint(12))
        until(lambda: anchoring.standings()[0].failures)
        anchoring.close()

        assert anchoring.later_than_known()["audit"].size == 20
        assert anchoring.later_than_known() == {}
