import io

from gaterhub.management.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class TestProgressBar:
    def test_draws_a_bar_in_one_line_of_a_terminal(self) -> None:
        out, clock = Terminal(), Clock()
        bar = ProgressBar(out, "entries", clock=clock)

        bar.show("audit", 0, 200)
        clock.now = 2.0
        bar.show("audit", 100, 200)
        clock.now = 4.0
        bar.show("audit", 200, 200)
        bar.end()

        drawn = out.getvalue().split("\r")
        assert drawn[2].startswith("audit [" + "#" * 15 + "-" * 15 + "]  50%  100 of 200 entries, 50/s, 2 s left")
        assert drawn[3].rstrip() == "audit [" + "#" * 30 + "] 100%  200 of 200 entries, 50/s"
        assert out.getvalue().endswith("\n")

    def test_writes_a_line_now_and_then_elsewhere(self) -> None:
        out, clock = io.StringIO(), Clock()
        bar = ProgressBar(out, "entries", clock=clock)

        for second in range(26):
            clock.now = float(second)
            bar.show("audit", second, 25)

        assert out.getvalue().splitlines() == [
            "audit   0%  0 of 25 entries, 0/s",
            "audit  40%  10 of 25 entries, 1/s, 15 s left",
            "audit  80%  20 of 25 entries, 1/s, 5 s left",
            "audit 100%  25 of 25 entries, 1/s",
        ]

    def test_counts_the_speed_from_where_it_begins(self) -> None:
        out, clock = io.StringIO(), Clock()
        bar = ProgressBar(out, "entries", clock=clock)

        bar.show("audit", 100, 200)
        clock.now = 10.0
        bar.show("audit", 200, 200)

        assert out.getvalue().splitlines()[-1] == "audit 100%  200 of 200 entries, 10/s"

    def test_is_done_where_there_is_nothing_to_do(self) -> None:
        out = io.StringIO()

        ProgressBar(out, "entries", clock=Clock()).show("audit", 0, 0)

        assert out.getvalue() == "audit 100%  0 of 0 entries, 0/s\n"
