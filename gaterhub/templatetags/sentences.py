"""Sentences of the catalog, and numbers, in templates."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def with_code(sentence: str) -> SafeString:
    """Return the sentence as HTML, escaped, with what stands between backticks as code."""
    *pairs, last = sentence.split("`")
    if len(pairs) % 2:
        # A lone backtick sets nothing off.
        return format_html("{}", sentence)
    told = format_html_join("", "{}<code>{}</code>", zip(pairs[::2], pairs[1::2], strict=True))
    return format_html("{}{}", told, last)


@register.filter
def grouped(number: int) -> str:
    """Return the whole number with its digits in groups of three."""
    return f"{number:,}"


@register.filter
def rate(per_second: float) -> str:
    """Return a rate as the pages write it: tenths where they matter, none from ten upwards."""
    return f"{per_second:,.0f}" if abs(per_second) >= 9.95 else f"{per_second:.1f}".removesuffix(".0")


@register.filter
def volume(count: float | None) -> str:
    """Return a number of bytes in the largest unit that fits."""
    if count is None:
        return "not counted"
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if abs(count) < 1_000:
            return f"{rate(count)}\u00a0{unit}"
        count /= 1_024
    return f"{rate(count)}\u00a0TiB"


@register.filter
def duration(seconds: float) -> str:
    """Return a time in the largest unit of which there is at least one and a half."""
    for unit, length in (("h", 3_600), ("min", 60)):
        if seconds >= 1.5 * length:
            return f"{rate(seconds / length)}\u00a0{unit}"
    return f"{rate(seconds)}\u00a0s"
