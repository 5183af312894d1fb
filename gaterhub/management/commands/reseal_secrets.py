"""`reseal_secrets`: seal what is encrypted in the database with the present key, so that older keys can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from instances.access.signing_secret import reseal


class Command(BaseCommand):
    help = (
        "Opens the signing secrets that older keys sealed and seals them with GATERHUB_ENCRYPTION_KEY. Afterwards "
        "GATERHUB_ENCRYPTION_KEYS_OLD can be emptied."
    )

    def handle(self, **options: Any) -> None:
        resealed, lost = reseal()
        self.stdout.write(f"Signing secrets sealed anew: {resealed}.")
        if lost:
            raise CommandError(
                f"No key opens the signing secrets of the tokens {', '.join(lost)}. Put the key that sealed them into "
                "GATERHUB_ENCRYPTION_KEYS_OLD, or make new ones with create_signing_secret."
            )
