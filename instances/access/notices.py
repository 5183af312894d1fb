"""Signals of what no model's own signal tells."""

from typing import Final

from django.dispatch import Signal

tokens_revoked: Final = Signal()
"""Sent with `tokens`, a list of those that were revoked just now, in the transaction that revokes them."""
