"""proof.js and proof_steps.js against Python's own trees, notes and keys: they agree, and no turned byte passes."""

import base64
import random
from collections.abc import Callable
from typing import Any, Final

import pytest

from instances.journal import merkle, notes
from instances.journal.keys import SigningKey
from tests.functional.browser.script import Script

pytestmark = pytest.mark.browser

SEED: Final = 20_261_127
TREES: Final = 40
MOST_LEAVES: Final = 300
ORIGIN: Final = "hub.example/audit"
KEY: Final = SigningKey.of(b"k" * 32)
OTHER: Final = SigningKey.of(b"o" * 32)

PROOF: Final = """
const { leafHash, rootFromPath, rootsFromConsistency, parseCheckpoint, parseKey, isSignedBy, hex, BadNote } =
  await import("/static/gaterhub/proof.js");
const bytes = (text) => Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
const told = (hash) => hash && hex(hash);
"""
STEPS: Final = """
const { proofSteps, verdict } = await import("/static/gaterhub/proof_steps.js");
const check = async (given) => {
  const steps = [];
  const body = given.body === null ? null : new TextEncoder().encode(given.body);
  const consistency = async () => given.continued;
  for await (const step of proofSteps({ ...given, body, consistency })) steps.push(step);
  return { states: Object.fromEntries(steps.map(({ name, state }) => [name, state])), ...verdict(steps) };
};
"""


def turned(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one bit of them turned."""
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]


def hexed(path: list[bytes]) -> list[str]:
    return [step.hex() for step in path]


def trees() -> list[tuple[int, list[bytes]]]:
    """Return the leaves of trees of all small sizes, and of some larger ones."""
    chance = random.Random(SEED)
    sizes = [*range(1, 18), *(chance.randrange(18, MOST_LEAVES) for _ in range(TREES - 20)), 128, 129, 256]
    return [(size, [merkle.leaf_hash(b"%d of %d" % (at, size)) for at in range(size)]) for size in sizes]


class TestTheTree:
    def test_agrees_with_that_of_the_hub_for_any_size_and_place(self, script: Script) -> None:
        chance, asked, roots = random.Random(SEED), [], []
        for size, leaves in trees():
            index = chance.randrange(size)
            path = merkle.inclusion_proof(leaves, index)
            asked.append([leaves[index].hex(), str(index), str(size), hexed(path)])
            roots.append(merkle.root_of(leaves).hex())

        found = script(
            PROOF
            + """return Promise.all(argument.map(async ([leaf, index, size, path]) =>
            told(await rootFromPath(bytes(leaf), BigInt(index), BigInt(size), path.map(bytes)))));""",
            asked,
        )

        assert found == roots

    def test_gives_another_root_or_none_for_anything_that_is_turned(self, script: Script) -> None:
        chance, asked, roots = random.Random(SEED), [], []
        for size, leaves in trees():
            index = chance.randrange(size)
            path, root = merkle.inclusion_proof(leaves, index), merkle.root_of(leaves).hex()
            other = (index + 1 + chance.randrange(size)) % (size + 1)
            wrong = [
                (turned(leaves[index], chance), index, size, path),
                *((leaves[index], index, size, [*path[:at], turned(path[at], chance), *path[at + 1 :]])
                  for at in range(len(path))),
                (leaves[index], index, size, [*path, leaves[0]]),
                (leaves[index], size, size, path),
            ]  # fmt: skip
            if path:
                wrong += [(leaves[index], index, size, path[:-1]), (leaves[index], index, size, [*path[:-1], b"short"])]
            if other != index:
                wrong.append((leaves[index], other, size, path))
            asked += [[leaf.hex(), str(at), str(of), hexed(way)] for leaf, at, of, way in wrong]
            roots += [root] * len(wrong)

        found = script(
            PROOF
            + """return Promise.all(argument.map(async ([leaf, index, size, path]) =>
            told(await rootFromPath(bytes(leaf), BigInt(index), BigInt(size), path.map(bytes)))));""",
            asked,
        )

        assert len(found) > 300
        assert [each for each, root in zip(found, roots, strict=True) if each == root] == []

    def test_shows_that_one_grew_from_another_and_from_no_other(self, script: Script) -> None:
        chance, asked, expected = random.Random(SEED), [], []
        for size, leaves in trees():
            first = chance.randrange(1, size + 1)
            older, newer = merkle.root_of(leaves[:first]), merkle.root_of(leaves)
            path = merkle.consistency_proof(leaves, first)
            asked.append([str(first), str(size), older.hex(), hexed(path)])
            expected.append((True, older, newer))
            wrong = [[*path[:at], turned(path[at], chance), *path[at + 1 :]] for at in range(len(path))]
            wrong += [[*path, leaves[0]], *([path[:-1]] if path else [])]
            asked += [[str(first), str(size), older.hex(), hexed(way)] for way in wrong]
            expected += [(False, older, newer)] * len(wrong)

        found = script(
            PROOF
            + """return Promise.all(argument.map(async ([first, second, root, path]) => {
            const roots = await rootsFromConsistency(BigInt(first), BigInt(second), bytes(root), path.map(bytes));
            return roots && roots.map(told);
          }));""",
            asked,
        )

        assert [
            each == [older.hex(), newer.hex()] for each, (_, older, newer) in zip(found, expected, strict=True)
        ] == [right for right, _, _ in expected]

    def test_hashes_a_leaf_as_the_hub_does(self, script: Script) -> None:
        bodies = [b"", b"{}", "Zoë 🦊".encode(), bytes(range(256)) * 40]

        found = script(
            PROOF + "return Promise.all(argument.map(async (body) => told(await leafHash(bytes(body)))));",
            [body.hex() for body in bodies],
        )

        assert found == [merkle.leaf_hash(body).hex() for body in bodies]

    def test_counts_past_what_a_number_of_javascript_holds(self, script: Script) -> None:
        """Of 2^60 + 1 leaves the last stands alone under the root, beside the root over all others."""
        size, leaf, left = 2**60 + 1, merkle.leaf_hash(b"last"), merkle.leaf_hash(b"all others")

        found = script(
            PROOF
            + "return told(await rootFromPath(bytes(argument[0]), 2n ** 60n, 2n ** 60n + 1n, [bytes(argument[1])]));",
            [leaf.hex(), left.hex()],
        )

        assert size - 1 == 2**60
        assert found == merkle.node_hash(left, leaf).hex()


class TestANote:
    def signed(self, *keys: SigningKey) -> str:
        text = notes.checkpoint_text(ORIGIN, 41, merkle.leaf_hash(b"root"), ["time=2026-11-23T14:00:00Z"])
        return notes.sign(text, ORIGIN, *keys)

    def outcome(self, script: Script, note: str, *keys: str) -> Any:
        return script(
            PROOF
            + """try {
            const { note, origin, size, root, extensions } = parseCheckpoint(argument[0]);
            const found = [];
            for (const key of argument[1]) found.push(await isSignedBy(note, await parseKey(key)));
            return [origin, String(size), hex(root), extensions, found];
          } catch (error) {
            if (error instanceof BadNote) return error.message;
            throw error;
          }""",
            [note, keys],
        )

    def test_is_read_and_verified_by_the_key_that_signed_it(self, script: Script) -> None:
        mine, theirs, elsewhere = KEY.verifier(ORIGIN), OTHER.verifier(ORIGIN), KEY.verifier("hub.example/security")

        origin, size, root, extensions, found = self.outcome(script, self.signed(OTHER, KEY), mine, theirs, elsewhere)

        assert (origin, size, root) == (ORIGIN, "41", merkle.leaf_hash(b"root").hex())
        assert extensions == ["time=2026-11-23T14:00:00Z"]
        assert found == [True, True, False]
        assert self.outcome(script, self.signed(KEY), theirs)[-1] == [False]

    def test_is_not_verified_with_any_character_of_its_text_or_its_signature_changed(self, script: Script) -> None:
        note, key, chance = self.signed(KEY), KEY.verifier(ORIGIN), random.Random(SEED)
        changed = []
        for at, character in enumerate(note):
            other = chance.choice([each for each in "0123456789abcdefXYZ=/" if each != character])
            changed.append(note[:at] + other + note[at + 1 :])

        outcomes = script(
            PROOF
            + """const key = await parseKey(argument[1]);
          return Promise.all(argument[0].map(async (note) => {
            try {
              return await isSignedBy(parseCheckpoint(note).note, key);
            } catch (error) {
              return error instanceof BadNote ? "no note" : error.message;
            }
          }));""",
            [changed, key],
        )

        assert {each for each in outcomes if each is not False} == {"no note"}
        assert outcomes.count(False) > 100

    @pytest.mark.parametrize(
        ("note", "why"),
        [
            ("", "A note is a text"),
            ("hub\n1\n\n", "A line of signature begins"),
            ("hub\n1\nxx\n\n— hub AAAAAAA=\n", "is not base64"),
            ("hub\n01\nAAAA\n\n— hub AAAAAAAA\n", "A checkpoint is lines"),
            ("hub\n1\nAAAA\n\n— hub AAAAAAAA\n", "The root of a checkpoint has 32 bytes, not 3"),
            ("hub\n1\nAAAB\n\n— hub AAAAAAB=\n", "is not base64"),
        ],
    )
    def test_that_is_none_is_told_why(self, script: Script, note: str, why: str) -> None:
        assert why in self.outcome(script, note)

    @pytest.mark.parametrize(
        ("key", "why"),
        [
            ("hub", "name+id+key"),
            (KEY.verifier(ORIGIN).replace("audit+", "audlt+"), "says the id"),
            (KEY.verifier("witness", kind=notes.COSIGNATURE), "is no Ed25519 key"),
        ],
    )
    def test_is_held_against_no_key_that_is_none(self, script: Script, key: str, why: str) -> None:
        assert why in self.outcome(script, self.signed(KEY), key)


BODY: Final = (
    '{"event_type":"user_action","id":"e1","instance":"audit","received":5,"topic":"audit_trail:user_actions"}'
)
LEAVES: Final = [merkle.leaf_hash(b"%d" % at) for at in range(13)]
LEAVES[4] = merkle.leaf_hash(BODY.encode())


def checkpoint(size: int, key: SigningKey = KEY, *, origin: str = ORIGIN, root: bytes | None = None) -> str:
    text = notes.checkpoint_text(origin, size, root or merkle.root_of(LEAVES[:size]))
    return notes.sign(text, origin, key)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def given(**different: Any) -> dict[str, Any]:
    """Return what the page of an entry gives its check: entry 4 of 7, in a log that has grown to 13."""
    answer = {
        "index": 4,
        "leaf_hash": encoded(LEAVES[4]),
        "inclusion": [encoded(step) for step in merkle.inclusion_proof(LEAVES[:7], 4)],
        "checkpoint": checkpoint(7),
        "consistency": [encoded(step) for step in merkle.consistency_proof(LEAVES, 7)],
        "newest": checkpoint(13),
        "keys": [KEY.verifier(ORIGIN)],
    }
    shown = {
        "id": "e1", "instance": "audit", "topic": "audit_trail:user_actions", "event_type": "user_action",
        "received": "5",
    }  # fmt: skip
    said = {"body": BODY, "shown": shown, "answer": answer, "continued": answer["consistency"]}
    for name, value in different.items():
        (said if name in said or name.startswith("own") else answer)[name] = value
    return said


def without_last(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: given(**{name: given()["answer"][name][:-1]})


def with_turned(name: str) -> Callable[[], dict[str, Any]]:
    first, *rest = given()["answer"][name]
    wrong = encoded(turned(base64.b64decode(first), random.Random(SEED)))
    return lambda: given(**{name: [wrong, *rest]})


WRONG: Final[dict[str, tuple[Callable[[], dict[str, Any]], str]]] = {
    "a character of the bytes": (lambda: given(body=BODY.replace("user_action\"", "user_actiom\"")), "event"),
    "a blank in the bytes": (lambda: given(body=BODY + " "), "leaf"),
    "the bytes of another event": (lambda: given(body=BODY.replace("e1", "e2")), "event"),
    "bytes that are no JSON": (lambda: given(body="Zoë"), "event"),
    "the hash that the hub tells": (lambda: given(leaf_hash=encoded(LEAVES[5])), "leaf"),
    "a hash of the path": (with_turned("inclusion"), "path"),
    "a path that is too short": (without_last("inclusion"), "path"),
    "the place": (lambda: given(index=5), "path"),
    "a place beyond the log": (lambda: given(index=7), "path"),
    "the checkpoint's root": (lambda: given(checkpoint=checkpoint(7, root=LEAVES[0])), "path"),
    "a checkpoint that is none": (lambda: given(checkpoint="nothing"), "path"),
    "a checkpoint of another key": (lambda: given(checkpoint=checkpoint(7, OTHER)), "signature"),
    "a checkpoint of another log": (lambda: given(checkpoint=checkpoint(7, origin="hub.example/x")), "signature"),
    "a hash of the growth": (with_turned("consistency"), "growth"),
    "a growth that is too short": (without_last("consistency"), "growth"),
    "the newest checkpoint's root": (lambda: given(newest=checkpoint(13, root=LEAVES[0])), "growth"),
    "the newest checkpoint's key": (lambda: given(newest=checkpoint(13, OTHER)), "growth"),
    "a newest checkpoint of another log": (lambda: given(newest=checkpoint(13, origin="hub.example/x")), "growth"),
    "a key of one's own": (lambda: given(ownKey=OTHER.verifier(ORIGIN)), "signature"),
    "a key of one's own that is none": (lambda: given(ownKey="hub"), "signature"),
    "a checkpoint of one's own": (lambda: given(ownCheckpoint=checkpoint(7, root=LEAVES[0])), "kept"),
    "a checkpoint of one's own of a larger log": (
        lambda: given(ownCheckpoint=checkpoint(14, root=LEAVES[0])), "kept",
    ),
    "a checkpoint of one's own of another log": (
        lambda: given(ownCheckpoint=checkpoint(7, origin="hub.example/x")), "kept",
    ),
}  # fmt: skip
"""What is wrong, and the step at which that shows."""
ORDER: Final = ("event", "leaf", "path", "signature", "growth", "kept")


class TestTheSteps:
    def check(self, script: Script, said: dict[str, Any]) -> Any:
        return script(f"{STEPS} return check(argument);", said)

    def test_are_all_right_where_nothing_is_wrong(self, script: Script) -> None:
        found = self.check(script, given())

        assert found["states"] == dict.fromkeys(ORDER[:5], "ok")
        assert found["state"] == "ok"
        assert found["sentence"].startswith("Proven")

    def test_take_in_what_the_reader_kept(self, script: Script) -> None:
        found = self.check(script, given(ownKey=KEY.verifier(ORIGIN), ownCheckpoint=checkpoint(7)))

        assert found["states"] == dict.fromkeys(ORDER, "ok")

    @pytest.mark.parametrize("what", WRONG)
    def test_fail_at_the_right_one_and_skip_what_rests_on_it(self, script: Script, what: str) -> None:
        make, step = WRONG[what]
        said = make()

        found = self.check(script, said)

        at = ORDER.index(step)
        after = ORDER[at + 1 : len(found["states"])]
        assert found["states"] == dict.fromkeys(ORDER[:at], "ok") | {step: "failed"} | dict.fromkeys(after, "skipped")
        assert found["state"] == "failed"
        assert found["sentence"].startswith(f"Not proven: step {at + 1} failed.")

    @pytest.mark.parametrize("purged", [True, False])
    def test_leave_open_what_is_purged_or_not_for_the_reader(self, script: Script, purged: bool) -> None:
        found = self.check(script, given(body=None) | {"purged": purged})

        assert found["states"] == {
            "event": "open", "leaf": "open", "path": "ok", "signature": "ok", "growth": "ok",
        }  # fmt: skip
        assert found["state"] == "open"

    def test_leave_the_signature_open_in_a_browser_without_ed25519(self, script: Script) -> None:
        found = script(
            STEPS
            + """const real = crypto.subtle.importKey;
          crypto.subtle.importKey = () => Promise.reject(new DOMException("No.", "NotSupportedError"));
          try {
            return await check(argument);
          } finally {
            crypto.subtle.importKey = real;
          }""",
            given(),
        )

        assert found["states"] == {"event": "ok", "leaf": "ok", "path": "ok", "signature": "open", "growth": "ok"}
        assert found["sentence"] == "What could be checked is right; step 4 stayed open."

    def test_stay_open_without_webcrypto(self, script: Script) -> None:
        found = script(
            STEPS
            + """Object.defineProperty(crypto, "subtle", { value: undefined, configurable: true });
          try {
            return await check(argument);
          } finally {
            delete crypto.subtle;
          }""",
            given(),
        )

        assert found["state"] == "open"
        assert found["states"]["leaf"] == "open"
        assert "failed" not in found["states"].values()
