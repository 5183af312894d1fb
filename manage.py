#!/usr/bin/env python
"""Django's command line for gaterhub: `manage.py help` lists what it can do."""

import os
import sys

from gaterhub.command_line import execute_and_tell


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gaterhub.settings")
    execute_and_tell(sys.argv)


if __name__ == "__main__":
    main()
