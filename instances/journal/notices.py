"""Signals of what no model's own signal tells."""

from typing import Final

from django.dispatch import Signal

journal_read: Final = Signal()
"""Sent with `request`, `spec` and `event_id` (None: a list) before the admin shows entries of an instance."""
