"""The files of this repository, as the tests of its promises read them."""

import ast
import functools
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gaterhub", "consumers", "instances")
GENERATED = {
    ".git",
    ".venv",
    ".services",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "__pycache__",
}
"""Directories that hold nothing of ours, for a copy of the tree in which git cannot be asked."""


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """List every file that is in the repository or is about to be: git's list, less what .gitignore names."""
    # A hook's or a worktree's variables would point git at another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=True,
        ).stdout.decode()
        names = [name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if not GENERATED.intersection(path.relative_to(ROOT).parts)
        ]
    return tuple(sorted(path for name in names if (path := ROOT / name).is_file()))


def modules(*packages: str) -> list[Path]:
    """List the Python files of the given top-level folders."""
    wanted = packages or PACKAGES
    return [path for path in tracked_files() if path.suffix == ".py" and named(path).split("/")[0] in wanted]


def named(path: Path) -> str:
    """Give a file's name as a person would write it, relative to the root."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
