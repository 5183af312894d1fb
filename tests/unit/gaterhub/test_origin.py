from hypothesis import given
from hypothesis import strategies as st

from gaterhub.origin import SEGMENT_MAX_CHARACTERS, plain, segment
from instances.topics import check_topic


class TestSegment:
    @given(st.text())
    def test_makes_any_text_fit_a_topic(self, text: str) -> None:
        check_topic(f"process_lifecycle:{segment(text)}")

    def test_leaves_room_for_two_of_them_in_a_topic(self) -> None:
        check_topic(f"subscription_metrics:{segment('x' * 500)}:{segment('y' * 500)}")

    @given(st.from_regex(rf"[A-Za-z0-9.\-@/]{{1,{SEGMENT_MAX_CHARACTERS}}}", fullmatch=True))
    def test_leaves_what_fits_as_it_is(self, text: str) -> None:
        assert segment(text) == text

    def test_makes_a_run_of_strange_characters_one_underscore(self) -> None:
        assert segment("kworker/1:2 mm*percpu") == "kworker/1_2_mm_percpu"

    def test_takes_the_other_text_where_nothing_is_left(self) -> None:
        assert segment("***", instead="nobody") == "nobody"


class TestPlain:
    @given(st.text(alphabet=st.characters(codec=None)), st.integers(1, 50))
    def test_is_always_text_that_every_reader_takes(self, text: str, at_most: int) -> None:
        clean = plain(text, at_most=at_most)

        assert len(clean) <= at_most
        assert "\x00" not in clean
        clean.encode("utf-8")

    def test_shows_where_it_was_cut(self) -> None:
        assert plain("abcdef", at_most=4) == "abc…"
