"""The lock files pin everything with hashes, name no address, and agree with each other."""

import re
import tomllib

import pytest

from tests.contracts.tree import text_of

LOCKS = ("requirements.lock", "requirements-sso.lock", "requirements-dev.lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)((?: ;[^\\]*)?) \\$", re.MULTILINE)


def pins(name: str) -> set[tuple[str, str, str]]:
    """Read the (package, version, marker) triples of a lock."""
    return {(package, version, marker.strip()) for package, version, marker in PIN.findall(text_of(name))}


class TestLock:
    @pytest.mark.parametrize("name", LOCKS)
    def test_names_no_address(self, name: str) -> None:
        text = text_of(name)

        assert "://" not in text
        assert not re.search(r"^\s*(-i|-f|--[a-z-]+)( |=(?!sha256:))", text.replace("--hash=sha256:", ""), re.MULTILINE)

    @pytest.mark.parametrize("name", LOCKS)
    def test_pins_every_package_with_hashes(self, name: str) -> None:
        blocks = re.split(r"^(?=[a-z0-9])", text_of(name), flags=re.MULTILINE)
        packages = [block for block in blocks if block.strip() and not block.startswith("#")]

        assert len(packages) == len(pins(name)) > 0
        assert [block.splitlines()[0] for block in packages if "--hash=sha256:" not in block] == []

    def test_for_development_holds_every_pin_of_the_one_for_production(self) -> None:
        development = {(package, version) for package, version, _ in pins("requirements-dev.lock")}

        for name in LOCKS:
            assert {(package, version) for package, version, _ in pins(name)} <= development

    def test_covers_every_declared_dependency(self) -> None:
        project = tomllib.loads(text_of("pyproject.toml"))["project"]

        def names(requirements: list[str]) -> set[str]:
            return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}

        runtime = names(project["dependencies"]) | names(project["optional-dependencies"]["postgres"])
        assert runtime <= {package for package, _, _ in pins("requirements.lock")}
        with_sso = runtime | names(project["optional-dependencies"]["sso"])
        assert with_sso <= {package for package, _, _ in pins("requirements-sso.lock")}
        everything = with_sso | names(project["optional-dependencies"]["dev"])
        assert everything <= {package for package, _, _ in pins("requirements-dev.lock")}

    def test_holds_the_django_of_each_supported_python(self) -> None:
        versions = {
            (version.split(".")[0], marker)
            for package, version, marker in pins("requirements.lock")
            if package == "django"
        }

        assert versions == {("5", "; python_full_version < '3.12'"), ("6", "; python_full_version >= '3.12'")}
