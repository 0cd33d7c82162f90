from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.async_api import Error as PlaywrightError
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from crawlers.guards import LONGEST_WAIT, StandingRobots, classify_failure, parse_retry_after
from records.outcome import ROBOTS_TEXT, Outcome, RobotsSeen
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


# -- robots.txt --------------------------------------------------------------------------------------------------------

RULES = b"User-agent: *\nDisallow: /private"


class Fetched:
    """A crawler whose engine answers robots.txt so, or not at all."""

    def __init__(self, status=200, body=RULES):
        self.asked = []
        self.crawler = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "Fengsheng"})
        self.crawler.spider = SimpleNamespace(poll=SimpleNamespace(robots=[]))

        async def download_async(request):
            self.asked.append(request.url)
            if status is None:
                raise DownloadTimeoutError
            return Response(request.url, status=status, body=body)

        self.crawler.engine = SimpleNamespace(download_async=download_async)
        self.guard = StandingRobots(self.crawler)

    @property
    def robots(self):
        return self.crawler.spider.poll.robots

    async def ask(self, url):
        await self.guard.process_request(Request(url))


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(StandingRobots, "_known", {})


async def test_the_robots_file_that_was_fetched_goes_into_the_poll_once():
    fetched = Fetched()
    for _ in range(2):
        await fetched.ask("https://a.example/feed")
    text = RULES.decode()
    assert fetched.robots == [RobotsSeen(site="https://a.example", status=200, text=text, allowed=True)]
    again = Fetched()
    await again.ask("https://a.example/feed")
    assert again.robots == [] and again.asked == [], "it is remembered over polls"


async def test_a_forbidden_address_is_not_asked_and_the_file_says_why():
    fetched = Fetched()
    with pytest.raises(IgnoreRequest):
        await fetched.ask("https://b.example/private/x")
    (seen,) = fetched.robots
    assert (seen.allowed, seen.site) == (False, "https://b.example") and "/private" in seen.text


async def test_a_robots_file_that_gave_no_answer_is_recorded_as_such():
    fetched = Fetched(status=None)
    await fetched.ask("https://c.example/feed")
    assert fetched.robots == [RobotsSeen(site="https://c.example", status=None, text="", allowed=True)]


async def test_a_very_long_robots_file_is_cut():
    fetched = Fetched(body=b"# \xff" + "注".encode() * ROBOTS_TEXT)
    await fetched.ask("https://d.example/feed")
    assert len(fetched.robots[0].text) == ROBOTS_TEXT
