import pytest

from gaterhub.documentation.files import NoBuilder, attributes_of
from instances.schemas import health
from instances.schemas.words import Types


class TestAttributesOf:
    def test_are_what_the_module_calls_its_rows(self) -> None:
        assert attributes_of(health.TYPES)["registration_success"] == "registration_success"

    def test_need_a_name_for_each_row(self) -> None:
        types = Types("health")
        types.add("nobody_s", title="T", purpose="P.", topic="process_health", example={})

        with pytest.raises(NoBuilder, match="nobody_s"):
            attributes_of(types)
