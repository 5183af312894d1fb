from instances.publishing.complaints import EVERY_SECONDS, Complaints


class TestComplaints:
    def test_are_told_at_once_and_then_once_in_a_while_with_their_number(self) -> None:
        now = 100.0
        complaints = Complaints(lambda: now)

        told = [complaints.due("unavailable") for _ in range(4)]
        now += EVERY_SECONDS
        told += [complaints.due("unavailable") for _ in range(2)]

        assert told == [0, None, None, None, 3, None]

    def test_are_counted_by_code(self) -> None:
        complaints = Complaints(lambda: 100.0)
        complaints.due("unavailable")

        assert complaints.due("bad_topic") == 0
