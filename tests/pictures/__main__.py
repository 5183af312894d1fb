"""Take the pictures of the README from a running hub: `make screenshots`."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import django

# The builders' registry asks for Django's settings, and nothing here reads a secret.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gaterhub.settings")
os.environ.setdefault("SECRET_KEY", "for-the-pictures-" + "0123456789abcdef" * 3)
django.setup()

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from tests.conftest import ROOT, found_chromium  # noqa: E402
from tests.functional.browser.conftest import CHROMIUM_ARGUMENTS, log_in  # noqa: E402
from tests.functional.browser.follower import Follower  # noqa: E402
from tests.functional.browser.type_page import TypePage  # noqa: E402
from tests.functional.conftest import Server, serving  # noqa: E402
from tests.pictures.png import smaller  # noqa: E402
from tests.pictures.traffic import Traffic  # noqa: E402

FOLDER: Final = ROOT / "docs" / "images"
LARGEST_BYTES: Final = 200_000
SECONDS: Final = 300
"""How much the chart of the overview shows."""
NODE: Final = "gater-1"
"""Instead of the name of the machine that the pictures are taken on."""


@dataclass(frozen=True)
class Picture:
    """One file, and what is done on which page until it can be taken."""

    name: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    prepare: Callable[[Page, Server], None]


def overview(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.locator("#state")).to_have_text("Live")
    expect(page.locator("#plot-empty")).to_be_hidden()
    # The chart and the lines beside it move once a second.
    page.wait_for_timeout(3_000)


def live(page: Page, server: Server) -> None:
    follower = Follower(page, server)
    follower.open("health")
    expect(follower.rows.nth(20)).to_be_attached(timeout=60_000)
    lagging = follower.row("subscription_lagging").first
    expect(lagging).to_be_visible(timeout=60_000)
    lagging.click()
    expect(follower.inspector).to_be_visible()
    page.locator("#follow").evaluate("(form) => scrollTo(0, form.getBoundingClientRect().top + scrollY - 16)")
    page.mouse.move(0, 0)


def form(page: Page, server: Server) -> None:
    type_page = TypePage(page, server)
    type_page.open("metrics", "latency_measured")
    type_page.publish()
    expect(type_page.outcome).to_contain_text("Published.")
    type_page.form.evaluate("(form) => scrollTo(0, form.getBoundingClientRect().top + scrollY - 12)")


def phone(page: Page, server: Server) -> None:
    follower = Follower(page, server)
    follower.open("security")
    expect(follower.rows.nth(6)).to_be_attached(timeout=60_000)
    page.wait_for_timeout(500)


PICTURES: Final = (
    Picture("live", "dark", 1280, 800, live),
    Picture("test-event", "light", 1280, 800, form),
    Picture("phone-live", "light", 390, 800, phone),
    Picture("phone-overview", "dark", 390, 800, overview),
    Picture("overview", "light", 1280, 800, overview),
)
"""In this order: the pages stay open, so that the overview has followers to count."""


def main(arguments: Sequence[str]) -> int:
    """Take all pictures, and return the exit code: 1 where one is too large to be looked at by everybody."""
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of traffic before (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder for the pictures")
    options = parser.parse_args(arguments)
    # Terminated, it ends its hub as it does when interrupted.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    chromium = found_chromium()
    if chromium is None:
        print("make screenshots needs Chromium: run make services", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    settings = {"GATERHUB_NODE": NODE}
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "--agent", settings=settings) as server:
        traffic = Traffic(server)
        traffic.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
            print(f"The hub at {server.url} fills its charts for {options.seconds:.0f} s ...", flush=True)
            traffic.join(options.seconds)
            sizes = {picture: take(browser, server, picture, options.out) for picture in PICTURES}
            browser.close()
        traffic.stop()
    for picture, size in sizes.items():
        print(f"{size:>9,} bytes  {picture.name}.png")
    return 1 if max(sizes.values()) > LARGEST_BYTES else 0


def take(browser: Browser, server: Server, picture: Picture, folder: Path) -> int:
    """Take one picture, and return its size in bytes."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(server.url)
    log_in(page, server)
    picture.prepare(page, server)
    path = folder / f"{picture.name}.png"
    path.write_bytes(smaller(page.screenshot(animations="disabled", caret="hide")))
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
