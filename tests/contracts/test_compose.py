"""docker-compose.yml and the Dockerfile: no default secret, health checks, nothing that moves by itself."""

import re
from typing import Any

import pytest
import yaml

from tests.contracts.tree import ROOT, text_of

SECRETS = re.compile(r"SECRET|PASSWORD|TOKEN|(?:DATABASE|REDIS)_URL")
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:?[-?+][^}]*)?\}")


def compose() -> dict[str, Any]:
    document = yaml.safe_load(text_of("docker-compose.yml"))
    assert isinstance(document, dict)
    return document


def services() -> dict[str, dict[str, Any]]:
    return dict(compose()["services"])


def environment(service: dict[str, Any]) -> dict[str, str]:
    """Read a service's environment; lists (`- KEY=value`) and maps mean the same."""
    declared = service.get("environment", {})
    if isinstance(declared, list):
        declared = dict(item.partition("=")[::2] for item in declared)
    return {key: str(value) for key, value in declared.items()}


class TestCompose:
    def test_runs_every_part_of_the_hub(self) -> None:
        assert {"web", "worker", "migrate", "redis", "postgres"} <= set(services())

    @pytest.mark.parametrize("name", services())
    def test_watches_the_health_of_every_service_that_stays(self, name: str) -> None:
        service = services()[name]

        one_shot = service.get("restart") == "no"
        assert one_shot or {"test", "interval", "timeout", "retries"} <= set(service.get("healthcheck", {}))

    @pytest.mark.parametrize("name", services())
    def test_waits_for_what_it_needs_to_be_well(self, name: str) -> None:
        needed = services()[name].get("depends_on", {})

        assert isinstance(needed, dict), "the short form of depends_on does not wait for health"
        for other, how in needed.items():
            one_shot = services()[other].get("restart") == "no"
            assert how["condition"] == ("service_completed_successfully" if one_shot else "service_healthy")

    def test_has_no_default_secret(self) -> None:
        """Every variable that holds a secret is required (`${NAME:?...}`), never written out or defaulted."""
        for match in VARIABLE.finditer(text_of("docker-compose.yml")):
            name, fallback = match[1], match[2] or ""
            assert not SECRETS.search(name) or fallback.startswith(":?"), f"{name} may be empty or has a default"
        for name, service in services().items():
            for key, value in environment(service).items():
                if SECRETS.search(key) and key != "REDIS_URL":
                    assert VARIABLE.search(value), f"{name} is given {key} in plain text"

    @pytest.mark.parametrize("name", services())
    def test_pins_a_version_of_every_image(self, name: str) -> None:
        service = services()[name]
        image = str(service.get("image", ""))

        assert "build" in service or re.search(r":\d", image), f"{image!r} moves by itself"
        assert not image.endswith(":latest")

    def test_keeps_data_in_named_volumes(self) -> None:
        named_volumes = set(compose()["volumes"])
        for name, service in services().items():
            for volume in service.get("volumes", []):
                assert str(volume).split(":")[0] in named_volumes, f"{name} mounts {volume}, which is no named volume"
        for name in ("redis", "postgres"):
            assert services()[name]["volumes"], f"{name} forgets everything when it is made anew"

    def test_publishes_the_hub_alone_and_only_to_this_machine(self) -> None:
        published = {name: service["ports"] for name, service in services().items() if service.get("ports")}

        assert set(published) == {"web"}
        assert all(str(port).startswith("127.0.0.1:") for port in published["web"])


class TestDockerfile:
    def test_runs_as_a_user_of_its_own(self) -> None:
        users = re.findall(r"^USER (\S+)$", text_of("Dockerfile"), re.MULTILINE)

        assert users
        assert users[-1] not in ("root", "0")

    def test_pins_its_base_and_installs_by_hash(self) -> None:
        text = text_of("Dockerfile")

        bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
        stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
        assert all(base in stages or re.search(r":\d", base) for base in bases)
        assert "--require-hashes" in text

    def test_holds_no_secret(self) -> None:
        kept = re.findall(r"^(?:ENV|ARG) .*$", text_of("Dockerfile"), re.MULTILINE)

        assert [line for line in kept if SECRETS.search(line)] == []

    def test_copies_only_what_the_ignore_list_lets_through(self) -> None:
        ignored = text_of(".dockerignore").splitlines()

        assert "*" in ignored
        for source in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", text_of("Dockerfile"), re.MULTILINE):
            for part in source.split():
                assert f"!{part}" in ignored or f"!{part}/" in ignored, f"{part} does not reach the build"
                assert (ROOT / part).exists()
