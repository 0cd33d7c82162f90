"""One poll while it runs: what was seen so far, so that a poll that is cut off still hands over what it has."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.options import Options
from crawlers.parsers.payload import split_address
from records.errors import BadRecord
from records.mention import Mention, replace
from records.outcome import PAYLOAD_KEPT, Outcome, Page, PollRequest, PollResult, RobotsSeen, Target, Task

BLOCKS = frozenset(o for o in Outcome if o.value.startswith("blocked:"))


class Unseen(Exception):
    """A request did not lead to a payload; carries the outcome and one sentence."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome, self.detail = outcome, detail


class Spent(Unseen):
    """The poll used up the requests it was allowed."""

    def __init__(self) -> None:
        super().__init__(Outcome.SUSPECT, "the poll's share of the request budget is used up")


Known = Callable[[Sequence[Mention]], frozenset[str]]
"""Keys of those mentions that are stored already."""


def none_known(mentions: Sequence[Mention]) -> frozenset[str]:
    return frozenset()


class Memory:
    """What a long-lived process may remember between polls to spare the sites requests; losing it costs nothing else.

    Bounded: the entries used longest ago go first.
    """

    def __init__(self, most: int = 5000) -> None:
        self._most = most
        self._held: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def get(self, *key: str) -> Any:
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, *key: str, value: Any) -> None:
        self._held[key] = value
        self._held.move_to_end(key)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def drop(self, *key: str) -> None:
        self._held.pop(key, None)


class Poll:
    """Collects the pages, mentions and the one outcome of a poll."""

    def __init__(
        self,
        request: PollRequest,
        *,
        memory: Memory | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        known: Known = none_known,
        allowance: int | None = None,
    ) -> None:
        """
        Args:
            request: what to look for and where.
            memory: what a long-lived process remembers between polls.
            clock: current aware time.
            known: tells which mentions are stored already, so that a poll stops at them.
            allowance: requests the poll may make at most; None = no bound but its own options.

        Raises:
            BadRecord: one sentence for an option or an address that is not accepted.
        """
        if request.base_url is not None and split_address(request.base_url) is None:
            raise BadRecord(f'address "{request.base_url}" of {request.platform}: http:// or https:// is accepted')
        self.request = request
        self.options = Options.of(request)
        self.memory = memory if memory is not None else Memory()
        self.clock = clock
        self.allowance = allowance
        self.requests = 0
        self.skipped = 0
        self.retry_after: float | None = None
        self.outcome: Outcome | None = None
        self.stays_in_doubt = False
        """The spider has a reason of its own not to believe an empty answer, which no control query lifts."""
        self.was_cut_off = False
        """The time for the whole poll ran out."""
        self.caught_up = True
        """False once the poll ended at a limit with more to read."""
        self.gone: list[Target] = []
        self.cursor = request.cursor
        self.last_body = b""
        """The payload that is being read: kept where it turns out to have changed its layout."""
        self.payload = b""
        self.robots: list[RobotsSeen] = []
        """robots.txt files fetched on the way."""
        self._known = known
        self._brought = 0
        """Mentions of the page taken last that were new to this poll."""
        self._mentions: dict[str, Mention] = {}
        self._details: list[str] = []

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(self._mentions.values())

    @property
    def is_full(self) -> bool:
        return len(self._mentions) >= self.request.limit

    @property
    def detail(self) -> str:
        return "; ".join(dict.fromkeys(d for d in self._details if d))

    def take(self, page: Page) -> tuple[Mention, ...]:
        """Take one page of results; returns its mentions that were new, within the limit.

        Where the limit leaves out posts that are not stored either, the poll has not caught up. A block always becomes the outcome, also after good pages: it says the next poll will not see. Other trouble
        after good pages is only noted.
        """
        self.skipped += page.skipped
        if page.outcome is Outcome.CHANGED and not self.payload:
            self.payload = self.last_body[:PAYLOAD_KEPT]
        fresh = [m for m in page.mentions if m.key not in self._mentions][: self.request.limit - len(self._mentions)]
        for mention in fresh:
            self.put(mention)
        self._brought = len(fresh)
        left_out = tuple(m for m in page.mentions if m.key not in self._mentions)
        if left_out and not self._holds_all(left_out):
            self.caught_up = False
        if self.outcome is None or page.outcome in BLOCKS:
            self.outcome = page.outcome
            self._details = [page.detail]
        elif page.outcome is Outcome.ITEMS and self.outcome in (Outcome.EMPTY, Outcome.SUSPECT):
            self.outcome, self._details = Outcome.ITEMS, []
        elif page.outcome not in (Outcome.EMPTY, Outcome.SUSPECT, Outcome.ITEMS):
            self.note(f"a later page: {page.detail}")
        return tuple(self._mentions[m.key] for m in fresh)

    def goes_on(self, page: Page, *, read: int, most: int, in_order: bool = True) -> bool:
        """Whether the page after ``page`` is to be read; notes whether the poll has caught up.

        Reading ends at the platform's end, at a page whose every post is stored already (one page of overlap finds what
        was reordered; a deep pass reads on), at a page that shows the same posts again or trouble in place of more, or at a limit.

        Args:
            page: the page that was just taken.
            read: pages read so far.
            most: pages that may be read.
            in_order: False where the platform does not sort by time: then known posts prove nothing.
        """
        if read > 1 and page.outcome not in (Outcome.ITEMS, Outcome.EMPTY):
            self.caught_up = False
        if page.outcome is not Outcome.ITEMS or page.next is None or self.outcome is not Outcome.ITEMS:
            return False
        if in_order and page.mentions and self._holds_all(page.mentions):
            return False
        if read > 1 and not self._brought and not self.is_full:
            self.caught_up = False
            self.note(f"page {read} shows the same posts again")
            return False
        if read >= most or self.is_full or (self.allowance is not None and self.requests >= self.allowance):
            self.caught_up = False
            return False
        return True

    def _holds_all(self, mentions: Sequence[Mention]) -> bool:
        """Whether all are stored already; never in a deep pass, which trusts nothing."""
        known = frozenset() if self.request.deep else self._known(mentions)
        return all(m.key in known for m in mentions)

    def stored(self, mentions: Sequence[Mention]) -> frozenset[str]:
        """Keys of those mentions that are stored already."""
        return self._known(mentions)

    def lose(self, target: Target) -> None:
        """The platform says that a target is deleted or hidden."""
        if target not in self.gone:
            self.gone.append(target)

    def put(self, mention: Mention) -> None:
        """Hold a mention, or its more complete form."""
        self._mentions[mention.key] = replace(
            mention, brand=self.request.brand or None, query=self.request.query or None
        )

    def refuse(self, outcome: Outcome, detail: str) -> None:
        """Something ended the poll: the outcome where nothing was seen yet or where it is a block, else a note."""
        self.take(Page(outcome=outcome, detail=detail))

    def begin_again(self) -> None:
        """Forget how a first attempt ended that saw nothing."""
        self.outcome, self._details = None, []
        self.caught_up = True

    def note(self, detail: str) -> None:
        self._details.append(detail)

    def wait_at_least(self, seconds: float | None) -> None:
        if seconds is not None:
            self.retry_after = max(seconds, self.retry_after or 0)

    def result(self, *, started_at: datetime, ended_at: datetime) -> PollResult:
        outcome = self.outcome
        if outcome is None:
            outcome = Outcome.CHANGED
            self.note("the spider ended without looking at anything")
        return PollResult(
            request=self.request,
            outcome=outcome,
            mentions=self.mentions,
            detail=self.detail,
            started_at=started_at,
            ended_at=ended_at,
            requests=self.requests,
            skipped=self.skipped,
            retry_after=self.retry_after,
            caught_up=self.caught_up and not self.was_cut_off,
            gone=tuple(self.gone),
            cursor=self.cursor,
            payload=self.payload if outcome is Outcome.CHANGED else b"",
            robots=tuple(self.robots),
        )


def poll_request(platform: Any, arguments: Mapping[str, str]) -> PollRequest:
    """A request from the text arguments of ``scrapy crawl NAME -a query=… -a base_url=… -a limit=…``.

    Raises:
        BadRecord: limit is no whole number of 1 or more.
    """
    known = {"query", "brand", "base_url", "limit", "platform", "task"}
    limit = arguments.get("limit", "50")
    if not limit.isdecimal() or int(limit) < 1:
        raise BadRecord(f'limit is "{limit}": a whole number of 1 or more is accepted')
    return PollRequest(
        platform=platform,
        brand=arguments.get("brand", ""),
        query=arguments.get("query", ""),
        base_url=arguments.get("base_url") or None,
        limit=int(limit),
        task=Task(arguments.get("task", "search")),
        options=tuple(sorted((k, v) for k, v in arguments.items() if k not in known)),
    )


def host_of(address: str) -> str:
    return urlsplit(address).netloc


def each_once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(w for w in (w.strip() for w in words) if w))
