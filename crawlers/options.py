"""Per-source options of a poll: names, kinds, defaults and limits in one table; values arrive as text from the config."""

from __future__ import annotations

from collections.abc import Mapping

from crawlers.catalogue import CATALOGUE, COMMON
from crawlers.catalogue import Option as Option
from records.errors import BadRecord
from records.mention import Platform
from records.outcome import PollRequest


def accepted_options(platform: Platform) -> Mapping[str, Option]:
    """Every option a platform's spider reads, with its default."""
    info = CATALOGUE.get(platform)
    return {**COMMON, **(info.options if info else {})}


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
