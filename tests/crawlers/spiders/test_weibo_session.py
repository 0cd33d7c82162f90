"""The operator's own Weibo session: each host gets the cookies of its own domain, a stand-in gets none."""

import json
from datetime import UTC, datetime

import pytest

from crawlers.spiders.weibo_session import DESKTOP, MOBILE, SEARCH, TOPIC, cookies_for, session_headers

NOW = datetime(2026, 11, 13, tzinfo=UTC)


def cookie(name, domain, **more):
    return {"name": name, "value": f"v-{name}", "domain": domain, "path": "/", "expires": -1, "secure": True, **more}


STATE = {
    "cookies": [
        cookie("SUB", ".weibo.cn", value="mobile"),
        cookie("SUB", ".weibo.com", value="desktop"),
        cookie("_T_WM", "m.weibo.cn"),
        cookie("OLD", ".weibo.com", expires=NOW.timestamp() - 1),
        cookie("NEW", ".weibo.com", expires=NOW.timestamp() + 1),
        cookie("PASS", "passport.weibo.com"),
        cookie("DEEP", ".weibo.com", path="/sso"),
        cookie("EVIL", ".evilweibo.com"),
        cookie("SPLIT", ".weibo.com", value="a\r\nX: y"),
        cookie("MORE", ".weibo.com", value="a; SUB=other"),
        {"name": "BARE"},
        "no cookie",
    ],
    "origins": [],
}


@pytest.fixture
def environment(tmp_path):
    path = tmp_path / "weibo" / "state.json"
    path.parent.mkdir()
    path.write_text(json.dumps(STATE), encoding="utf-8")
    return {"FENGSHENG_PROFILES": str(tmp_path)}


def test_every_host_gets_the_cookies_of_its_own_domain(environment):
    assert session_headers(None, environment, MOBILE, now=NOW) == {"Cookie": "SUB=mobile; _T_WM=v-_T_WM"}
    for host in (DESKTOP, SEARCH, TOPIC):
        assert session_headers(None, environment, host, now=NOW) == {"Cookie": "SUB=desktop; NEW=v-NEW"}


def test_no_other_address_ever_gets_one(environment):
    environment["FENGSHENG_WEIBO_COOKIE"] = "SUB=mine"
    for base in ("http://127.0.0.1:1", "https://m.weibo.cn", ""):
        assert session_headers(base, environment, MOBILE, now=NOW) == {}
    assert session_headers(None, environment, "https://m.weibo.cn.evil.example", now=NOW) == {}
    for address in ("https://xweibo.cn", "https://m.weibo.cn.evil.example", "http://m.weibo.cn", "nonsense"):
        assert cookies_for(address, STATE, now=NOW) == ""


def test_the_cookie_of_the_environment_is_the_mobile_session_only(environment):
    environment["FENGSHENG_WEIBO_COOKIE"] = " SUB=mine; SUBP=x "
    assert session_headers(None, environment, MOBILE, now=NOW) == {"Cookie": "SUB=mine; SUBP=x"}
    assert session_headers(None, environment, SEARCH, now=NOW) == {"Cookie": "SUB=desktop; NEW=v-NEW"}
    assert session_headers(None, {"FENGSHENG_WEIBO_COOKIE": "SUB=mine"}, SEARCH) == {}
    assert session_headers(None, {"FENGSHENG_WEIBO_COOKIE": "SUB=a\r\nHost: b"}, MOBILE) == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cookies": {}}', '{"cookies": [null]}', "\x00", "[" * 100_000])
def test_a_damaged_state_is_no_session(environment, tmp_path, content):
    (tmp_path / "weibo" / "state.json").write_text(content, encoding="utf-8")
    assert session_headers(None, environment, MOBILE, now=NOW) == {}
