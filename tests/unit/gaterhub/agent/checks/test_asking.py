import asyncio
import threading

import pytest

from gaterhub.agent.checks.asking import Question


class TestQuestion:
    async def test_is_not_asked_again_while_it_hangs(self) -> None:
        release, asked = threading.Event(), []

        def hang() -> str:
            asked.append(1)
            release.wait(10)
            return "at last"

        question = Question(hang, name="test")
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await question.answer()
        release.set()

        assert await question.answer() == "at last"
        assert len(asked) == 1
