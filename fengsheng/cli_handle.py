"""Handling from a shell: the same use cases as chat (P8), by role, with who and when in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fengsheng.incidents import Incidents
from fengsheng.printing import print_plain
from fengsheng.wiring import House, load_house, system_clock
from records.errors import BadInput, Failed, Problem
from records.event import Person
from storage.sqlite import Store

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Config file (FENGSHENG_CONFIG).")]
As = Annotated[str | None, typer.Option("--as", envvar="FENGSHENG_PERSON", help="Your name as in the config's people.")]
Incident = Annotated[str, typer.Argument(help="Incident, e.g. FS-20261121-01.")]
StepName = Annotated[str, typer.Argument(help="Step number or key, as incident ID shows.")]


def register(app: typer.Typer) -> None:
    for function in (take, done, confirm, skip, note, close, override):
        app.command()(function)


def take(incident: Incident, step: StepName, who: As = None, config: Config = None) -> None:
    """Take a step (接手): from now on it is yours."""
    _act("take", incident, step, who, config)


def done(
    incident: Incident,
    step: StepName,
    evidence: Annotated[
        str, typer.Option("--evidence", "-e", help="What was done: words, a link, a file's name.")
    ] = "",
    who: As = None,
    config: Config = None,
) -> None:
    """Report a step done (完成), with evidence."""
    _act("done", incident, step, who, config, typed=evidence)


def confirm(incident: Incident, step: StepName, who: As = None, config: Config = None) -> None:
    """Confirm outward wording as the second person (确认, P8)."""
    _act("confirm", incident, step, who, config)


def skip(
    incident: Incident,
    step: StepName,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why the step is skipped.")] = "",
    who: As = None,
    config: Config = None,
) -> None:
    """Skip a step (跳过) with a reason."""
    _act("skip", incident, step, who, config, typed=reason)


def note(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="The note; it lies in an erasable table, the log holds its id.")],
    who: As = None,
    config: Config = None,
) -> None:
    """Add a note (备注) to an incident."""
    _act("note", incident, None, who, config, typed=text)


def close(
    incident: Incident,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Needed where steps are still open.")] = "",
    who: As = None,
    config: Config = None,
) -> None:
    """Close an incident (结案)."""
    _act("close", incident, None, who, config, typed=reason)


def override(
    incident: Incident,
    level: Annotated[str, typer.Argument(help="yellow, orange or red.")],
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; both values are kept.")],
    who: As = None,
    config: Config = None,
) -> None:
    """Set the crisis level by hand, with a reason; the computed one is kept beside it."""
    if level not in ("yellow", "orange", "red"):
        raise BadInput([Problem(file="level", what=f'"{level}" is no level: yellow, orange or red is accepted')])
    _act("override", incident, level, who, config, typed=reason)


def _act(
    action: str, incident: str, step: str | None, who: str | None, config: Path | None, typed: str | None = None
) -> None:
    house = load_house(config)
    if not house.database.exists():
        raise Failed(f"no database at {house.database}: run, import or drill makes one")
    with house.open_store() as store:
        person = _person(house, store, who)
        answer = Incidents(store=store, house=house).act(
            action, incident, step, person, typed=typed or None, now=system_clock()
        )
    if answer.refused:
        raise Failed(answer.text)
    print_plain(answer.text)


def _person(house: House, store: Store, name: str | None) -> Person:
    """The acting member: of the config's people, or of those the database knows (a drill's)."""
    people = {p.name: p for p in (house.people(store) or store.load_people())}
    accepted = ", ".join(people) or "nobody: the config names no people"
    if name is None:
        raise BadInput([Problem(file="--as", what=f"who acts? --as NAME or FENGSHENG_PERSON; known are {accepted}")])
    if name not in people:
        raise BadInput([Problem(file="--as", what=f'"{name}" is not in the crisis group: known are {accepted}')])
    return people[name]
