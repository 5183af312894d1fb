from instances.streams.position import Position, new_epoch


class TestNewEpoch:
    def test_sorts_behind_every_epoch_that_began_before(self) -> None:
        seconds = (0.0, 1.0, 35.999, 36.0, 1_795_436_286.107, 1_795_436_286.108, 2_800_000_000.0)

        names = [new_epoch(iter([at]).__next__) for at in seconds]

        assert names == sorted(names)
        assert {len(name) for name in names} == {12}

    def test_is_new_even_within_a_millisecond(self) -> None:
        names = {new_epoch(lambda: 1_795_436_286.107) for _ in range(10)}

        assert len(names) == 10

    def test_fits_into_a_position(self) -> None:
        epoch = new_epoch()

        assert str(Position(epoch, 41)) == f"{epoch}:41"
        assert epoch.isalnum()
