"""The word libraries and rule sets shipped inside the package: data as constant as code, parsed on request."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from records.errors import BadInput
from scoring.brand import Industries, parse_industries
from scoring.checklist import Checklist, parse_checklist
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.learned import Learned, parse_learned
from scoring.manual import Manual, parse_manual
from scoring.rules import RuleSet, parse_rules

WORD_FILES = ("complaints.yaml", "safety.yaml", "law.yaml", "voice.yaml", "context.yaml")


def shipped_text(folder: str, name: str) -> str:
    """Text of a shipped file: folder ``words``, ``rules``, ``manuals`` or ``checklists``."""
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


@cache
def shipped_manual() -> Manual:
    """The shipped classification manual (S7)."""
    manual, problems = parse_manual(shipped_text("manuals", "default.yaml"), "default.yaml")
    if manual is None:
        raise BadInput(problems)
    return manual


@cache
def shipped_checklist() -> Checklist:
    """The shipped compliance checklist (S10)."""
    checklist, problems = parse_checklist(shipped_text("checklists", "default.yaml"), "default.yaml")
    if checklist is None:
        raise BadInput(problems)
    return checklist


@cache
def shipped_learned() -> Learned:
    """The shipped models (docs/model-card.md)."""
    return parse_learned((files("scoring") / "models" / "shipped.npz").read_bytes(), "shipped.npz")
