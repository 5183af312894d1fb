"""Ask whether a hole is known in what the hub runs on; say so in one line where nobody answers.

Exit status: 1 where a hole is known, else 0, also where the service of pip-audit can't be reached.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

LOCKS: Final = ("requirements.lock", "requirements-sso.lock")
ANSWER_SECONDS: Final = 10
"""For one answer of the service."""
ALL_SECONDS: Final = 120
"""For all; a check must not hang on somebody else's machine."""


def main() -> int:
    lines, status = verdict(asked(LOCKS))
    sys.stdout.write("\n".join(lines) + "\n")
    return status


def asked(locks: Sequence[str]) -> str | None:
    """Return what pip-audit writes as JSON about the locks; None where it took too long."""
    named = [part for lock in locks for part in ("--requirement", lock)]
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--desc", "off", "--progress-spinner", "off")
    command = [sys.executable, "-m", "pip_audit", *named, *options, "--timeout", str(ANSWER_SECONDS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ALL_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return None
    return done.stdout


def verdict(written: str | None) -> tuple[list[str], int]:
    """Return what to print about pip-audit's JSON, and the exit status."""
    try:
        packages = json.loads(written or "")["dependencies"]
    except (ValueError, KeyError, TypeError):
        return ["pip-audit: skipped, the service that knows the holes can't be reached from here"], 0
    known = {
        f"{package['name']} {package['version']} has {hole['id']}, fixed in {', '.join(hole['fix_versions']) or 'none'}"
        for package in packages
        for hole in package.get("vulns", ())
    }
    # A package index that stands in for the public one has the packages, but may not know their holes.
    unknown = {package["name"] for package in packages if "skip_reason" in package}
    names = {package["name"] for package in packages}
    if known:
        return [f"pip-audit: {line}" for line in sorted(known)], 1
    if unknown == names:
        return [f"pip-audit: skipped, the service that is reached from here knows nothing of {len(names)} packages"], 0
    if unknown:
        return [f"pip-audit: nothing known against {len(names - unknown)} packages, no answer about {len(unknown)}"], 0
    return [f"pip-audit: nothing known against {len(names)} packages"], 0


if __name__ == "__main__":
    raise SystemExit(main())
