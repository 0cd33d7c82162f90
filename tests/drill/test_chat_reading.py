from drill.chat_reading import parse_incident, parse_label, parse_roles, parse_title, select_named, select_person
from drill.parts import Member

LEAD = Member(name="沈岚", roles={"lead": "A", "senior": "B"}, telegram=1)
PR = Member(name="林知夏", roles={"pr": "A"}, telegram=2)
BACKUP = Member(name="方可", roles={"pr": "B", "legal": "B"}, telegram=3)
TECH = Member(name="唐一凡", roles={"tech": "A"}, telegram=4)
ALL = (LEAD, PR, BACKUP, TECH)


def test_labels_are_read_as_people_see_them() -> None:
    assert parse_label("接手 3 统一口径") == ("take", 3)
    assert parse_label("🏁 结案") == ("close", 0)
    assert parse_label("完成2") == ("done", 2)
    assert parse_label("Take 1 Assemble") == ("take", 1)
    assert parse_label("🏁 Close incident") == ("close", 0)
    assert parse_label("🔍 看依据") is None
    assert parse_label("已接手 3") is None
    assert parse_title("接手 3 统一口径并发布…") == "统一口径并发布"


def test_incidents_and_names_are_found_in_a_card() -> None:
    card = "🔴 红色预警\n⬜ 1. 启动小组\n应急组长 沈岚（B：林知夏） · 12:05 前接手\n⬜ 11. 复盘\n技术 唐一凡\nDR-20261121-03 · 预案"
    assert parse_incident(card) == "DR-20261121-03"
    assert parse_incident("没有编号 20261121") is None
    names = [m.name for m in ALL]
    assert select_named(card, 1, names) == ["沈岚", "林知夏"]
    assert select_named(card, 11, names) == ["唐一凡"]
    assert select_named(card, 2, names) == []


def test_roles_are_read_in_both_languages() -> None:
    assert parse_roles("此操作须由以下角色之一进行：公关、法务。") == ["pr", "legal"]
    assert parse_roles("one of these roles must do it: PR, group lead") == ["pr", "lead"]
    assert parse_roles("present project") == []


def test_who_presses_next() -> None:
    def who(
        action: str = "take", *refusals: tuple[str, str], first: str | None = None, named: tuple[str, ...] = ()
    ) -> str | None:
        return select_person(action, first=first, named=named, members=ALL, refusals=refusals)  # type: ignore[arg-type]

    assert who(first="唐一凡", named=("林知夏",)) == "唐一凡"
    assert who(named=("林知夏", "方可")) == "林知夏"
    assert who() == "沈岚"
    needs_pr = "须由以下角色：公关"
    assert who("take", ("唐一凡", needs_pr), first="唐一凡") == "林知夏", "the A person of the role that was told"
    assert who("take", ("唐一凡", "须等别的步骤"), first="唐一凡") == "唐一凡", "no role was told: later again"
    assert who("confirm", named=("沈岚",)) != "沈岚", "whoever did it does not confirm it"
    assert who("confirm", ("林知夏", "第二人：公关、应急组长"), named=("林知夏",)) in ("沈岚", "方可")
    everybody = [(m.name, "须由以下角色：财务") for m in ALL]
    assert who("take", *everybody) is None
