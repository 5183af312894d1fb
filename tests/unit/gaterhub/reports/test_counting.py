from hypothesis import given
from hypothesis import strategies as st

from gaterhub.reports.counting import Tally

words = st.lists(st.sampled_from([f"word-{number}" for number in range(30)]), max_size=200)


class TestTally:
    @given(words, st.integers(0, 20), st.integers(0, 20))
    def test_has_rows_that_add_up_to_what_was_counted(self, said: list[str], keys_max: int, most: int) -> None:
        tally: Tally[tuple[str]] = Tally(keys_max=keys_max)
        for each in said:
            tally.add((each,))

        rows = tally.rows(lambda key: key, width=1, most=most)

        assert sum(row[-1] for row in rows if isinstance(row[-1], int)) == tally.total == len(said)
        assert len(tally.counts) <= keys_max
        assert len(rows) <= most + 1

    def test_puts_the_most_frequent_first(self) -> None:
        tally: Tally[tuple[str]] = Tally()
        for each in "abbccc":
            tally.add((each,))

        assert tally.rows(lambda key: key, width=1, most=2) == (("c", 3), ("b", 2), ("1 others", 1))
