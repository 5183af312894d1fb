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
