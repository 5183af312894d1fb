"""How far a follower has come."""

from gaterhub.tailing.positions import Positions


class TestPositions:
    def test_move_on_and_never_back_within_an_epoch(self) -> None:
        positions = Positions({"s": "e1:9"})

        positions.advance("s", "e1:10")
        positions.advance("s", "e1:4")
        positions.advance("t", "e1:1")

        assert positions.as_dict() == {"s": "e1:10", "t": "e1:1"}

    def test_compare_offsets_as_numbers(self) -> None:
        assert Positions({"s": "e1:100"}).passed("s", "e1:20")
        assert not Positions({"s": "e1:20"}).passed("s", "e1:100")

    def test_begin_anew_in_another_epoch(self) -> None:
        positions = Positions({"s": "e1:9"})

        assert not positions.passed("s", "e2:1")
        positions.advance("s", "e2:1")

        assert positions.as_dict() == {"s": "e2:1"}

    def test_are_replaced_where_live_begins(self) -> None:
        positions = Positions({"gone": "e1:9"})

        positions.begin({"s": "e1:3"})

        assert positions.as_dict() == {"s": "e1:3"}
        assert not Positions({})
