"""This hub as a witness: what it cosigns, and what it declines and why."""

import base64
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from instances.journal import keys, merkle, notes, witness
from instances.journal.models import Witnessed
from instances.journal.router import ALIAS

LOG = "other.example/audit"
KEY = keys.SigningKey.of(b"l" * 32)
LEAVES = [merkle.leaf_hash(bytes((number,))) for number in range(40)]


@pytest.fixture(autouse=True)
def _known(settings: Any) -> None:
    settings.GATERHUB_WITNESS_LOGS = [KEY.verifier(LOG)]


def request(old: int, size: int, **changed: Any) -> bytes:
    leaves = changed.get("leaves", LEAVES)[:size]
    proof = changed.get("proof", merkle.consistency_proof(leaves, old) if old <= size else [])
    text = notes.checkpoint_text(changed.get("origin", LOG), size, merkle.root_of(leaves))
    note = notes.sign(text, changed.get("origin", LOG), changed.get("key", KEY))
    return "\n".join([f"old {old}", *(base64.b64encode(step).decode() for step in proof), "", note]).encode()


class TestWitness:
    def test_cosigns_a_tree_that_grows(self, journal: str) -> None:
        for old, size in ((0, 5), (5, 5), (5, 17), (17, 40)):
            body = request(old, size)

            said = witness.add_checkpoint(body, clock=lambda: 1_800_000_000.0)

            note = notes.parse(body.decode().partition("\n\n")[2] + said)
            assert notes.verify(note, witness.verifier_key())
        seen = Witnessed.objects.get(origin=LOG)
        assert (seen.size, bytes(seen.root)) == (40, merkle.root_of(LEAVES))

    def test_cosigns_with_the_key_before_it_too(self, settings: Any) -> None:
        settings.GATERHUB_JOURNAL_KEYS_OLD = [base64.b64encode(b"o" * 32).decode()]

        said = witness.add_checkpoint(request(0, 5))

        assert len(said.splitlines()) == 2

    @pytest.mark.parametrize(
        ("body", "why", "status"),
        [
            (request(0, 20, origin="stranger.example/audit"), witness.UnknownLog, 404),
            (request(0, 20, key=keys.SigningKey.of(b"x" * 32)), witness.NotSigned, 403),
            (request(7, 20), witness.AnotherSize, 409),
            (request(0, 20), witness.AnotherSize, 409),
            (request(30, 20), witness.Malformed, 400),
            (request(10, 20, leaves=[LEAVES[1], *LEAVES[1:]]), witness.NotGrown, 422),
            (request(10, 20, proof=[]), witness.NotGrown, 422),
            (request(10, 10, leaves=[LEAVES[1], *LEAVES[1:]]), witness.AnotherTree, 409),
            (request(10, 10, proof=[LEAVES[0]]), witness.NotGrown, 422),
            (b"", witness.Malformed, 400),
            (b"old 10\n\n", witness.Malformed, 400),
            (b"old 10\nAAAA\n\n" + request(10, 20).partition(b"\n\n")[2], witness.Malformed, 400),
            (request(10, 20).replace(b"old 10", b"old 010"), witness.Malformed, 400),
            (request(10, 20).replace(b"old 10", b"new 10"), witness.Malformed, 400),
            (b"\xff" + request(10, 20), witness.Malformed, 400),
            (request(10, 20, proof=[LEAVES[0]] * 64), witness.Malformed, 400),
            (b"old 10\n\n" + b"x" * 80_000, witness.Malformed, 400),
        ],
    )
    def test_declines_and_remembers_what_it_saw(self, body: bytes, why: type[witness.Declined], status: int) -> None:
        witness.add_checkpoint(request(0, 10))

        with pytest.raises(why) as declined:
            witness.add_checkpoint(body)

        assert declined.value.status == status
        assert Witnessed.objects.get(origin=LOG).size == 10

    def test_cosigns_one_of_two_that_fork_the_log_at_once(self, postgres_journal: None) -> None:
        witness.add_checkpoint(request(0, 10))
        forks = [LEAVES, [*LEAVES[:10], *LEAVES[20:40], *LEAVES[:10]]]
        barrier = Barrier(2)
        cosigned: list[int] = []

        def ask(number: int) -> None:
            barrier.wait()
            try:
                witness.add_checkpoint(request(10, 30, leaves=forks[number]))
                cosigned.append(number)
            except witness.Declined:
                pass
            finally:
                connections[ALIAS].close()

        threads = [Thread(target=ask, args=[number]) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(cosigned) == 1
