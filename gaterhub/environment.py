"""The environment that settings are read from, and what several modules of settings are made of."""

import os
from pathlib import Path
from typing import Final

import environ

BASE_DIR: Final = Path(__file__).resolve().parent.parent

env: Final = environ.Env()
ENV_FILE: Final = os.environ.get("GATERHUB_ENV_FILE", str(BASE_DIR / ".env"))
if ENV_FILE and Path(ENV_FILE).is_file():
    env.read_env(ENV_FILE)

DATA_DIR: Final = Path(env.str("GATERHUB_DATA_DIR", default=str(BASE_DIR / "var")))
NODE: Final[str] = env.str("GATERHUB_NODE", default=os.uname().nodename)
