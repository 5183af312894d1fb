"""What axe-core finds wrong with a page for those who don't see it, or use no mouse."""

from collections.abc import Sequence

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

LOOKS = pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1440, "light")])
"""Of a page: the narrowest and a wide one, each in colours of its own, so that two tests see both of either."""
SERIOUS = ("serious", "critical")
"""Of axe-core's four impacts, those that keep somebody from using a page."""


def serious_findings(page: Page, *, within: str | None = None) -> list[str]:
    """Return a sentence for each serious finding on the page as it is now, or within the part that a selector names."""
    # Playwright evaluates past the page's policy, which forbids every other script that isn't the hub's.
    page.evaluate(AXE_SCRIPT)
    found: Sequence[dict[str, object]] = page.evaluate(
        """async ([within, serious]) => {
            const results = await axe.run(within ?? document, { resultTypes: ["violations"], preload: false });
            return results.violations
                .filter(({ impact }) => serious.includes(impact))
                .flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
                    ({ id, help, target: target.join(" "), summary: failureSummary })));
        }""",
        [within, SERIOUS],
    )
    return [f"{each['id']} at {each['target']}: {each['help']} {each['summary']}" for each in found]
