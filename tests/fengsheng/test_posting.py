"""What goes where: the alert rings, the card stands there silently, and one-way services get no cards."""

from __future__ import annotations

from pathlib import Path

from tests.fengsheng.builders import CONFIG, complaints, open_world


def test_the_alert_rings_the_card_is_silent_and_one_way_services_get_no_card(tmp_path: Path) -> None:
    config = CONFIG.partition("chats:")[0]
    config += "chats:\n  crisis: [{channel: telegram, id: -1001}, {channel: apprise, url_env: DIGEST_URL}]\n"
    config += "  operators: {channel: console}\n"
    with open_world(tmp_path, config) as world:
        world.take(complaints(11))
        items = [q.item for q in world.store.ledger(limit=100)]
    alerts = {i.channel: i for i in items if i.kind == "alert"}
    cards = {i.channel: i for i in items if i.kind == "card"}
    assert set(alerts) == {"telegram", "apprise"}
    assert set(cards) == {"telegram"}
    assert not alerts["telegram"].silent
    assert cards["telegram"].silent
