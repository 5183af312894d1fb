from gaterhub.documentation.markdown import fenced, table


class TestTable:
    def test_keeps_its_columns_whatever_stands_in_them(self) -> None:
        assert table(("a", "b"), [("one | two", ""), ("three\nfour", "`x`")]) == [
            "| a | b |",
            "|---|---|",
            "| one \\| two | |",
            "| three four | `x` |",
        ]


class TestFenced:
    def test_is_a_block_of_code(self) -> None:
        assert fenced("sh", "one\ntwo") == ["```sh", "one", "two", "```", ""]
