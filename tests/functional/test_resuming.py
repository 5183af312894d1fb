"""A subscriber that comes back: with its own positions, or with those that the hub keeps for it."""

from typing import Any

from tests.functional.conftest import Server
from tests.functional.subscriber import Frame, Subscriber

TOPIC = "process_lifecycle:resuming"


def numbers(frames: list[Frame]) -> list[Any]:
    return [frame["event"]["data"] for frame in frames if "event" in frame]


def publish(publisher: Subscriber, *data: int, topic: str = TOPIC) -> list[Frame]:
    return publisher.publish_all("lifecycle", [{"topic": topic, "event_type": "seen", "data": each} for each in data])


def told_in(subscriber: Subscriber, after: int) -> list[Frame]:
    return subscriber.frames[after:]


class TestComingBack:
    def test_with_positions_gets_what_it_missed_before_it_is_told_that_it_is_subscribed(self, server: Server) -> None:
        with Subscriber(server) as publisher:
            with Subscriber(server) as follower:
                positions = follower.subscribe("lifecycle", TOPIC)["streams"]
            publish(publisher, 1, 2)
            publish(publisher, 3, topic="process_lifecycle:else")
            publish(publisher, 4)

            with Subscriber(server) as follower:
                before = len(follower.frames)
                subscribed = follower.subscribe("lifecycle", TOPIC, since=positions)
                replayed = told_in(follower, before)

        assert numbers(replayed) == [1, 2, 4]
        assert "subscribed" in replayed[-1]
        assert {frame["sub"] for frame in replayed if "event" in frame} == {subscribed["sub"]}
        assert (subscribed["recovered"], subscribed["replayed"]) == (True, 3)

    def test_goes_on_live_where_the_replay_ended(self, server: Server) -> None:
        with Subscriber(server) as publisher, Subscriber(server) as follower:
            positions = follower.subscribe("lifecycle", "process_lifecycle:other")["streams"]
            publish(publisher, 1)
            with Subscriber(server) as returned:
                told = returned.subscribe("lifecycle", TOPIC, since=positions)
                publish(publisher, 2)
                live = returned.expect(lambda frame: "event" in frame and frame["event"]["data"] == 2)
                (stream, position) = next(iter(told["streams"].items()))

        assert "sub" not in live
        assert live["event"]["stream"] == stream
        assert live["event"]["offset"] == int(position.partition(":")[2]) + 1

    def test_from_an_epoch_that_nobody_remembers_is_told_a_gap_and_gets_all_that_is_kept(self, server: Server) -> None:
        with Subscriber(server) as publisher:
            publish(publisher, 1, topic="process_lifecycle:forgotten")
            with Subscriber(server) as follower:
                before = len(follower.frames)
                subscribed = follower.subscribe(
                    "lifecycle", "process_lifecycle:forgotten", since={"lifecycle.process_lifecycle": "neverwas:7"}
                )
                told = told_in(follower, before)

        (gap,) = [frame["gap"] for frame in told if "gap" in frame]
        assert (gap["epoch"], gap["from"], gap["to"], gap["reason"]) == ("neverwas", 8, None, "epoch")
        assert gap["next"].endswith(":0")
        assert numbers(told) == [1]
        assert subscribed["recovered"] is False

    def test_is_told_how_far_it_may_come_with_positions_that_lie_ahead(self, server: Server) -> None:
        with Subscriber(server) as follower:
            ((stream, position),) = follower.subscribe("lifecycle", TOPIC)["streams"].items()
            epoch, _, offset = position.partition(":")

            subscribed = follower.subscribe("lifecycle", TOPIC, since={stream: f"{epoch}:{int(offset) + 1_000}"})

        assert subscribed["streams"] == {stream: position}


class TestADurableSubscription:
    def test_goes_on_behind_what_it_acknowledged(self, server: Server) -> None:
        topic = "process_lifecycle:durable"
        with Subscriber(server) as publisher:
            with Subscriber(server) as follower:
                sub = follower.subscribe("lifecycle", topic, durable="console-1")["sub"]
                publish(publisher, 1, 2, 3, topic=topic)
                events = [follower.expect(lambda frame: "event" in frame)["event"] for _ in range(3)]
                second = events[1]
                follower.say(
                    "ack", {"sub": sub, "positions": {second["stream"]: f"{second['epoch']}:{second['offset']}"}}
                )
                # Frames are answered in order, so the acknowledgement has been taken note of by then.
                assert "error" in follower.ask("unsubscribe", {"sub": "none"})
            publish(publisher, 4, topic=topic)

            with Subscriber(server) as follower:
                before = len(follower.frames)
                subscribed = follower.subscribe("lifecycle", topic, durable="console-1")

                assert numbers(told_in(follower, before)) == [3, 4]
                assert subscribed["recovered"] is True

    def test_that_never_acknowledged_gets_everything_since_it_began(self, server: Server) -> None:
        topic = "process_lifecycle:silent"
        with Subscriber(server) as publisher:
            with Subscriber(server) as follower:
                follower.subscribe("lifecycle", topic, durable="console-2")
            publish(publisher, 1, topic=topic)

            with Subscriber(server) as follower:
                before = len(follower.frames)
                follower.subscribe("lifecycle", topic, durable="console-2")

                assert numbers(told_in(follower, before)) == [1]

    def test_belongs_to_its_principal(self, server: Server) -> None:
        topic = "process_lifecycle:mine"
        other = server.manage("create_token", "another").strip()
        with (
            Subscriber(server) as publisher,
            Subscriber(server) as follower,
            Subscriber(server, token=other) as intruder,
        ):
            follower.subscribe("lifecycle", topic, durable="console-3")
            publish(publisher, 1, topic=topic)
            before = len(intruder.frames)
            intruder.subscribe("lifecycle", topic, durable="console-3")

            assert numbers(told_in(intruder, before)) == []

    def test_is_there_once_in_a_connection(self, server: Server) -> None:
        with Subscriber(server) as follower:
            follower.subscribe("lifecycle", TOPIC, durable="console-4")

            answer = follower.ask("subscribe", {"instance": "lifecycle", "pattern": TOPIC, "durable": "console-4"})

        assert answer["error"]["code"] == "conflict"


class TestAcknowledging:
    def test_what_was_never_sent_is_refused(self, server: Server) -> None:
        with Subscriber(server) as follower:
            told = follower.subscribe("lifecycle", TOPIC)
            ((stream, position),) = told["streams"].items()
            epoch, _, offset = position.partition(":")

            ahead = follower.ask("ack", {"sub": told["sub"], "positions": {stream: f"{epoch}:{int(offset) + 1}"}})
            foreign = follower.ask("ack", {"sub": told["sub"], "positions": {"health.x": "a:1"}})
            malformed = follower.ask("ack", {"sub": told["sub"], "positions": {stream: "x"}})

        assert [frame["error"]["code"] for frame in (ahead, foreign, malformed)] == ["bad_request"] * 3
