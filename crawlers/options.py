"""Per-source options of a poll: names, kinds, defaults and limits in one table; values arrive as text from the config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from records.errors import BadRecord
from records.mention import Platform
from records.outcome import PollRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    default: str
    about: str
    lowest: float | None = None
    """Lowest accepted number; None where the option is text."""
    highest: float = 0
    choices: tuple[str, ...] = ()


def _number(default: float, lowest: float, highest: float, about: str) -> Option:
    return Option(default=f"{default:g}", lowest=lowest, highest=highest, about=about)


_COMMON = {
    "delay": _number(2, 0, 3600, "seconds between two requests to the site, also from one poll to the next"),
    "pages": _number(5, 1, 50, "result pages read at most"),
    "timeout": _number(180, 1, 3600, "seconds one whole poll may take"),
    "robots": Option(default="obey", choices=("obey", "ignore"), about="robots.txt of plain HTTP sources"),
    "user_agent": Option(default="", about="a User-Agent instead of Fengsheng's own honest one"),
    "proxy": Option(default="", about="one fixed HTTP proxy"),
}
_OWN: dict[Platform, dict[str, Option]] = {
    Platform.WEIBO: {
        "delay": _number(15, 0, 3600, "community pace is one search page in 10 s; 25 in a row led to refusals"),
        "pages": _number(2, 1, 50, "result pages of ten posts"),
        "long_texts": _number(4, 0, 50, "cut posts whose whole text is fetched in one poll"),
        "sort": Option(default="latest", choices=("latest", "all", "hot"), about="order of the search"),
    },
    Platform.XIAOHONGSHU: {
        "delay": _number(6, 0, 3600, "seconds between two pages, at human pace"),
        "pages": _number(2, 1, 10, "screens of about twenty notes"),
        "details": _number(5, 0, 50, "notes opened for their text in one poll"),
        "profiles": _number(3, 0, 50, "author pages opened for their followers in one poll"),
        "wait": _number(15, 0.1, 120, "seconds to wait for the page's own requests"),
        "sort": Option(
            default="time_descending",
            choices=("general", "time_descending", "popularity_descending", "comment_descending"),
            about="order of the search",
        ),
    },
    Platform.BLUESKY: {
        "since": Option(default="", about="only posts after this ISO time"),
        "lang": Option(default="", about="only posts in this language, e.g. zh"),
    },
    Platform.MASTODON: {
        "mode": Option(default="auto", choices=("auto", "tag", "search"), about="auto: search with a token, else tags"),
        "tags": Option(default="", about="tags to follow, separated by commas; default is the query's first word"),
        "min_id": Option(default="", about="only posts newer than this local id, read forward without gaps"),
        "control": Option(default="mastodon", about="word that always has posts, to prove an empty search"),
    },
    Platform.RSS: {"pages": _number(1, 1, 1, "a feed is one page")},
    Platform.NEWS: {
        "delay": _number(10, 0, 3600, "seconds between two requests"),
        "pages": _number(1, 1, 1, "one page"),
    },
}


def accepted_options(platform: Platform) -> Mapping[str, Option]:
    """Every option a platform's spider reads, with its default."""
    return {**_COMMON, **_OWN.get(platform, {})}


def check_options(platform: Platform, given: Mapping[str, str]) -> list[str]:
    """One sentence for every unknown name and every value that is not accepted."""
    accepted = accepted_options(platform)
    problems = [
        f'unknown option "{name}" of {platform}: accepted are {", ".join(sorted(accepted))}'
        for name in given
        if name not in accepted
    ]
    return problems + [p for n, o in accepted.items() if (p := _problem(platform, n, o, given.get(n, o.default)))]


class Options:
    """The options of one poll with defaults filled in. Unknown names are left alone: another version may know them."""

    def __init__(self, platform: Platform, given: Mapping[str, str]) -> None:
        """Raises BadRecord with one sentence for a value that is not accepted."""
        accepted = accepted_options(platform)
        self._values = {name: given.get(name, option.default) for name, option in accepted.items()}
        for name, option in accepted.items():
            problem = _problem(platform, name, option, self._values[name])
            if problem:
                raise BadRecord(problem)

    @classmethod
    def of(cls, request: PollRequest) -> Options:
        return cls(request.platform, dict(request.options))

    def text(self, name: str) -> str:
        return self._values[name]

    def number(self, name: str) -> float:
        return float(self._values[name])

    def count(self, name: str) -> int:
        return int(float(self._values[name]))


def _problem(platform: Platform, name: str, option: Option, value: str) -> str | None:
    where = f'option {name} of {platform} is "{value}"'
    if option.choices:
        return None if value in option.choices else f"{where}: accepted are {', '.join(option.choices)}"
    if option.lowest is None:
        return None
    try:
        good = option.lowest <= float(value) <= option.highest
    except ValueError:
        good = False
    return None if good else f"{where}: a number from {option.lowest:g} to {option.highest:g} is accepted"
