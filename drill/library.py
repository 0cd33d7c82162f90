"""The scenarios that come with the product, and scenario files of one's own."""

from __future__ import annotations

from pathlib import Path

from drill.scenario import Scenario, parse_scenario
from records.errors import Problem

_FOLDER = Path(__file__).parent / "scenarios"
DEFAULT = "milk_tea"


def shipped_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with the product."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_scenario(name: str = DEFAULT) -> tuple[Scenario | None, list[Problem]]:
    """Read a shipped scenario by name, or a scenario file by its path. Never raises for what is in or about the file."""
    path = _FOLDER / f"{name}.yaml" if name in shipped_scenarios() else Path(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None, [Problem(file=str(path), what="cannot be read: the file must be UTF-8 text")]
    except OSError as error:
        known = ", ".join(shipped_scenarios())
        what = f"cannot be read ({error.strerror}): accepted are a scenario file or one of the shipped names {known}"
        return None, [Problem(file=str(path), what=what)]
    return parse_scenario(text, str(path))
