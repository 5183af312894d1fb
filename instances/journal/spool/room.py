"""How much the spools of a process may hold together."""

import threading


class SpoolFull(OSError):
    """A spool that has taken as much as it may."""

    def __init__(self, *, used_bytes: int, needed_bytes: int, max_bytes: int) -> None:
        super().__init__(
            f"The spool holds {used_bytes:,} bytes and may hold {max_bytes:,}; {needed_bytes:,} more don't fit. "
            "GATERHUB_SPOOL_MAX_BYTES says how much it may hold."
        )
        self.used_bytes = used_bytes
        self.needed_bytes = needed_bytes
        self.max_bytes = max_bytes


class Room:
    """Bytes that are taken and given back, from any thread."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Raises: SpoolFull."""
        with self._lock:
            if self.used_bytes + count > self.max_bytes:
                raise SpoolFull(used_bytes=self.used_bytes, needed_bytes=count, max_bytes=self.max_bytes)
            self.used_bytes += count

    def occupy(self, count: int) -> None:
        """Count what is there already, even where it is more than may be."""
        with self._lock:
            self.used_bytes += count

    def give_back(self, count: int) -> None:
        with self._lock:
            self.used_bytes -= count
