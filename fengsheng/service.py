"""The chat-and-clocks process of ``fengsheng run``: scheduler, outbox, chats, and the supervisor of the crawl worker.

Nothing in memory is truth: deadlines, outbox, inbox, polls and source health live in the database, so that ctrl-C and
kill lose nothing and the next start goes on where this one was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from fengsheng.customers import load_configured
from fengsheng.incidents import Answer, Incidents
from fengsheng.intake import TOKEN as IMPORT_TOKEN
from fengsheng.intake import IntakeServer
from fengsheng.opinion_endpoint import KEY as OPINION_KEY
from fengsheng.posting import queue_operations
from fengsheng.scheduling import Scheduling
from fengsheng.second_opinion import ASK_EVERY, Asking
from fengsheng.sessions import with_profiles
from fengsheng.supervisor import Supervisor, worker_command
from fengsheng.web import WebServer
from fengsheng.wiring import Clock, House, system_clock
from fengsheng.word_weekly import LOOK_EVERY, WeeklyWords
from fengsheng.worker import make_watching
from notifier import messages
from notifier.channels.apprise import AppriseChannel
from notifier.channels.console import ConsoleChannel
from notifier.channels.telegram import TelegramChannel
from notifier.channels.telegram_intake import TelegramIntake
from notifier.delivery import ChannelError
from notifier.outbox import Channel, Outbox
from records.chat import InboxItem, Message, OutboxItem, Press, Priority, QueuedItem
from records.errors import BadInput, FengshengError, Problem
from storage.sqlite import Store

log = logging.getLogger("fengsheng.service")

SEND_EVERY = 0.3
"""Seconds between two looks at the outbox."""
TICK_EVERY = 1.0
"""Seconds between two looks at the deadlines."""
PLAN_EVERY = 1.0
"""Seconds between two looks at which polls are due; a drill's world runs faster."""
WORKER_TOLD_AGAIN = timedelta(hours=1)
"""While the crawl worker keeps dying, the operators are told again after so long."""
TOKEN = "TELEGRAM_BOT_TOKEN"


class Service:
    """One running product: create it, ``await run(stop)``.

    Args:
        config_path: the file the worker reads; None where there is nothing to crawl.
        say: progress for the person at the terminal.
        patience: seconds the crawl worker has to end by itself.
    """

    def __init__(
        self,
        house: House,
        *,
        config_path: Path | None,
        clock: Clock = system_clock,
        say: Callable[[str], None] = print,
        environment: Mapping[str, str] | None = None,
        patience: float = 8.0,
    ) -> None:
        self._house = house
        self._config_path = config_path
        self._clock = clock
        self._say = say
        self._patience = patience
        self._environment = dict(os.environ if environment is None else environment)
        self._telegram: TelegramChannel | None = None
        self._intake: TelegramIntake | None = None
        self._intake_told = False
        self._worker_told: datetime | None = None
        self.web: WebServer | None = None
        self.supervisor: Supervisor | None = None
        self.ready = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until ``stop`` is set, then let everything end in order.

        Raises:
            BadInput: a channel of the config cannot be had (no token, no address), naming it.
        """
        async with contextlib.AsyncExitStack() as stack:
            store = stack.enter_context(self._house.open_store())
            store.save_people(self._house.people(store))
            channels = self._channels(store)
            for channel in channels.values():
                stack.push_async_callback(channel.close)
            self._incidents = Incidents(store=store, house=self._house)
            self._store = store
            self._outbox = Outbox(
                store,
                channels,
                lambda incident, channel, target: self._incidents.card(incident, now=self._clock()),
                clock=self._clock,
                on_sent=self._on_sent,
                on_failed=self._on_failed,
            )
            stack.push_async_callback(self._outbox.close)
            self._outbox.recover(self._clock())
            if self.web is not None:
                await self.web.start()
                stack.push_async_callback(self.web.stop)
            if self._house.config.imports.port is not None:
                intake = IntakeServer(self._house, self._environment, clock=self._clock)
                await intake.start()
                stack.push_async_callback(intake.stop)
                self._say(f"imports: {intake.address}")
            scheduler = self._scheduler(store)
            scheduler.start()
            stack.callback(scheduler.shutdown, wait=False)
            tasks = [asyncio.create_task(self._loop(self._send, SEND_EVERY, stop))]
            if self._house.config.customers.file:
                tasks.append(asyncio.create_task(self._load_customers()))
            if self._house.config.second_opinion.on:
                asking = self._open_asking(store)
                stack.push_async_callback(asking.close)
                tasks.append(asyncio.create_task(self._loop(asking.ask_due, ASK_EVERY, stop)))
            if self._house.config.chats.digest:
                weekly = WeeklyWords(self._house, self._clock)
                tasks.append(asyncio.create_task(self._loop(weekly.send_due, LOOK_EVERY, stop)))
            if self._intake is not None:
                stack.push_async_callback(self._intake.close)
                tasks.append(asyncio.create_task(self._listen(stop)))
            if self.supervisor is not None:
                stack.push_async_callback(self.supervisor.stop, self._patience)
            self.ready.set()
            await stop.wait()
            self._say("正在结束……" if self._house.config.language == "zh" else "ending…")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._outbox.send_due(self._clock()), 5)

    # -- set-up ----------------------------------------------------------------------------------------------------

    def _channels(self, store: Store) -> dict[str, Channel]:
        """The channels that the config's chats need."""
        config = self._house.config
        needed = {t.channel for chat in type(config.chats).model_fields for t in self._house.targets(chat)}
        channels: dict[str, Channel] = {}
        if "console" in needed:
            channels["console"] = ConsoleChannel(lang=config.language)
        if "web" in needed:
            self.web = WebServer(self._house, store, press=self._web_press, clock=self._clock)
            channels["web"] = self.web.channel
        if "telegram" in needed:
            channels["telegram"] = self._open_telegram(store)
        if "apprise" in needed:
            channels["apprise"] = AppriseChannel(self._environment)
        return channels

    def _open_telegram(self, store: Store) -> TelegramChannel:
        token = self._environment.get(TOKEN, "").strip()
        if not token:
            raise BadInput(
                [
                    Problem(
                        file=TOKEN,
                        what="a chat of the config is on telegram: the bot's token is needed in this variable",
                    )
                ]
            )
        config = self._house.config.telegram
        self._telegram = TelegramChannel(
            token,
            base_url=config.base_url,
            proxy=config.proxy,
            mentions={p.name: str(p.telegram) for p in self._house.config.people if p.telegram is not None},
        )
        self._intake = TelegramIntake(store, self._telegram)
        return self._telegram

    def _open_asking(self, store: Store) -> Asking:
        """Second opinions are asked for beside everything else: they delay no alert and stop no start."""
        asking = Asking(
            house=self._house,
            store=store,
            incidents=self._incidents,
            environment=self._environment,
            tell=self._tell_operators,
            clock=self._clock,
        )
        asking.resume()
        config, zh = self._house.config.second_opinion, self._house.config.language == "zh"
        limits = f"{config.per_hour}/h, {config.per_day}/24h"
        self._say(f"{'第二意见' if zh else 'second opinions'}: {config.model} @ {asking.endpoint.host}, {limits}")
        return asking

    def _scheduler(self, store: Store) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        now = self._clock()
        watching = make_watching(self._house, store)
        self._scheduling = Scheduling(
            store=store, config=self._house.config, words=self._house.words, more=watching.plan
        )
        scheduler.add_job(self._tick, "interval", seconds=TICK_EVERY, next_run_time=now)
        if self._scheduling.planned:
            every = PLAN_EVERY / 4 if self._house.drill else PLAN_EVERY
            scheduler.add_job(self._plan_polls, "interval", seconds=every, next_run_time=now)
        if self._config_path is not None and self._scheduling.planned:
            self.supervisor = Supervisor(
                worker_command(str(self._config_path), str(self._house.database), drill=self._house.drill),
                environment=worker_environment(self._house, self._environment),
                last_beat=lambda: beat.at if (beat := store.last_beat("worker")) else None,
                clock=self._clock,
                say=self._note_worker,
            )
            scheduler.add_job(self.supervisor.watch, "interval", seconds=1, next_run_time=now)
        return scheduler

    # -- clocks ----------------------------------------------------------------------------------------------------

    async def _plan_polls(self) -> None:
        self._scheduling.tick(self._clock())

    async def _tick(self) -> None:
        now = self._clock()
        self._store.beat("chat", os.getpid(), now)
        self._incidents.tick(now=now)

    async def _send(self) -> None:
        await self._outbox.send_due(self._clock())

    async def _loop(self, work: Callable[[], Awaitable[object]], every: float, stop: asyncio.Event) -> None:
        """Repeat ``work``; what goes wrong once is logged and tried again, never the end of the loop."""
        while not stop.is_set():
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("a round of the outbox failed; it is tried again")
            await asyncio.sleep(every)

    def _note_worker(self, why: str) -> None:
        """Without its crawl worker the product is blind on everything: said to the operators, once an hour at most (W6)."""
        self._say(why)
        now = self._clock()
        if self._worker_told is not None and now - self._worker_told < WORKER_TOLD_AGAIN:
            return
        self._worker_told = now
        zh = self._house.config.language == "zh"
        title = (
            "爬取进程中断，正在重启：此刻所有来源都看不见"
            if zh
            else "The crawl worker broke off and is started again: all sources are blind"
        )
        self._tell_operators(messages.render_operations(title, [why], drill=self._house.drill))

    # -- what left -------------------------------------------------------------------------------------------------

    def _on_sent(self, queued: QueuedItem, external_id: str, at: datetime) -> None:
        if queued.item.kind == "alert" and queued.item.incident is not None:
            self._incidents.note_alert_sent(queued.item.incident, at)

    def _on_failed(self, queued: QueuedItem, error: str) -> None:
        """A message that cannot be delivered is said to the operators, on the channels that still work."""
        config = self._house.config
        message = messages.render_delivery_failed(
            queued.item.kind,
            queued.item.chat,
            queued.item.channel,
            error,
            lang=config.language,
            drill=self._house.drill,
        )
        self._tell_operators(message, besides=queued.item.channel)

    async def _load_customers(self) -> None:
        """The customer register of the config (W7), beside the watching: who posted meanwhile is recognised then."""
        try:
            problems = await asyncio.to_thread(load_configured, self._house, self._clock)
        except FengshengError as error:
            problems = [str(error)]
        except Exception as error:
            log.exception("the customer register could not be loaded")
            problems = [type(error).__name__]
        if problems:
            zh = self._house.config.language == "zh"
            title = (
                "客户登记册没有完整载入，部分重点客户可能认不出"
                if zh
                else "The customer register is not whole: key customers may go unrecognised"
            )
            self._tell_operators(messages.render_operations(title, problems, drill=self._house.drill))

    def _tell_operators(self, message: Message, *, besides: str | None = None) -> None:
        queue_operations(self._store, self._house, message, now=self._clock(), besides=besides)

    # -- what comes in ---------------------------------------------------------------------------------------------

    async def _listen(self, stop: asyncio.Event) -> None:
        """Telegram's updates: saved before they are confirmed, then handled one by one."""
        assert self._intake is not None
        await self._handle_inbox()
        while not stop.is_set():
            fetched = await self._intake.fetch_updates(self._clock())
            self._note_intake(fetched.health.kind, fetched.health.detail, fetched.health.streak)
            await self._handle_inbox()
            if fetched.health.wait:
                await asyncio.sleep(fetched.health.wait)

    def _note_intake(self, kind: str, detail: str, streak: int) -> None:
        """Say once that presses on Telegram cannot be heard, and once that they are heard again."""
        lang = self._house.config.language
        if kind != "ok" and not self._intake_told and (streak >= 3 or kind in ("unauthorized", "conflict")):
            self._intake_told = True
            title = "听不到 Telegram 上的按钮" if lang == "zh" else "Presses on Telegram are not heard"
            self._tell_operators(
                messages.render_operations(title, [detail], drill=self._house.drill), besides="telegram"
            )
        elif kind == "ok" and self._intake_told:
            self._intake_told = False
            title = "又能听到 Telegram 上的按钮了" if lang == "zh" else "Presses on Telegram are heard again"
            self._tell_operators(messages.render_operations(title, [], drill=self._house.drill), besides="telegram")

    async def _handle_inbox(self) -> None:
        assert self._intake is not None
        for item, press in self._intake.load_presses(self._clock()):
            try:
                await self._handle_press(item, press)
            except Exception:
                log.exception("a press could not be handled; it stays in the inbox")

    async def _handle_press(self, item: InboxItem, press: Press) -> None:
        assert self._telegram is not None and self._intake is not None
        answer = self._act(item.id, press)
        if answer.asks:
            try:
                await self._intake.ask(press, answer.text, self._clock(), name=self._name(press))
            except ChannelError as error:
                self._store.mark_handled(item.id, f"the question could not be put: {error}", self._clock())
            else:
                self._store.mark_handled(item.id, "asked", self._clock())
        elif press.callback_id is None and answer.refused:
            self._reply(press, answer)
        if press.callback_id is not None:
            with contextlib.suppress(ChannelError):
                await self._telegram.answer(press, answer.text, alert=answer.refused)

    def _act(self, inbox: int, press: Press) -> Answer:
        """The press and its mark in the inbox, in one transaction; a press that asks for words is marked once asked."""
        try:
            with self._store.transaction():
                answer = self._incidents.press(press)
                if not answer.asks:
                    self._store.mark_handled(inbox, "refused" if answer.refused else "done", self._clock())
        except FengshengError as error:
            answer = Answer(text=str(error), refused=True)
            self._store.mark_handled(inbox, f"failed: {error}", self._clock())
        return answer

    def _name(self, press: Press) -> str:
        people = self._store.load_people()
        return next((p.name for p in people if p.accounts.get(press.channel) == press.account), "")

    def _reply(self, press: Press, answer: Answer) -> None:
        """A typed reply has no popup: the refusal is sent as a message."""
        from records.chat import Block, Style

        now = self._clock()
        message = Message(blocks=(Block(style=Style.TEXT, text=answer.text),), drill=self._house.drill)
        item = OutboxItem(
            chat="crisis",
            channel=press.channel,
            target=press.target,
            kind="answer",
            priority=Priority.ANSWER,
            created_at=now,
            message=message,
            incident=answer.incident,
        )
        self._store.queue([item], now=now)

    async def _web_press(self, press: Press) -> str:
        """A press on the local page: saved first, then done, like one of any chat."""
        now = self._clock()
        ident = uuid.uuid4().hex
        raw = json.dumps({"account": press.account, "token": press.token, "typed": bool(press.typed)})
        self._store.save_inbox("web", ident, raw, now)
        inbox = next(i.id for i in self._store.unhandled_inbox("web") if i.external_id == ident)
        answer = self._act(inbox, press)
        if answer.asks:
            self._store.mark_handled(inbox, "asked", self._clock())
        return answer.text


def worker_environment(house: House, environment: Mapping[str, str]) -> dict[str, str]:
    """The crawlers need no chat: the bot's token, the keys and the secret addresses of one-way chats stay in this process.
    They get to know where the operator's sessions lie."""
    chats = house.config.chats
    secret = {
        TOKEN,
        IMPORT_TOKEN,
        OPINION_KEY,
        *(t.url_env for chat in type(chats).model_fields for t in getattr(chats, chat)),
    }
    return with_profiles(house.database, {name: value for name, value in environment.items() if name not in secret})
