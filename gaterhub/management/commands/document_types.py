"""Write what is made from the registry of event types."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gaterhub.documentation.files import RELEASED, NoBuilder, generated_files
from instances.schemas.registry import catalog_types
from instances.schemas.released import as_text, broken_promises, promised, read_released


class Command(BaseCommand):
    help = "Write the pages, stubs and released schemas of the catalog's event types anew, after a change of its rows."

    # One of the checks is about what this command refuses, and says less.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; end with 1 if a file isn't what would be written."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root = settings.BASE_DIR
        types = catalog_types()
        broken = broken_promises(read_released(root / RELEASED), types)
        if broken:
            said = "\n".join(map(str, broken))
            raise CommandError(f"Nothing is written, because what was released must hold.\n{said}")
        try:
            files = generated_files() | {RELEASED: as_text(promised(types))}
        except NoBuilder as error:
            raise CommandError(str(error)) from error
        stale = sorted(path for path, text in files.items() if not _holds(root / path, text))
        names = "\n".join(map(str, stale))
        if stale and options["check"]:
            raise CommandError(f"These are not what the registry says; run `make types`:\n{names}")
        for path in stale:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(files[path], encoding="utf-8")
        self.stdout.write(names or "Everything is what the registry says.")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
