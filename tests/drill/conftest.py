"""A small invented world, a clock that stands where it is put, and servers on free ports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from drill.library import load_scenario
from drill.platforms import DrillServer
from drill.scenario import Scenario, parse_scenario

START = datetime(2026, 11, 21, 4, 0, 0, tzinfo=UTC)

SMALL = """\
name: small
title: {zh: 小演练, en: A small drill}
brand: {name: 雾隐豆花, aliases: [雾隐], products: [咸豆花], rivals: [青檐豆坊], official_accounts: [雾隐豆花官方]}
duration: 10m
people:
  - {name: 甲, roles: {lead: A}, telegram: 11}
  - {name: 乙, roles: {pr: A}, telegram: 12}
  - {name: 丙, roles: {tech: A}, telegram: 13}
group:
  chat: -77
  wrong: [{step: 1, by: 丙, after: 10s}]
  steps:
    - step: 1
      take: {by: 甲, after: 60s}
      done: {by: 甲, after: 60s, evidence: 小组已到齐}
    - step: 2
      take: {by: 乙, after: 60s}
      done: {by: 乙, after: 60s, evidence: 声明已定稿}
      confirm: {by: 甲, after: 60s}
    - step: 3
      skip: {by: 乙, after: 60s, reason: 不需要}
  close: {by: 甲, after: 60s, reason: 演练结束}
posts:
  - {at: 0s, platform: weibo, author: {name: 早起的人, followers: 120}, text: 雾隐豆花的咸豆花真好吃}
  - at: 1m
    platform: weibo
    author: {name: 城里媒体, followers: 1234567, verified: media}
    region: 浙江
    media: [video]
    text: "#雾隐豆花# 有人在碗里<b>吃出</b>铁丝 @雾隐豆花官方 [怒]\\n投诉无门"
    metrics: {reads: 890000, likes: 23000, comments: 12, reposts: 2000000}
    complaint: true
    crisis: true
  - at: 2m
    platform: weibo
    author: {name: 写长文的人, followers: 10000, verified: personal}
    long: true
    text: 雾隐豆花这件事我从头说，先是排队，再是吃到铁丝，然后店长说不可能，我把每一步的时间、每一句对话、每一张照片都按顺序放在这里，免得有人说我夸张，也免得以后记不清，最后一段是我的要求：公开后厨，说明铁丝从哪里来，谁负责检查，多少碗卖给了别人，尾句在此
    metrics: {likes: 10, comments: 0}
    complaint: true
    crisis: true
  - at: 3m
    platform: xiaohongshu
    author: {name: 小红一号, followers: 12345, verified: personal}
    region: 上海
    media: [image]
    title: 雾隐豆花吃到铁丝 <img src=x onerror=alert(1)>
    text: "真的吃到铁丝 #雾隐豆花# #避雷#"
    metrics: {likes: 15000, saves: 3, comments: 7, reposts: 1}
    complaint: true
    crisis: true
  - {at: 4m, platform: xiaohongshu, author: {name: 小红二号, followers: 9}, title: 周末散步, text: 河边的风}
"""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **parts: float) -> None:
        self.now += timedelta(**parts)


def parsed(text: str) -> Scenario:
    scenario, problems = parse_scenario(text, "t.yaml")
    assert scenario is not None, problems
    return scenario


@pytest.fixture
def small() -> Scenario:
    return parsed(SMALL)


@pytest.fixture(scope="session")
def shipped() -> Scenario:
    scenario, problems = load_scenario()
    assert scenario is not None, problems
    return scenario


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(small: Scenario, clock: Clock) -> Iterator[DrillServer]:
    """The small world at story minute 10, on real ports."""
    running = DrillServer(small, clock=clock)
    running.start()
    clock.move(seconds=10)
    yield running
    running.stop()
