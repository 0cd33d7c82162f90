"""The drill (演练, P11): the same code as the real thing on the invented world, in a database of its own.

``run_drill`` starts the invented platforms, writes a config that points at them, runs the service, and collects what
happened into the score card.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import socket
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from drill.library import load_scenario
from drill.platforms import DrillServer
from drill.scenario import Scenario
from drill.scorecard import DrillFacts, ScoreCard, SentAlert, StepTiming, score_drill
from fengsheng.service import TOKEN, Service
from fengsheng.views import alerts_of
from fengsheng.wiring import House, load_house, system_clock
from notifier.wording import source_name
from playbooks.state import EventKind
from records.errors import BadInput, Failed
from scoring.alert import Level
from storage.results import IncidentRow
from storage.sqlite import Store

ONCE_LIMIT = timedelta(seconds=44)
"""A scripted drill ends by itself so long after its start, whatever happened."""
PATIENCE = 2.0
"""Seconds that the crawl worker of a drill has to end by itself: nothing of its world is kept."""
WORKER_WITHIN = timedelta(seconds=20)
"""The story begins after so long at the latest, whether or not every crawler has looked."""


def load_drill(name: str) -> Scenario:
    """Read a scenario, shipped or of one's own.

    Raises:
        BadInput: with every problem of the file.
    """
    scenario, problems = load_scenario(name)
    if scenario is None or problems:
        raise BadInput(problems)
    return scenario


def drill_config(scenario: Scenario, server: DrillServer, *, port: int, language: str) -> str:
    """The config of a drill: the same form as a real one, pointing at the local servers."""
    crawl = {"every": 2, "limit": 100, "queries": list(scenario.queries) or [scenario.brand]}
    document = {
        "language": language,
        "brands": [
            {
                "name": scenario.brand,
                "aliases": list(scenario.aliases),
                "products": list(scenario.products),
                "rivals": list(scenario.rivals),
                "excluded": list(scenario.excluded),
                "official_accounts": list(scenario.official_accounts),
                "sources": {
                    "weibo": {
                        **crawl,
                        "base_url": server.weibo_url,
                        "options": {"delay": 0, "pages": 10, "long_texts": 10},
                    },
                    "xiaohongshu": {
                        **crawl,
                        "every": 3,
                        "base_url": server.xiaohongshu_url,
                        "options": {"delay": 0, "pages": 6, "details": 3, "profiles": 1, "wait": 8},
                    },
                },
            }
        ],
        "people": [{"name": m.name, "roles": dict(m.roles), "telegram": m.telegram} for m in scenario.people],
        "chats": {
            "crisis": [
                {"channel": "console"},
                {"channel": "web"},
                {"channel": "telegram", "id": scenario.group.chat},
            ],
            "managers": [{"channel": "web"}],
            "duty": [{"channel": "web"}],
            "operators": [{"channel": "console"}, {"channel": "web"}],
        },
        "telegram": {"base_url": f"{server.telegram_url}/bot"},
        "web": {"port": port},
        "polling": {"every": 2, "timeout": 40, "adaptive": False},
        "budgets": {"weibo": 100_000, "xiaohongshu": 100_000},
    }
    text = StringIO()
    YAML(typ="safe", pure=True).dump(document, text)
    return text.getvalue()


class DrillRun:
    """One drill from start to score card.

    Args:
        folder: where the drill's own config and database go.
        once: the scripted group acts, and the drill ends by itself.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        speed: float,
        once: bool,
        folder: Path,
        language: str = "zh",
        port: int = 8765,
        say: Callable[[str], None] = print,
    ) -> None:
        self._scenario = scenario
        self._speed = speed
        self._once = once
        self._folder = folder
        self._language = language
        self._port = port
        self._say = say
        self._zh = language == "zh"
        self._started = system_clock()

    async def run(self, stop: asyncio.Event) -> ScoreCard:
        """Run until ``stop`` is set or, with ``once``, until the story is over and every step settled."""
        self._folder.mkdir(parents=True, exist_ok=True)
        server = DrillServer(self._scenario, speed=self._speed, scripted=self._once)
        server.start(begin=False)
        try:
            house = self._house(server)
            environment = {**drill_environment(os.environ), TOKEN: "1000000:drill"}
            service = Service(
                house,
                config_path=self._folder / "watch.yaml",
                say=self._say,
                environment=environment,
                patience=PATIENCE,
            )
            running = asyncio.create_task(service.run(stop))
            ready = asyncio.create_task(service.ready.wait())
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                ready.cancel()
                await running
            with house.open_store() as store:
                await self._wait_for_worker(store, service, stop)
                began = server.begin().started_at
                self._announce(service)
                if self._once:
                    await self._until_over(server, store, running)
                    stop.set()
                else:
                    await self._until_all_out(server, running)
                await running
                return score_drill(self._facts(server, store, house, began))
        finally:
            stop.set()
            await asyncio.to_thread(server.stop)

    def _house(self, server: DrillServer) -> House:
        config = self._folder / "watch.yaml"
        port = 0 if self._once else self._port
        config.write_text(drill_config(self._scenario, server, port=port, language=self._language), encoding="utf-8")
        environment = drill_environment(os.environ)
        return load_house(config, environment=environment, database=self._folder / "drill.sqlite", drill=True)

    async def _wait_for_worker(self, store: Store, service: Service, stop: asyncio.Event) -> None:
        """The story begins when the first crawler has looked; its first minutes are ordinary chatter."""
        self._say("爬虫进程与浏览器启动中……" if self._zh else "starting the crawlers and the browser…")
        deadline = system_clock() + WORKER_WITHIN
        while not stop.is_set() and system_clock() < deadline:
            if store.load_sources():
                return
            await asyncio.sleep(0.2)

    def _announce(self, service: Service) -> None:
        address = service.web.address if service.web else ""
        brand = self._scenario.brand
        if self._zh:
            self._say(f"【演练】虚构品牌「{brand}」的危机开始发布，按 {self._speed:g} 倍速进行。聊天页：{address}")
        else:
            self._say(
                f"[DRILL] the invented crisis of {brand} begins, at {self._speed:g} times speed. Chat page: {address}"
            )

    async def _until_over(self, server: DrillServer, store: Store, running: asyncio.Task[None]) -> None:
        """Until all posts are out and seen and the incident is closed, or the limit has passed."""
        began = server.begin()
        limit = self._started + ONCE_LIMIT
        while not running.done() and system_clock() < limit:
            now = system_clock()
            over = now >= began.all_out_at and self._all_seen(server, store, now)
            incidents = crisis_incidents(store)
            if over and incidents and all(i.status == "closed" for i in incidents):
                return
            await asyncio.sleep(0.3)

    async def _until_all_out(self, server: DrillServer, running: asyncio.Task[None]) -> None:
        """Real people act: when the story has been told it waits for them, and says so."""
        left = (server.begin().all_out_at - system_clock()).total_seconds()
        await asyncio.wait({running}, timeout=max(0.0, left))
        if not running.done():
            self._say(
                "剧情已放完。请在聊天页上接手并完成各步骤；按 Ctrl-C 结束演练。"
                if self._zh
                else "The story has been told. Take and finish the steps on the chat page; Ctrl-C ends the drill."
            )

    def _all_seen(self, server: DrillServer, store: Store, now: datetime) -> bool:
        """Whether the crawlers have brought every post that names the brand, where they see at all."""
        blind = {s.source for s in store.load_sources() if s.blind_since}
        seen = {m.key for m in store.iter_mentions()}
        out = (p for p in server.published(now) if p.about_brand and str(p.platform) not in blind)
        return all(post.key in seen for post in out)

    def _facts(self, server: DrillServer, store: Store, house: House, began: datetime) -> DrillFacts:
        from fengsheng.incidents import Incidents

        use = Incidents(store=store, house=house)
        now = system_clock()
        alerts: list[SentAlert] = []
        steps: list[StepTiming] = []
        first_press: list[datetime] = []
        refusals = 0
        rows = crisis_incidents(store)
        sent = {
            (q.item.incident, q.item.kind): q.sent_at
            for q in reversed(store.ledger(limit=10_000))
            if q.state == "sent" and q.item.channel == "telegram"
        }
        edits = server.counts.edited
        for row in rows:
            events = store.load_events(row.id)
            state = use.state(row.id)
            assert state is not None
            refusals += sum(e.kind == EventKind.PRESS_REFUSED for e in events)
            first_press += [state.first_press_at] if state.first_press_at else []
            at = sent.get((row.id, "alert"))
            for alert in alerts_of(state, events)[:1] if at else ():
                alerts.append(SentAlert(level=state.level, rule=alert.rule, sent_at=at or now))
            for number, step in enumerate(use.playbook(state).steps, 1):
                held = state.steps[step.key]
                steps.append(
                    StepTiming(
                        number=number,
                        title=step.title,
                        role=step.roles[0],
                        started_at=held.started_at,
                        take_within=step.take_within,
                        done_within=step.done_within,
                        taken_at=held.taken_at,
                        done_at=held.confirmed_at or held.done_at,
                        skipped=held.status == "skipped",
                        optional=step.optional,
                    )
                )
        return DrillFacts(
            began_at=began,
            ended_at=now,
            speed=self._speed,
            published=server.published(now),
            seen={m.key: m.stored_at for m in store.iter_mentions()},
            alerts=alerts,
            card_edits=edits,
            steps=steps,
            first_press_at=min(first_press, default=None),
            refusals=refusals,
            refusals_expected=len(self._scenario.group.wrong),
            incidents=len(rows),
            closed=sum(r.status == "closed" for r in rows),
            chain_ok=store.verify_chain().ok,
            blind=[source_name(s.source, house.config.language) for s in store.load_sources() if s.blind_since],
        )

    def farewell(self) -> str:
        """How to look at what the drill left behind."""
        database = shlex.quote(str(self._folder / "drill.sqlite"))
        command = shlex.quote(sys.argv[0] if sys.argv and sys.argv[0].endswith("fengsheng") else "fengsheng")
        head = "演练数据还在，可以查询：" if self._zh else "The drill's data is kept; query it:"
        lines = [
            f"  FENGSHENG_DATABASE={database} {command} search 退款",
            f"  FENGSHENG_DATABASE={database} {command} incidents",
            f"  FENGSHENG_DATABASE={database} {command} audit verify",
        ]
        return "\n".join([head, *lines])


def crisis_incidents(store: Store) -> list[IncidentRow]:
    """The incidents that the emergency group has to handle; yellow and orange ones are other people's (L)."""
    return [row for row in store.load_incidents() if row.level is Level.RED]


def drill_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables without one's own settings, database and key: the drill's world is its own; the browser is shared."""
    return {k: v for k, v in environment.items() if not k.startswith("FENGSHENG_") or k == "FENGSHENG_BROWSER"}


def free_port(wanted: int) -> int:
    """The port if nobody listens there, else 0: any free one."""
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", wanted)):
        return wanted
    return 0


def drill_folder(base: Path, now: datetime) -> Path:
    """A fresh folder for one drill's config and database.

    Raises:
        Failed: nothing can be written there.
    """
    for n in range(1000):
        folder = base / f"drill-{now:%Y%m%d-%H%M%S}{f'-{n}' if n else ''}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise Failed(f"the drill cannot keep its data in {base.absolute()}: {error.strerror}") from None
        return folder
    raise Failed(f"no free folder for a drill below {base}")
