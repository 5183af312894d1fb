"""The hub as it would be if nothing read from history what did not come: shows that the tests would notice."""

from unittest.mock import patch

from consumers.pump import Pump
from manage import main


def nothing(*_: object) -> None:
    """This is the fault."""


if __name__ == "__main__":
    with patch.object(Pump, "heal", nothing), patch.object(Pump, "beat", nothing):
        main()
