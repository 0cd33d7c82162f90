from datetime import timedelta

import pytest
from playwright.async_api import Error as PlaywrightError
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, ResponseDataLossError

from crawlers.guards import LONGEST_WAIT, classify_failure, parse_retry_after
from records.outcome import Outcome
from tests.crawlers.conftest import NOW


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Fri, 13 Nov 2026 12:05:00 GMT"}, 300),
        ({"retry-after": "-5x"}, None),
        ({"retry-after": "99999999"}, LONGEST_WAIT),
        ({"retry-after": "Fri, 13 Nov 2020 12:05:00 GMT"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": (NOW + timedelta(minutes=4)).isoformat()}, 240),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-13T12:04:00.000000Z"}, 240),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30),
        ({"ratelimit-remaining": "5", "ratelimit-reset": "30"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_a_site_asks_to_wait(headers, seconds):
    assert parse_retry_after(headers, now=NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DownloadTimeoutError(), Outcome.NETWORK),
        (TimeoutError(), Outcome.NETWORK),
        (ConnectionResetError(), Outcome.NETWORK),
        (ResponseDataLossError(), Outcome.NETWORK),
        (IgnoreRequest("Forbidden by robots.txt"), Outcome.BLOCKED_BOT),
        (IgnoreRequest("too large"), Outcome.CHANGED),
        (PlaywrightError("Page.goto: net::ERR_CONNECTION_REFUSED at http://secret/?token=1"), Outcome.NETWORK),
        (PlaywrightError("Target page, context or browser has been closed"), Outcome.NETWORK),
    ],
)
def test_every_failure_of_the_world_has_a_name_without_addresses(error, outcome):
    found = classify_failure(error)
    assert found is not None and found[0] is outcome and "secret" not in found[1]


def test_our_own_bugs_are_no_failure_of_the_world():
    assert classify_failure(KeyError("x")) is None
