import pytest

from consumers.explorer.listening import standing_of
from instances.topics import Pattern


class TestStanding:
    @pytest.mark.parametrize(
        ("theirs", "asked", "standing"),
        [
            ("a:*", "a:*", "same"),
            ("*", "a:*", "wider"),
            ("a:b", "a:*", "part"),
            ("*:b", "a:*", "part"),
            ("b:*", "a:*", "none"),
        ],
    )
    def test_tells_how_much_of_a_pattern_another_one_brings(self, theirs: str, asked: str, standing: str) -> None:
        assert standing_of(Pattern(theirs), Pattern(asked)) == standing
