"""Single sign-on and the second factor are there where their settings are, and nowhere else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from gaterhub.sso.conf import single_sign_on
from tests.conftest import ROOT

SOUND: dict[str, Any] = {
    "issuer": "https://id.example/realms/main",
    "client_id": "gaterhub",
    "client_secret": "sesame",
    "client_secret_file": "",
    "name": "single sign-on",
    "domains": ["@Hub.example"],
    "groups_claim": "groups",
    "roles": ["soc=SOC analyst", "cn=admins,ou=it=administrator"],
}
SETTINGS = {
    "GATERHUB_SSO_ISSUER": "https://id.example",
    "GATERHUB_SSO_CLIENT_ID": "gaterhub",
    "GATERHUB_SSO_CLIENT_SECRET": "sesame",
}


def started(folder: Path, code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run some code in a process that has set Django up from these settings alone."""
    environment = {
        "PATH": os.environ["PATH"],
        "GATERHUB_ENV_FILE": "",
        "GATERHUB_DATA_DIR": str(folder),
        "SECRET_KEY": "a-unit-test-" + "0123456789abcdef" * 3,
        "DJANGO_SETTINGS_MODULE": "gaterhub.settings",
        **settings,
    }
    code = f"import django, sys; django.setup(); import gaterhub.urls, gaterhub.asgi; {code}"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


LOADED = "print(sorted({name.split('.')[0] for name in sys.modules} & {'allauth', 'fido2', 'jwt', 'qrcode'}))"


class TestExtra:
    def test_is_not_imported_without_its_settings(self, tmp_path: Path) -> None:
        assert started(tmp_path, LOADED).stdout.strip() == "[]"

    @pytest.mark.parametrize("settings", [{"GATERHUB_MFA": "1"}, SETTINGS], ids=["second factor", "single sign-on"])
    def test_is_imported_with_them(self, tmp_path: Path, settings: dict[str, str]) -> None:
        assert "'allauth'" in started(tmp_path, LOADED, **settings).stdout

    def test_that_is_missing_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "sitecustomize.py").write_text(
            "import importlib.util as u; find = u.find_spec\n"
            "u.find_spec = lambda name, package=None: None if name == 'allauth' else find(name, package)\n"
        )
        told = started(tmp_path, LOADED, GATERHUB_MFA="1", PYTHONPATH=str(tmp_path)).stderr

        assert "need the extra `sso`: pip install --require-hashes -r requirements-sso.lock." in told

    def test_allows_the_form_to_lead_to_the_provider(self, tmp_path: Path) -> None:
        asked = "from django.conf import settings; print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"

        assert "https://id.example" in started(tmp_path, asked, **SETTINGS).stdout
        assert "id.example" not in started(tmp_path, asked).stdout

    def test_keeps_used_codes_where_every_process_sees_them(self, tmp_path: Path) -> None:
        asked = "from django.conf import settings; print(settings.CACHES['default']['BACKEND'])"
        with_redis = started(tmp_path, asked, GATERHUB_MFA="1", REDIS_URL="redis://127.0.0.1:6379/0").stdout

        assert "RedisCache" in with_redis

    def test_can_require_no_second_factor_that_is_not_there(self, tmp_path: Path) -> None:
        told = started(tmp_path, LOADED, GATERHUB_MFA_REQUIRED_FOR_STAFF="1").stderr

        assert "GATERHUB_MFA_REQUIRED_FOR_STAFF needs GATERHUB_MFA=1." in told


class TestSingleSignOn:
    def test_is_none_without_an_issuer(self) -> None:
        assert single_sign_on(**{**SOUND, "issuer": ""}) is None

    def test_reads_domains_and_pairs(self) -> None:
        sso = single_sign_on(**SOUND)

        assert sso is not None
        assert sso.domains == ("hub.example",)
        assert sso.roles == (("soc", "SOC analyst"), ("cn=admins,ou=it", "administrator"))
        assert "sesame" not in repr(sso)

    def test_reads_the_secret_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("of the file\n")
        sso = single_sign_on(**{**SOUND, "client_secret": "", "client_secret_file": str(tmp_path / "secret")})

        assert sso is not None
        assert sso.client_secret == "of the file"

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"issuer": "http://id.example"}, "starts with https://"),
            ({"issuer": "id.example"}, "starts with https://"),
            ({"client_id": ""}, "GATERHUB_SSO_CLIENT_ID"),
            ({"client_secret": ""}, "GATERHUB_SSO_CLIENT_SECRET"),
            ({"client_secret_file": "/nowhere/at/all"}, "can't be read"),
            ({"roles": ["soc"]}, "GROUP=ROLE"),
            ({"roles": ["=viewer"]}, "GROUP=ROLE"),
        ],
    )
    def test_says_what_is_wrong(self, changed: dict[str, Any], told: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=told):
            single_sign_on(**{**SOUND, **changed})
