"""Bytes as people read them."""

from django import template

register = template.Library()
_STEP = 1024


@register.filter(name="bytes")
def as_bytes(count: int) -> str:
    """Return such as "0 B", "12.0 KiB" or "1.0 MiB"."""
    if count < _STEP:
        return f"{count} B"
    size = count / _STEP
    return f"{size:.1f} KiB" if size < _STEP else f"{size / _STEP:.1f} MiB"
