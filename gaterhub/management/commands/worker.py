"""Stand by as worker."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from gaterhub.worker import Worker
from instances.journal.adopter import Adopter
from instances.journal.standby import Standby
from instances.supervisor import ensure_home


class Command(BaseCommand):
    help = "Do what belongs to no single serving process, until SIGTERM or SIGINT: several may stand by, and one leads."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        self.stderr.write("gaterhub stands by as worker.")
        if settings.REDIS_URL:
            # To broadcast what it numbers; without Redis the serving process finds it in the journal.
            ensure_home()
        beside = Standby(), Adopter()
        for each in beside:
            each.start()
        Worker().run(stop)
        for each in beside:
            each.stop()
