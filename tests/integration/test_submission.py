"""From checked events to their receipts."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from instances.error_codes import Refusal
from instances.journal import receipts
from instances.publishing.pipeline import Checked, check
from instances.publishing.submission import submit_here, submitted
from instances.supervisor import home, start_instances, stop_instances

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = [{"topic": "audit_trail:orders", "event_type": "tested"}] * 3


def checked() -> Checked:
    return check("audit", json.dumps(BATCH).encode(), publisher="p")


class TestSubmitHere:
    @pytest.fixture(autouse=True)
    async def _instances(self) -> AsyncIterator[None]:
        await start_instances()
        yield
        await stop_instances()

    async def test_signs_the_receipts_of_evidence_off_the_loop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        signing: set[threading.Thread] = set()
        sign: Any = receipts.sign

        def seen(*said: object) -> str:
            signing.add(threading.current_thread())
            signed: str = sign(*said)
            return signed

        monkeypatch.setattr(receipts, "sign", seen)
        batch = checked()

        told = submitted(batch, await asyncio.wait_for(submit_here(batch), 30))

        assert len(told.receipts) == 3
        assert told.signature
        assert signing
        assert threading.main_thread() not in signing

    async def test_raises_what_goes_wrong_on_the_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*said: object) -> str:
            raise Refusal("internal", "no signature")

        monkeypatch.setattr(receipts, "sign", fails)

        with pytest.raises(Refusal, match="no signature"):
            await asyncio.wait_for(submit_here(checked()), 30)


class TestAnAlert:
    async def test_has_the_loop_to_itself_until_it_is_on_its_way(self) -> None:
        await start_instances()
        try:
            alert = {"topic": "system_alerts:critical", "event_type": "told"}
            found = check("alerts", json.dumps(alert).encode(), publisher="p")
            here = home()
            assert here is not None

            answer = submit_here(found)
            await asyncio.sleep(0)
            during = here.broker.turns.anything_urgent
            await asyncio.wait_for(answer, 30)

            assert during
            async with asyncio.timeout(30):
                while here.broker.turns.anything_urgent:
                    await asyncio.sleep(0.001)
        finally:
            await stop_instances()
