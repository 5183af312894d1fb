"""What the hub tells the rest of the program, as Django signals sent on its loop: receivers must return at once."""

from typing import Final

from django.dispatch import Signal

subscription_opened: Final = Signal()
"""With plain values: connection (id), principal (name), instance, pattern."""

subscription_closed: Final = Signal()
"""With the same."""
