"""The version is one number, wherever it stands."""

import re
import tomllib

from tests.contracts.tree import text_of


def test_the_project_its_image_and_its_events_name_the_same_version() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]

    image = re.search(r"^  image: gaterhub:(\S+)$", text_of("docker-compose.yml"), re.MULTILINE)
    told = re.search(r'"GATERHUB_VERSION", default="([^"]+)"', text_of("gaterhub/settings.py"))

    assert image
    assert image[1] == version
    assert told
    assert told[1] == version
