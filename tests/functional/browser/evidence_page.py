"""What tests read off the page of an entry of evidence."""

from typing import Final

from playwright.sync_api import Locator, Page, expect

SEALED_MS: Final = 30_000
"""A checkpoint is signed within ten seconds; a process of its own begins within a few more on a busy machine."""


def verdict(page: Page, state: str) -> Locator:
    box = page.locator(f"#verdict[data-state={state}]")
    expect(box).to_be_visible(timeout=SEALED_MS)
    return box


def step(page: Page, name: str, state: str) -> Locator:
    item = page.locator(f"#steps [data-step={name}]")
    expect(item).to_have_attribute("data-state", state)
    return item
