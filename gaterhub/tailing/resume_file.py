"""A file that keeps positions between two runs of a follower."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from django.core.management.base import CommandError


class ResumeFile:
    """Always whole: a new one takes the place of the one before in a single step."""

    def __init__(self, path: Path, instance: str, pattern: str) -> None:
        self._path = path
        self._follows = {"instance": instance, "pattern": pattern}
        self._saved: dict[str, str] = {}

    def load(self) -> dict[str, str]:
        """Return the positions it has, none where there is no file yet. Raises: CommandError."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            follows = {key: kept[key] for key in self._follows}
            positions: dict[str, str] = {str(stream): str(at) for stream, at in kept["positions"].items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CommandError(f"{self._path} can't be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{self._path} is no file of positions. Name another one, or remove it.") from error
        if follows != self._follows:
            raise CommandError(
                f"{self._path} keeps the positions of {follows['pattern']} of {follows['instance']}. Name another file."
            )
        self._saved = positions
        return dict(positions)

    def save(self, positions: Mapping[str, str]) -> None:
        """Keep the positions, if they have changed. Raises: CommandError."""
        if positions == self._saved:
            return
        text = json.dumps({**self._follows, "positions": dict(positions)}, indent=1) + "\n"
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise CommandError(f"The positions can't be kept in {self._path}: {error.strerror}.") from error
        self._saved = dict(positions)
