"""The specification's section "Testing", through the real server."""

from concurrent.futures import ThreadPoolExecutor

from tests.functional.conftest import Server
from tests.functional.subscriber import Subscriber, post


class TestRoutingAndDelivery:
    def test_deliver_the_largest_batch_whole_to_a_subscriber_that_reads(self, server: Server) -> None:
        """A batch within the limits is more than a mailbox holds, which must not make its reader a slow one."""
        batch = [
            {"topic": "event_stream:large", "event_type": "appended", "data": [number, "x" * 3_800]}
            for number in range(1_000)
        ]
        with Subscriber(server) as reader, ThreadPoolExecutor(1) as pool:
            reader.subscribe("events", "event_stream:large")
            posted = pool.submit(post, server, "events", batch)

            reader.expect(lambda frame: frame.get("event", {}).get("data", [0])[0] == 999)

            assert posted.result()[0] == 202
            assert [event["data"][0] for event in reader.events] == list(range(1_000))
