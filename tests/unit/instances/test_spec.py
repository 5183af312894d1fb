import pytest

from instances.spec import DELIVERY_CLASSES, BadRow, Criticality, Family, Volume


class TestFamily:
    def test_reads_its_name_and_parameters_from_the_template(self) -> None:
        family = Family("subscription_health:{store_id}:{subscription_name}", "Health.")

        assert family.name == "subscription_health"
        assert family.parameters == ("store_id", "subscription_name")
        assert family.parts == 1

    @pytest.mark.parametrize(
        ("template", "says"),
        [
            ("", "needs a name"),
            ("_other:{x}", "begins with a letter"),
            ("a.2:{x}", "needs a name"),
            ("a@b:{x}", "needs a name"),
            ("a b", "needs a name"),
            ("x" * 65, "needs a name"),
            ("a\n", "needs a name"),
            ("a:", "needs up to 7 parameters"),
            ("a:x", "needs up to 7 parameters"),
            ("a:{x}:{x}", "each once"),
            ("a:{x}{y}", "needs up to 7 parameters"),
            ("a:" + ":".join(f"{{p{number}}}" for number in range(8)), "needs up to 7 parameters"),
        ],
    )
    def test_refuses_a_template_that_cannot_be_right(self, template: str, says: str) -> None:
        with pytest.raises(BadRow, match=says):
            Family(template, "Whatever.")

    @pytest.mark.parametrize("parts", [0, -1, 1_001])
    def test_refuses_an_impossible_number_of_parts(self, parts: int) -> None:
        with pytest.raises(BadRow, match=f"has {parts} parts"):
            Family("a:{x}", "Whatever.", parts=parts)


class TestDeliveryClasses:
    def test_are_the_six_each_with_a_name_of_its_own(self) -> None:
        names = [kind.name for kind in DELIVERY_CLASSES]

        assert names == ["evidence", "page", "record", "state", "firehose", "debug"]

    def test_give_up_in_the_order_of_the_contract(self) -> None:
        relieved = sorted((kind.gives_up, kind.name) for kind in DELIVERY_CLASSES if kind.gives_up is not None)

        assert [name for _, name in relieved] == ["debug", "firehose", "state"]


class TestLabels:
    def test_read_as_the_specification_writes_them(self) -> None:
        assert Volume.LOW_TO_MEDIUM.label == "Low to medium"
        assert Criticality.VERY_HIGH.label == "Very high"
