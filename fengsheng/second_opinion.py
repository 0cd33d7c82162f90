"""The second opinion (optional): a language model re-rates what the offline scores are unsure of or call high.

Ingest queues mentions in its own transaction (``fengsheng.opinion_queue``), one loop of the running service asks about them
afterwards. What is answered stands beside the offline scores and changes none of them; what cannot be used is dropped with the reason.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fengsheng.incidents import Incidents
from fengsheng.opinion_answer import Unusable, parse_answer
from fengsheng.opinion_endpoint import EndpointFault
from fengsheng.opinion_masking import Masked, mask_words
from fengsheng.opinion_prompt import build_messages, read_signs
from fengsheng.opinion_queue import select_wanted
from fengsheng.opinion_trial import LONGEST, make_endpoint
from fengsheng.opinion_words import say_recovered, say_trouble
from fengsheng.wiring import Clock, House
from notifier import messages
from notifier.wording import Lang
from records.chat import Message
from records.errors import Failed
from records.opinion import Opinion, OpinionState
from scoring.assessment import Assessment
from scoring.text import own_words
from storage.keys import keyed_hash
from storage.opinions import OpinionTurn
from storage.results import StoredMention
from storage.sqlite import Store

log = logging.getLogger("fengsheng.second_opinion")

ASK_EVERY = 2.0
"""Seconds between two looks at the queue."""
TRIES = 5
"""Requests about one mention; then it is given up."""
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 5, 20, 60))
"""Before the second, third … try of one mention."""
KEPT = timedelta(hours=24)
"""What found no room in the budget for so long is given up: its crisis is over, or was handled without."""
REST, LONGEST_REST = 30.0, 900.0
"""Seconds without any request after a failed one, doubled with each further; at most."""
LASTING_REST, LONGEST_LASTING = 900.0, 4 * 3600.0
"""The same where the config or the account is at fault and somebody has to act."""
TOLD_AFTER = 3
"""Failures in a row that the operators are told of; what needs somebody to act is told at once."""
USELESS_AFTER = 10
"""Answers in a row that could not be used, after which the operators are told."""
ACT_NOW = frozenset({"key", "payment", "model", "address", "redirect"})
_ENDPOINT = "second_opinion_endpoint"

Tell = Callable[[Message], None]


@dataclass(kw_only=True)
class _State:
    """How the endpoint does, kept over restarts."""

    rest_until: datetime | None = None
    failures: int = 0
    """In a row."""
    useless: int = 0
    """Answers in a row that could not be used."""
    told: str = ""
    """The trouble that the operators know of."""

    def to_json(self) -> str:
        until = self.rest_until.isoformat() if self.rest_until else None
        return json.dumps({**self.__dict__, "rest_until": until})

    @classmethod
    def from_json(cls, text: str | None) -> _State:
        kept: dict[str, Any] = json.loads(text) if text else {}
        until = kept.pop("rest_until", None)
        return cls(rest_until=datetime.fromisoformat(until) if until else None, **kept)


class Asking:
    """Asks about queued mentions, one after another, inside the budget. Transactions never last while it waits for an answer."""

    def __init__(
        self,
        *,
        house: House,
        store: Store,
        incidents: Incidents,
        environment: Mapping[str, str],
        tell: Tell,
        clock: Clock,
    ) -> None:
        self._house = house
        self._store = store
        self._incidents = incidents
        self._tell = tell
        self._clock = clock
        self._config = house.config.second_opinion
        self._lang: Lang = house.config.language
        self.endpoint = make_endpoint(self._config, environment)
        self._state = _State.from_json(store.setting(_ENDPOINT))

    def resume(self) -> None:
        """Take up what a killed process left; a restart may have brought a new key, so the endpoint is tried at once."""
        now = self._clock()
        with self._store.transaction():
            self._store.release_opinions(now)
            self._state.rest_until = None
            self._save_state()

    async def close(self) -> None:
        await self.endpoint.close()

    async def ask_due(self) -> int:
        """Ask about everything that is due and can be paid; how many requests were made. What goes wrong is noted, never raised."""
        count = 0
        try:
            while (turn := self._next()) is not None:
                count += await self._ask(turn)
        except Exception:
            log.exception("a round of second opinions failed; it is tried again")
            with contextlib.suppress(Failed):
                self._store.release_opinions(self._clock() + BACK_OFF[0])
        return count

    def _next(self) -> OpinionTurn | None:
        now = self._clock()
        if self._state.rest_until is not None and now < self._state.rest_until:
            return None
        self._store.expire_opinions(now - KEPT, now)
        if self._store.calls_since(now - timedelta(hours=1)) >= self._config.per_hour:
            return None
        if self._store.calls_since(now - timedelta(days=1)) >= self._config.per_day:
            return None
        return self._store.claim_opinion(now)

    # -- one mention -----------------------------------------------------------------------------------------------

    async def _ask(self, turn: OpinionTurn) -> int:
        """Ask about one mention; 1 where a request was made."""
        now = self._clock()
        stored = self._store.load_mention(turn.mention)
        assessment = stored.assessments.get(turn.brand) if stored else None
        if stored is None or assessment is None or select_wanted(stored.mention, assessment, self._config) is None:
            self._store.withdraw_opinion(turn)
            return 0
        if turn.tries > TRIES:  # each time it was asked about, the process was killed
            self._store.end_opinion(turn, OpinionState.GIVEN_UP, "interrupted", "", now)
            return 0
        masked = self._mask(stored, turn.brand)
        request = build_messages(turn.brand, masked, self._config.language or self._lang)
        sent_hash = keyed_hash(self._house.key, "opinion", self.endpoint.model, json.dumps(request))
        known = self._store.same_opinion(sent_hash)
        if known is not None:  # a copy of a post that was answered
            self._save(turn, stored, assessment, known, sent_hash)
            return 0
        call = self._store.begin_call(turn, self.endpoint.host, self.endpoint.model, sent_hash, now)
        try:
            reply = await self.endpoint.ask(request)
            opinion = parse_answer(reply.content, masked, reply.model)
        except EndpointFault as fault:
            self._failed(turn, call, fault)
        except Unusable as why:
            self._dropped(turn, call, why)
        else:
            with self._store.transaction():
                self._store.end_call(call, "answered", self._clock())
                self._save(turn, stored, assessment, opinion, sent_hash)
                self._worked(useless=False)
        return 1

    def _mask(self, stored: StoredMention, brand: str) -> Masked:
        complaint = self._store.load_complaint(stored.key)
        author = stored.mention.author
        known = [author.name, author.id]
        if complaint is not None:
            known += [complaint.customer, complaint.contact, complaint.order_number]
        config = self._house.config.brand(brand)
        kept = [brand, *(config.aliases if config else ())]
        words = own_words(stored.mention.full_text)
        return mask_words(
            words, longest=LONGEST, known=[k for k in known if k], kept=kept, lang=self._config.language or self._lang
        )

    def _save(
        self, turn: OpinionTurn, stored: StoredMention, assessment: Assessment, opinion: Opinion, sent_hash: str
    ) -> None:
        """Keep the opinion, and draw the cards anew where it differs from the offline level."""
        now = self._clock()
        signs = read_signs(own_words(stored.mention.full_text), self._house.words)
        with self._store.transaction():
            kept = self._store.save_opinion(turn, opinion, signs, sent_hash, now)
            if kept and opinion.level != str(assessment.level):
                for incident in stored.incidents:
                    self._incidents.refresh_card(incident, now=now)

    # -- what goes wrong -------------------------------------------------------------------------------------------

    def _dropped(self, turn: OpinionTurn, call: int, why: Unusable) -> None:
        now = self._clock()
        with self._store.transaction():
            self._store.end_call(call, why.fault, now)
            self._store.end_opinion(turn, OpinionState.DROPPED, why.fault, why.detail, now)
            self._worked(useless=True, why=why)

    def _failed(self, turn: OpinionTurn, call: int, fault: EndpointFault) -> None:
        now = self._clock()
        with self._store.transaction():
            self._store.end_call(call, fault.fault, now)
            self._rest(fault, now)
            if turn.tries >= TRIES and not fault.lasting:
                self._store.end_opinion(turn, OpinionState.GIVEN_UP, fault.fault, fault.detail, now)
            else:
                wait = timedelta() if fault.lasting else BACK_OFF[min(turn.tries, len(BACK_OFF)) - 1]
                self._store.postpone_opinion(turn, now + wait, fault.fault, fault.detail, charged=not fault.lasting)
            if fault.fault in ACT_NOW or self._state.failures >= TOLD_AFTER:
                self._tell_trouble(fault.fault, fault.detail)
            self._save_state()

    def _rest(self, fault: EndpointFault, now: datetime) -> None:
        """No request to anybody for a while: the endpoint is in trouble, or wants to be left alone."""
        self._state.failures += 1
        first, most = (LASTING_REST, LONGEST_LASTING) if fault.fault in ACT_NOW else (REST, LONGEST_REST)
        seconds = min(first * 2.0 ** min(self._state.failures - 1, 20), most)
        self._state.rest_until = now + timedelta(
            seconds=max(seconds if fault.retry_after is None else 0.0, fault.retry_after or 0.0)
        )

    def _worked(self, *, useless: bool, why: Unusable | None = None) -> None:
        """The endpoint answered; whether it said anything that can be used."""
        state = self._state
        before = _State(**state.__dict__)
        state.rest_until, state.failures = None, 0
        state.useless = state.useless + 1 if useless else 0
        if useless and why is not None and state.useless >= USELESS_AFTER:
            self._tell_trouble("unusable", f"{why.fault} {why.detail}".strip())
        elif state.told and (not useless or state.told != "unusable"):
            state.told = ""
            self._tell(
                messages.render_operations(say_recovered(self.endpoint.host, self._lang), [], drill=self._house.drill)
            )
        if state != before:
            self._save_state()

    def _tell_trouble(self, fault: str, detail: str) -> None:
        """Said once to the operators, not for each post."""
        if self._state.told:
            return
        self._state.told = fault
        title, lines = say_trouble(fault, detail, self.endpoint.host, self._lang)
        self._tell(messages.render_operations(title, lines, drill=self._house.drill))

    def _save_state(self) -> None:
        self._store.save_setting(_ENDPOINT, self._state.to_json())
