"""One child process that polls, for all tests of spiders; and fresh ones where memory or environment matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.crawlers.standing import PollWorker


@pytest.fixture(scope="session")
def polls() -> Iterator[PollWorker]:
    worker = PollWorker()
    yield worker
    worker.close()


@pytest.fixture
def make_polls() -> Iterator[Callable[..., PollWorker]]:
    made: list[PollWorker] = []

    def make(**environment: str) -> PollWorker:
        made.append(PollWorker(environment))
        return made[-1]

    yield make
    for worker in made:
        worker.close()
