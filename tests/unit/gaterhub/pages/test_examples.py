"""Commands for a shell."""

import json
import shlex

import pytest

from gaterhub.pages.examples import curl_for
from instances.catalog import INSTANCES
from instances.spec import InstanceSpec


class TestCurlFor:
    @pytest.mark.parametrize("spec", INSTANCES, ids=lambda spec: spec.name)
    def test_is_read_by_a_shell_as_a_publish_of_the_example(self, spec: InstanceSpec) -> None:
        words = shlex.split(curl_for(spec, "https://hub.example/").replace("\\\n", " "))

        assert words[:2] == ["curl", f"https://hub.example/api/v1/instances/{spec.name}/events/"]
        assert words[2:6] == [
            "-H",
            "Authorization: Bearer $GATERHUB_TOKEN",
            "-H",
            "Content-Type: application/json",
        ]
        assert words[6] == "-d"
        assert json.loads(words[7]) == {
            "topic": spec.example.topic,
            "event_type": spec.example.event_type,
            "data": spec.example.data,
        }

    def test_leaves_the_token_for_the_shell_to_fill_in(self) -> None:
        assert '"Authorization: Bearer $GATERHUB_TOKEN"' in curl_for(INSTANCES[0], "http://127.0.0.1:8000/")
