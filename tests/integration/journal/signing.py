"""What tests of the signer stand in for: its clock, and the anchors' side."""

from instances.journal.memory import Signed
from instances.journal.models import Checkpoint


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Shelf:
    """An anchor's side that takes everything, and may know of something later."""

    def __init__(self) -> None:
        self.offered: list[int] = []
        self.later: dict[str, Signed] = {}

    def offer(self, checkpoint: Checkpoint) -> None:
        self.offered.append(checkpoint.size)

    def later_than_known(self) -> dict[str, Signed]:
        later, self.later = self.later, {}
        return later

    def close(self) -> None:
        pass


def signed(instance: str = "audit") -> list[int]:
    return list(Checkpoint.objects.filter(instance=instance).order_by("id").values_list("size", flat=True))
