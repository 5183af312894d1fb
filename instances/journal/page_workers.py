"""Checking pages of a journal in several processes, because one has but one processor's worth of Python."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import get_context
from typing import Final

from django.db import Error, connections

from instances.journal import entry_page, worker_setup
from instances.journal.entry_page import Page, PageCheck, read_for_long

PARALLEL_FROM: Final = 16
"""Pages. Processes take a second to begin, in which one alone is through with fewer."""
_AHEAD: Final = 2
"""Pages that wait for each process, so that none of them does."""


class WorkerLost(Exception):
    """A process that checked pages has ended without a word, such as for want of memory."""


def checked_pages(check: PageCheck, begin: int, end: int, *, processes: int = 1) -> Iterator[Page]:
    """Yield the pages from an index to before another in their order, checked by so many processes.

    Pages end at multiples of PAGE_ENTRIES. Raises: WorkerLost; what the database raises.
    """
    bounds = _bounds(begin, end)
    if processes <= 1 or (end - begin) // entry_page.PAGE_ENTRIES < PARALLEL_FROM:
        for each in bounds:
            yield check.check(*each)
        return
    with closing(_in_processes(check, bounds, processes)) as pages:
        yield from pages


def _in_processes(check: PageCheck, bounds: Iterator[tuple[int, int]], processes: int) -> Generator[Page, None, None]:
    config = connections.settings[check.using]
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=worker_setup.begin, initargs=(check.using, config)
    )
    asked: deque[Future[Page]] = deque()
    try:
        for each in bounds:
            asked.append(pool.submit(_check, check.instance, check.personal, check.using, *each))
            if len(asked) > processes * _AHEAD:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerLost(
            "A process that checked entries was ended from outside, perhaps for want of memory."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _bounds(begin: int, end: int) -> Iterator[tuple[int, int]]:
    while begin < end:
        page_end = min(end, (begin // entry_page.PAGE_ENTRIES + 1) * entry_page.PAGE_ENTRIES)
        yield begin, page_end
        begin = page_end


# --- In a worker -----------------------------------------------------------------------------------------------------

_checks: Final[dict[str, PageCheck]] = {}


def _check(instance: str, personal: bool, using: str, begin: int, end: int) -> Page:
    try:
        check = _checks.get(instance)
        if check is None:
            read_for_long(using)
            check = _checks[instance] = PageCheck(instance, personal=personal, using=using)
        return check.check(begin, end)
    except Error as error:
        # What a database's module raises can't always be sent to another process; Django's own kind of it can.
        raise type(error)(str(error)) from None
