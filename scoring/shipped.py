"""The word libraries and rule sets shipped inside the package: data as constant as code, parsed on request."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from records.errors import BadInput
from scoring.brand import Industries, parse_industries
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.rules import RuleSet, parse_rules

WORD_FILES = ("complaints.yaml", "safety.yaml", "law.yaml", "voice.yaml", "context.yaml")


def shipped_text(folder: str, name: str) -> str:
    """Text of a shipped file: folder ``words`` or ``rules``."""
    return (files("scoring") / folder / name).read_text(encoding="utf-8")


@cache
def shipped_words() -> WordLibrary:
    """All shipped word files as one library."""
    libraries = []
    for name in WORD_FILES:
        library, problems = parse_words(shipped_text("words", name), name)
        if library is None:
            raise BadInput(problems)
        libraries.append(library)
    return join_words(libraries)


@cache
def shipped_industries() -> Industries:
    """Trades and their companion words."""
    industries, problems = parse_industries(shipped_text("words", "industries.yaml"), "industries.yaml")
    if industries is None:
        raise BadInput(problems)
    return industries


@cache
def shipped_rules(name: str = "default") -> RuleSet:
    """A shipped rule set by name."""
    rules, problems = parse_rules(shipped_text("rules", f"{name}.yaml"), f"{name}.yaml")
    if rules is None:
        raise BadInput(problems)
    return rules
