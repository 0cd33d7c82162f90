"""Scrapy settings: polite by default (G3), one request at a time to a site, no cookies, no telnet, no disguise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from scrapy.settings import BaseSettings, Settings, SettingsAttribute

BOT_NAME = "fengsheng"
SPIDER_MODULES = ["crawlers.spiders"]
NEWSPIDER_MODULE = "crawlers.spiders"

USER_AGENT = "Fengsheng/0.1 (social media reputation watcher; reads public posts at low rate)"
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Fengsheng"

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

CONCURRENT_REQUESTS = 4
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 2.0
DOWNLOAD_DELAY_JITTER = 0.5
AUTOTHROTTLE_ENABLED = False

DOWNLOAD_TIMEOUT = 20
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 504, 408, 522, 524]
"""Not 429 and 503: these ask to be left alone, and RSSHub answers 503 for the platform behind it."""

COOKIES_ENABLED = False
METAREFRESH_ENABLED = False
REDIRECT_MAX_TIMES = 5
REFERRER_POLICY = "no-referrer"
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"

DOWNLOAD_HANDLERS = {"file": None, "ftp": None, "s3": None, "data": None}
"""Only http and https: an address in a feed or a config never opens a file."""

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawlers.guards.StandingRobots": 100,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
}
ITEM_PIPELINES = {"crawlers.guards.MentionJson": 100}
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
}
FEED_EXPORT_ENCODING = "utf-8"

STANDING: Mapping[str, Any] = {
    "SPIDER_MODULES": [],
    "EXTENSIONS": {
        **EXTENSIONS,
        "scrapy.extensions.corestats.CoreStats": None,
        "scrapy.extensions.logcount.LogCount": None,
        "scrapy.extensions.memdebug.MemoryDebugger": None,
        "scrapy.extensions.closespider.CloseSpider": None,
        "scrapy.extensions.feedexport.FeedExporter": None,
        "scrapy.extensions.spiderstate.SpiderState": None,
    },
    "DOWNLOADER_MIDDLEWARES": {**DOWNLOADER_MIDDLEWARES, "scrapy.downloadermiddlewares.stats.DownloaderStats": None},
    "SPIDER_MIDDLEWARES": {
        "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
        "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
        "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
        "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
    },
    "ITEM_PIPELINES": {},
    "STATS_DUMP": False,
}
"""What the polls of a long-lived process go without, for each would set it up anew: what only the command line's crawls
need (files of items, statistics), and spider middlewares, which see nothing of requests that a spider awaits. Spiders are
loaded when first polled: one that cannot be imported must not blind all the others."""

PLAYWRIGHT_BROWSER_TYPE = "chromium"
PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT = 20_000
PLAYWRIGHT_PROCESS_REQUEST_HEADERS = None
"""The browser keeps its own headers: nothing is dressed up."""
PLAYWRIGHT_ABORT_REQUEST = "crawlers.listening.is_heavy"
PLAYWRIGHT_MAX_PAGES_PER_CONTEXT = 2
PLAYWRIGHT_RESTART_DISCONNECTED_BROWSER = False

BROWSER_HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
"""Set by spiders that need a browser, for one scheme only: each would start a driver of its own."""


class PollSettings(Settings):
    """Settings that are copied quickly: Scrapy copies them for every crawl, each value with all that is in it, which took
    longer than the rest of a poll that finds nothing new. Here a copy shares what is never changed in place."""

    def copy(self) -> PollSettings:
        found = PollSettings.__new__(PollSettings)
        found.frozen = False
        found.attributes = self.attributes.copy()
        return found

    def set(self, name: str, value: Any, priority: int | str = "project") -> None:
        held = self.attributes.get(name)
        if held is not None:
            self.attributes[name] = SettingsAttribute(held.value, held.priority)
        super().set(name, value, priority)


@cache
def _project_settings() -> PollSettings:
    settings = PollSettings()
    settings.setmodule("crawlers.settings", priority="project")
    for value in settings.values():
        if isinstance(value, BaseSettings):
            value.freeze()  # whoever would change it for all polls is told so
    return settings


def load_settings(overrides: Mapping[str, Any]) -> Settings:
    """The project's settings with the overrides of one poll above everything a spider sets itself."""
    settings = _project_settings().copy()
    settings.setdict(dict(overrides), priority="cmdline")
    return settings
