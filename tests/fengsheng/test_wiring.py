"""The composition root: which files, database and key a command works with, and every problem said at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fengsheng.config import BrandConfig
from fengsheng.wiring import load_house, system_clock, terms_of
from records.errors import BadInput, Failed
from scoring.assessment import BrandTerms
from tests.fengsheng.builders import BRAND, CONFIG, LATTE, T0, TEA, make_house

CONFIG_FILE = "watch.yaml"


def written(folder: Path, text: str = CONFIG) -> Path:
    path = folder / CONFIG_FILE
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


# -- which files -------------------------------------------------------------------------------------------------------


def test_the_named_config_then_the_environment_then_the_folder(tmp_path: Path) -> None:
    named = written(tmp_path, "brands: [{name: 甲}]")
    (tmp_path / "env.yaml").write_text("brands: [{name: 乙}]", encoding="utf-8")
    written(Path(), "brands: [{name: 丙}]")
    env = {"FENGSHENG_CONFIG": str(tmp_path / "env.yaml")}
    assert load_house(named, environment=env).config.brands[0].name == "甲"
    assert load_house(environment=env).config.brands[0].name == "乙"
    house = load_house(environment={})
    assert house.config.brands[0].name == "丙" and house.configured


def test_without_a_config_reading_commands_work_on_the_database_alone() -> None:
    house = load_house(environment={})
    assert not house.configured and house.config.brands == []
    assert house.playbooks and house.words.groups and house.rules.name == "default"
    with pytest.raises(BadInput, match="fengsheng init"):
        load_house(environment={}, needs_config=True)


def test_which_database_and_key(tmp_path: Path) -> None:
    config = written(tmp_path, CONFIG + "database: from_config.db\n")
    house = load_house(config, environment={})
    assert (house.database.name, house.key_file) == ("from_config.db", Path(f"{house.database}.key"))
    env = {"FENGSHENG_DATABASE": "/data/x.db", "FENGSHENG_KEY_FILE": "/keys/k"}
    house = load_house(config, environment=env)
    assert (house.database, house.key_file) == (Path("/data/x.db"), Path("/keys/k"))
    house = load_house(config, environment=env, database=tmp_path / "argument.db")
    assert house.database == tmp_path / "argument.db"


def test_all_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("steps: []\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("name: [", encoding="utf-8")
    config = written(tmp_path, CONFIG + "rules: rules.yaml\nplaybooks: mine.yaml\nwords: [default, none.yaml]\n")
    with pytest.raises(BadInput) as told:
        load_house(config, environment={})
    files = {Path(p.file).name for p in told.value.problems if p.file}
    assert {"rules.yaml", "none.yaml"} <= files


def test_files_named_in_the_config_lie_beside_it(tmp_path: Path) -> None:
    from scoring import shipped

    text = (Path(shipped.__file__).parent / "rules" / "default.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("name: default", "name: own"), encoding="utf-8")
    assert load_house(written(tmp_path, CONFIG + "rules: own.yaml\n"), environment={}).rules.name == "own"


# -- what comes of them ------------------------------------------------------------------------------------------------


def test_a_brands_words_as_the_scorer_wants_them() -> None:
    brand = BrandConfig(
        name="甲", aliases=["a"], products=["p"], rivals=["r"], excluded=["e"], required=["q"], official_accounts=["o"]
    )
    assert terms_of(brand) == BrandTerms(
        name="甲",
        aliases=("a",),
        products=("p",),
        rivals=("r",),
        excluded=("e",),
        required=("q",),
        official_accounts=("o",),
    )


def test_the_scorer_knows_configured_brands_and_further_ones(tmp_path: Path) -> None:
    from fengsheng.ingest import score_input
    from tests.fengsheng.builders import mention

    house = make_house(tmp_path)
    known = mention(1, f"{BRAND}的{LATTE}太难喝，差评")
    other = mention(2, "云朵咖啡太难喝，差评", brand="云朵咖啡")
    scorer = house.scorer([BrandTerms(name="云朵咖啡"), BrandTerms(name=BRAND)])
    one, two = scorer.score([score_input(known), score_input(other)])
    assert one.product == LATTE, "the configured products win over an import's bare name"
    assert one.complaint and two.complaint


def test_people_have_ids_that_are_no_names(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    with house.open_store() as store:
        people = house.people(store)
        again = house.people(store)
    assert people == again and len({p.id for p in people}) == 8
    lead = people[0]
    assert lead.name == "林组长" and lead.name not in lead.id and lead.id.startswith("p_")
    assert lead.roles == {"lead": "A", "analyst": "A"} and lead.accounts == {"telegram": "1001"}


def test_targets_of_a_logical_chat(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    assert [(t.channel, t.target) for t in house.targets("crisis")] == [("telegram", "-1001"), ("web", "web")]
    assert house.targets("digest") == []


def test_quiet_hours_end_in_peoples_zone(tmp_path: Path) -> None:
    assert make_house(tmp_path).quiet_until(T0) is None
    house = make_house(tmp_path, CONFIG + 'quiet_hours: {start: "11:00", end: "14:00"}\n')
    assert house.quiet_until(T0) == datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    assert house.quiet_until(datetime(2026, 11, 20, 6, 0, tzinfo=UTC)) is None


def test_a_database_is_made_for_writers_only(tmp_path: Path) -> None:
    house = make_house(tmp_path / "deep")
    with pytest.raises(Failed, match="no database at"):
        house.open_store(read_only=True)
    with house.open_store() as store:
        assert store.path == house.database
    assert house.key_file.stat().st_mode & 0o777 == 0o600
    with house.open_store(read_only=True) as reader:
        assert reader.read_only


def test_the_engine_is_made_at_first_use_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr("fengsheng.wiring.select_engine", lambda *of: made.append(of) or object())
    house = load_house(written(tmp_path), environment={})
    assert not made
    assert house.engine is house.engine and len(made) == 1


def test_the_clock_is_aware_and_utc() -> None:
    assert system_clock().tzinfo is UTC


def test_products_of_the_builders_are_configured(tmp_path: Path) -> None:
    assert make_house(tmp_path).config.brands[0].products == [LATTE, TEA]
