"""The whole stage over HTTP: a bot that uses the Bot API, and a group that presses on its own."""

import asyncio
from typing import Any

import httpx

from drill.platforms import DrillServer
from drill.scenario import Scenario


async def test_the_group_presses_and_answers_over_the_bot_api(small: Scenario) -> None:
    server = DrillServer(small, speed=60_000)
    server.start()
    try:
        async with httpx.AsyncClient(base_url=server.telegram_url + "/bot1:x", timeout=20) as http:
            await asyncio.wait_for(play(http), 30)
    finally:
        server.stop()
    assert [(m.person, m.action) for _, m in server.moves] == [(13, "take"), (11, "take"), (11, "done"), (11, "done")]
    assert [r.expected for r in server.refused] == [True]


async def play(http: httpx.AsyncClient) -> None:
    async def call(method: str, **params: Any) -> Any:
        body = (await http.post("/" + method, json=params)).json()
        assert body["ok"], body
        return body["result"]

    def button(label: str, data: str) -> dict[str, Any]:
        return {"inline_keyboard": [[{"text": label, "callback_data": data}]]}

    card = await call("sendMessage", chat_id=-77, text="DR-20261121-01", reply_markup=button("接手 1 小组", "t1"))
    offset, replied = 0, ""
    while not replied:
        for update in await call("getUpdates", offset=offset, timeout=10):
            offset = update["update_id"] + 1
            query = update.get("callback_query")
            if query is None:
                replied = update["message"]["text"]
                assert update["message"]["reply_to_message"]["text"].startswith("请回复")
                continue
            allowed = query["from"]["id"] == 11
            await call("answerCallbackQuery", callback_query_id=query["id"], text="—", show_alert=not allowed)
            if allowed and query["data"] == "t1":
                where = {"chat_id": -77, "message_id": card["message_id"], "text": "DR-20261121-01 已接手"}
                await call("editMessageText", **where, reply_markup=button("完成 1 小组", "d1"))
            elif allowed:
                await call("sendMessage", chat_id=-77, text="请回复", reply_markup={"force_reply": True})
    assert replied == "小组已到齐"


async def test_without_the_script_nobody_presses(small: Scenario) -> None:
    server = DrillServer(small, speed=60_000, scripted=False)
    server.start()
    try:
        async with httpx.AsyncClient(base_url=server.telegram_url + "/bot1:x", timeout=20) as http:
            keys = {"inline_keyboard": [[{"text": "接手 1 小组", "callback_data": "t1"}]]}
            for _ in range(3):
                await http.post("/sendMessage", json={"chat_id": -77, "text": "DR-20261121-01", "reply_markup": keys})
            assert (await http.get("/getUpdates")).json()["result"] == []
    finally:
        server.stop()
    assert server.moves == [] and len(server.messages) == 3
