"""The composition root: which database, scorer, rules and people a command works with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from fengsheng.config import BrandConfig, ChatConfig, Config, load_config
from fengsheng.library import (
    check_references,
    load_checklists,
    load_manual,
    load_model,
    load_playbooks,
    load_rules,
    load_words,
    raise_problems,
)
from notifier.due import quiet_end
from playbooks.playbook import Playbook
from records.errors import BadInput, Failed, Problem
from records.event import Person
from records.located import parse_yaml
from scoring.assessment import BrandTerms
from scoring.checklist import Checklist
from scoring.emotion import EmotionEngine
from scoring.engines import select_engine
from scoring.keywords import WordLibrary
from scoring.learned import Learned
from scoring.manual import Manual
from scoring.rules import RuleSet
from scoring.scorer import Scorer
from storage.keys import load_or_make_key
from storage.sqlite import Store, open_store

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)


def terms_of(brand: BrandConfig) -> BrandTerms:
    """A brand's words as the scorer wants them."""
    return BrandTerms(
        name=brand.name,
        aliases=tuple(brand.aliases),
        products=tuple(brand.products),
        rivals=tuple(brand.rivals),
        excluded=tuple(brand.excluded),
        required=tuple(brand.required),
        official_accounts=tuple(brand.official_accounts),
    )


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything that files say, read and checked; opens the database on demand."""

    config: Config
    words: WordLibrary
    rules: RuleSet
    manual: Manual
    checklist: Checklist
    model: str
    """The learned models: "default", "none" or a file."""
    playbooks: Mapping[str, Playbook]
    database: Path
    key_file: Path
    configured: bool
    """False where no config file was found: reading commands then work on the database alone."""
    drill: bool = False
    environment: Mapping[str, str]

    @cached_property
    def key(self) -> bytes:
        """The secret key of the database's hashes, chain and tokens; made on first use beside the database."""
        return load_or_make_key(self.key_file)

    @cached_property
    def learned(self) -> Learned | None:
        """The learned models, loaded at first use; None where the config says none.

        Raises:
            BadInput: the file cannot be read (any more).
        """
        problems: list[Problem] = []
        learned = load_model(self.model, problems)
        raise_problems(problems)
        return learned

    @cached_property
    def engine(self) -> EmotionEngine:
        """The emotion engine; its model is loaded at first use."""
        return select_engine(self.config.emotion, self.words, self.learned)

    def scorer(self, extra: Iterable[BrandTerms] = ()) -> Scorer:
        """A scorer for the configured brands and any further ones (of an import, of ``score`` input)."""
        brands = {terms.name: terms for terms in extra}
        brands |= {b.name: terms_of(b) for b in self.config.brands}
        return Scorer(
            words=self.words,
            rules=self.rules,
            engine=self.engine,
            brands=brands,
            manual=self.manual,
            checklist=self.checklist,
            learned=self.learned,
        )

    def open_store(self, *, read_only: bool = False) -> Store:
        """Open the database, one store per thread.

        Raises:
            Failed: the database cannot be opened, with the reason and the place.
        """
        if read_only and not self.database.exists():
            raise Failed(
                f"no database at {self.database}: run, import or drill makes one; FENGSHENG_DATABASE names another"
            )
        self.database.parent.mkdir(parents=True, exist_ok=True)
        return open_store(self.database, key=self.key, read_only=read_only)

    def targets(self, chat: str) -> list[ChatConfig]:
        """Where a logical chat is posted."""
        found: list[ChatConfig] = getattr(self.config.chats, chat)
        return found

    def quiet_until(self, now: datetime) -> datetime | None:
        """End of the quiet hours that hold at ``now``; None outside them."""
        quiet = self.config.quiet_hours
        return quiet_end(now, quiet.start, quiet.end, self.config.zone) if quiet else None

    def people(self, store: Store) -> list[Person]:
        """The members of the crisis group with their ids, as config names them."""
        return [
            Person(
                id=store.person_id(p.name),
                name=p.name,
                roles={str(role): str(place) for role, place in p.roles.items()},
                accounts={"telegram": str(p.telegram)} if p.telegram is not None else {},
            )
            for p in self.config.people
        ]


def load_house(
    config_path: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    database: Path | None = None,
    drill: bool = False,
    needs_config: bool = False,
) -> House:
    """Read config, words, rules, manual, checklists and playbooks; every problem of all of them is reported at once.

    Args:
        config_path: the config file; without it FENGSHENG_CONFIG, then ``watch.yaml`` in the current folder.
        environment: variables; default the process's own.
        database: overrides FENGSHENG_DATABASE and the config.
        drill: the invented world; everything sent is marked.
        needs_config: a missing config is an error.

    Raises:
        BadInput: with every problem found.
    """
    env = os.environ if environment is None else environment
    path = config_path or (Path(env["FENGSHENG_CONFIG"]) if env.get("FENGSHENG_CONFIG") else None)
    if path is None and Path("watch.yaml").exists():
        path = Path("watch.yaml")
    problems: list[Problem] = []
    if path is not None:
        try:
            config = load_config(path, env)
        except BadInput as error:
            problems.extend(error.problems)
            config = _named_files(path)
    elif needs_config:
        raise BadInput(
            [
                Problem(
                    file="watch.yaml",
                    what="no config: --config FILE, FENGSHENG_CONFIG or watch.yaml here; fengsheng init writes one",
                )
            ]
        )
    else:
        config = _bare_config()
    words, rules, manual, checklist, playbooks = _load_library(config, path.parent if path else Path(), problems)
    if problems or words is None or rules is None or manual is None or checklist is None:
        raise BadInput(problems)
    chosen = database or Path(env.get("FENGSHENG_DATABASE") or config.database or "fengsheng.sqlite")
    key_file = Path(env["FENGSHENG_KEY_FILE"]) if env.get("FENGSHENG_KEY_FILE") else Path(f"{chosen}.key")
    return House(
        config=config,
        words=words,
        rules=rules,
        manual=manual,
        checklist=checklist,
        model=_place(config.model, path.parent if path else Path()),
        playbooks=playbooks,
        database=chosen,
        key_file=key_file,
        configured=path is not None,
        drill=drill,
        environment=env,
    )


def _load_library(
    config: Config, folder: Path, problems: list[Problem]
) -> tuple[WordLibrary | None, RuleSet | None, Manual | None, Checklist | None, dict[str, Playbook]]:
    """Files named in the config are looked up beside it."""

    def place(name: str) -> str:
        return _place(name, folder)

    model = place(config.model)
    if model != "default":
        load_model(model, problems)
    files = {
        "words": [place(n) for n in config.words],
        "manual": [place(config.manual)],
        "checklists": [place(n) for n in config.checklists],
    }
    words = load_words(files["words"], problems)
    manual, checklist = load_manual(files["manual"][0], problems), load_checklists(files["checklists"], problems)
    if words is not None and manual is not None and checklist is not None:
        check_references(files, words, manual, checklist, problems)
    rules_name = config.rules if "." not in config.rules and "/" not in config.rules else place(config.rules)
    rules = load_rules(rules_name, problems)
    return words, rules, manual, checklist, load_playbooks(place(config.playbooks), problems)


def _place(name: str, folder: Path) -> str:
    return name if name in ("default", "none") or Path(name).is_absolute() else str(folder / name)


def _named_files(path: Path) -> Config:
    """A config that only names the files of a faulty one, so that their problems are listed too."""
    try:
        document, _ = parse_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError):
        return _bare_config()
    named: dict[str, Any] = {}
    if isinstance(document, Mapping):
        for key in ("words", "checklists"):
            names = document.get(key)
            names = [names] if isinstance(names, str) else names
            if isinstance(names, list) and names and all(isinstance(n, str) for n in names):
                named[key] = list(names)
        named |= {k: document[k] for k in ("rules", "model", "manual", "playbooks") if isinstance(document.get(k), str)}
    return Config.model_construct(brands=[], **named)


def _bare_config() -> Config:
    return Config.model_construct(brands=[])
