"""Settings of the test suite: the site's own, whatever the developer's environment and `.env` say."""

import os
from tempfile import TemporaryDirectory

# What the hub makes beside its databases, such as the journal's key.
_data = TemporaryDirectory(prefix="gaterhub-tests-")
os.environ["GATERHUB_DATA_DIR"] = _data.name
os.environ["GATERHUB_ENV_FILE"] = ""
os.environ["SECRET_KEY"] = "only-for-the-test-suite-" + "0123456789abcdef" * 3
# Its logs and keys are the same on every machine, and no test makes a key file beside the developer's own.
os.environ["GATERHUB_JOURNAL_KEY"] = "b25seS1mb3ItdGhlLXRlc3Qtc3VpdGUtam91cm5hbCE="
os.environ["GATERHUB_JOURNAL_ORIGIN"] = "gaterhub.test"
for name in ("DEBUG", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "CSRF_TRUSTED_ORIGINS"):
    os.environ.pop(name, None)

from gaterhub.settings import *  # noqa: E402, F403  The environment has to be settled first.

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
