"""Every kind of mistake in a config is one located sentence that says what is accepted; nothing secret is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from fengsheng.config import ROLES, Config, load_config, parse_config
from fengsheng.config_environment import OTHER_VARIABLES, twins
from fengsheng.config_problems import address_fault, bare, is_section
from records.errors import BadInput

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
BRAND = "brands: [{name: 星河咖啡}]\n"


def problems_of(text: str, environment: dict[str, str] | None = None) -> list[str]:
    config, problems = parse_config(text, "w.yaml", environment or {})
    assert (config is None) == bool(problems)
    return [str(p) for p in problems]


def config_of(text: str, environment: dict[str, str] | None = None) -> Config:
    config, problems = parse_config(text, "w.yaml", environment or {})
    assert config is not None, problems
    return config


CASES = [
    ("", "w.yaml", "brands is missing: a list is accepted, each entry with the keys name, aliases"),
    ("brands:\n", "w.yaml:1", "brands is missing"),
    ("- a\n", "w.yaml:1", "the config is no mapping"),
    ("brands: [\n", "w.yaml:2", "not valid YAML"),
    (BRAND + "language: de\n", "w.yaml:2", 'language is "de": accepted are zh, en'),
    (BRAND + "timezone: Mars/North\n", "w.yaml:2", 'timezone is "Mars/North", no known zone: an IANA name'),
    (BRAND + "languge: zh\n", "w.yaml:2", 'unknown key "languge" in the config: did you mean "language"?'),
    (BRAND + "12: zh\n", "w.yaml:2", 'unknown key "12" in the config: accepted are language, timezone'),
    (BRAND + "web:\n  prot: 1\n", "w.yaml:3", 'unknown key "prot" in web: did you mean "port"?'),
    (BRAND + "web:\n  port: 70000\n", "w.yaml:3", 'web.port is "70000": a number of 65535 or less is accepted'),
    (BRAND + "web:\n  port: many\n", "w.yaml:3", 'web.port is "many": a whole number is accepted'),
    (BRAND + "web: 5\n", "w.yaml:2", 'web is "5": a mapping with the keys host, port, passwords is accepted'),
    (BRAND + "web:\n  host: 0.0.0.0\n", "w.yaml:3", "web.host 0.0.0.0 is open to others: web.passwords is needed"),
    (BRAND + "web: {host: 127.0.0.1.example.com}\n", "w.yaml:2", "is open to others"),
    (BRAND + "polling:\n  every: 0\n", "w.yaml:3", 'polling.every is "0": a number of 1 or more is accepted'),
    (BRAND + "polling: {timeout: 7200}\n", "w.yaml:2", 'polling.timeout is "7200": a number of 3600 or less'),
    (BRAND + "polling: {every: .nan}\n", "w.yaml:2", "polling.every is"),
    (BRAND + "quiet_hours: {start: '23:00'}\n", "w.yaml:2", "quiet_hours.end is missing: a time of day"),
    (BRAND + "quiet_hours: {start: 23, end: '7:00'}\n", "w.yaml:2", "quiet_hours.start is a number: a time of day"),
    (BRAND + "quiet_hours: {start: '25:00', end: '07:00'}\n", "w.yaml:2", 'quiet_hours.start is "25:00": a time of day'),
    (BRAND + "quiet_hours: {start: '23:00+08:00', end: '07:00'}\n", "w.yaml:2", "quiet_hours.start has an offset"),
    (BRAND + "quiet_hours: {start: '07:00', end: '07:00'}\n", "w.yaml:2", "quiet_hours starts and ends at the same time"),
    (BRAND + "words: []\n", "w.yaml:2", "words: at least 1 entry is needed"),
    (BRAND + "words: {a: b}\n", "w.yaml:2", "words[1]: text is accepted"),
    (BRAND + "playbooks: [a]\n", "w.yaml:2", "playbooks: text is accepted"),
    ("brands:\n  - nmae: a\n", "w.yaml:2", 'unknown key "nmae" in brands[1]: did you mean "name"?'),
    ("brands:\n  - name: a\n  - {}\n", "w.yaml:3", "brands[2].name is missing: text is accepted"),
    ("brands:\n  - name: '  '\n", "w.yaml:2", "brands[1].name"),
    ("brands:\n  - name: true\n", "w.yaml:2", 'brands[1].name is "True": text is accepted, in quotes where'),
    ("brands:\n  - name: 2026-11-20\n", "w.yaml:2", "brands[1].name: text is accepted, in quotes where"),
    (f"brands: [{{name: {'x' * 300}}}]\n", "w.yaml:1", "at most 200 characters are accepted"),
    ("brands:\n  - name: a\n  - name: a\n", "w.yaml:3", 'brand "a" stands twice'),
    ("brands:\n  - {name: a, aliases: [c]}\n  - {name: b, aliases: [C]}\n", "w.yaml:3", '"C" names both a and b'),
    ("brands:\n  - name: a\n    sources:\n      weibbo: {}\n", "w.yaml:4", 'unknown name "weibbo" in brands[1].sources: did you mean "weibo"?'),
    ("brands:\n  - name: a\n    sources:\n      facebook: {}\n", "w.yaml:4", "accepted are weibo, xiaohongshu, douyin, kuaishou"),
    ("brands:\n  - name: a\n    sources:\n      weibo:\n        evry: 3\n", "w.yaml:5", 'unknown key "evry" in brands[1].sources.weibo: did you mean "every"?'),
    ("brands:\n  - name: a\n    sources:\n      weibo:\n        limit: 0\n", "w.yaml:5", 'brands[1].sources.weibo.limit is "0": a number of 1 or more'),
    ("brands:\n  - name: a\n    sources: {weibo: {robots: maybe}}\n", "w.yaml:3", 'robots is "maybe": accepted are obey, ignore'),
    ("brands:\n  - name: a\n    sources:\n      weibo:\n        options: {pagse: 3}\n", "w.yaml:5", 'options.pagse is no option of weibo: did you mean "pages"?'),
    ("brands:\n  - name: a\n    sources:\n      weibo:\n        options: {pages: 99}\n", "w.yaml:5", "a number from 1 to 50 is accepted"),
    ("brands: [{name: a, sources: {weibo: {options: {robots: ignore}}}}]\n", "w.yaml:1", "robots has a key of its own"),
    ("brands: [{name: a, sources: {weibo: {delay: 3, options: {delay: 2}}}}]\n", "w.yaml:1", "write delay once"),
    ("brands: [{name: a, sources: {rss: {}}}]\n", "w.yaml:1", "brands[1].sources.rss needs urls"),
    ("brands: [{name: a, sources: {mastodon: }}]\n", "w.yaml:1", "brands[1].sources.mastodon needs base_url"),
    ("brands: [{name: a, sources: {weibo: {urls: ['https://a.example/f']}}}]\n", "w.yaml:1", "weibo.urls is read for rss only"),
    ("brands: [{name: a, sources: {weibo: {tags: [x]}}}]\n", "w.yaml:1", "weibo.tags is read for mastodon only"),
    ("brands: [{name: a, sources: {appstore: }}]\n", "w.yaml:1", "brands[1].sources.appstore needs apps"),
    ("brands: [{name: a, sources: {appstore: {apps: [414478124]}}}]\n", "w.yaml:1", "apps[1] is \"414478124\": a country and a number such as cn/414478124"),
    ("brands: [{name: a, sources: {weibo: {apps: [cn/1]}}}]\n", "w.yaml:1", "weibo.apps is read for appstore only"),
    ("brands: [{name: a, sources: {rss: {urls: ['https://h/f'], accounts: [x]}}}]\n", "w.yaml:1", "rss.accounts is read for weibo only"),
    ("brands: [{name: a, sources: {news: {posts: [x]}}}]\n", "w.yaml:1", "news.posts is read for weibo, xiaohongshu, douyin"),
    ("brands: [{name: a, sources: {weibo: {stream: true}}}]\n", "w.yaml:1", "weibo.stream is read for mastodon"),
    (BRAND + "budgets: {weibo: 0}\n", "w.yaml:2", 'budgets.weibo is "0": a number of 1 or more is accepted'),
    (BRAND + "budgets: {wiebo: 5}\n", "w.yaml:2", 'unknown name "wiebo" in budgets: did you mean "weibo"?'),
    (BRAND + "polling: {slowest: 0}\n", "w.yaml:2", 'polling.slowest is "0": a number of 1 or more'),
    (BRAND + "polling: {adaptive: seldom}\n", "w.yaml:2", 'polling.adaptive is "seldom": true or false is accepted'),
    ("brands: [{name: a, sources: {weibo: {base_url: 'ftp://h'}}}]\n", "w.yaml:1", "base_url is no address: an address such as https://"),
    (BRAND + "people:\n  - {name: 林, roles: {prr: A}}\n", "w.yaml:3", 'unknown name "prr" in people[1].roles: did you mean "pr"?'),
    (BRAND + "people:\n  - {name: 林, roles: {pr: C}}\n", "w.yaml:3", 'people[1].roles.pr is "C": accepted are A, B'),
    (BRAND + "people:\n  - {name: 林}\n  - {name: 林}\n", "w.yaml:4", '"林" stands twice'),
    (BRAND + "people:\n  - {name: 林, telegram: 7}\n  - {name: 周, telegram: 7}\n", "w.yaml:4", "周 has the telegram id of 林"),
    (BRAND + "people: [{name: 林, telegram: -5}]\n", "w.yaml:2", "a number of more than 0 is accepted"),
    (BRAND + "people: {name: 林}\n", "w.yaml:2", "people: a list is accepted, each entry with the keys name, roles"),
    (BRAND + "chats:\n  crisis: []\n", "w.yaml:3", "chats.crisis: at least 1 entry is needed"),
    (BRAND + "chats:\n  crisis:\n    - {channel: web}\n    - {channel: telegram}\n", "w.yaml:5", "chats.crisis[2] on telegram needs id"),
    (BRAND + "chats:\n  digest: {channel: apprise}\n", "w.yaml:3", "chats.digest[1] on apprise needs url_env"),
    (BRAND + "chats:\n  digest: {channel: fax}\n", "w.yaml:3", 'channel is "fax": accepted are telegram, web, console, apprise'),
    (BRAND + "chats:\n  duty: {channel: web, id: 5}\n", "w.yaml:3", "chats.duty[1].id is read for telegram only"),
    (BRAND + "chats:\n  duty: {channel: web, url_env: A}\n", "w.yaml:3", "chats.duty[1].url_env is read for apprise only"),
    (BRAND + "chats:\n  crises: {channel: web}\n", "w.yaml:3", 'unknown key "crises" in chats: did you mean "crisis"?'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "what"), CASES)
def test_a_mistake_is_one_located_sentence(text: str, place: str, what: str) -> None:
    found = problems_of(text)
    assert any(f.startswith(f"{place}: ") and what in f for f in found), found


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        "langage: zh\nbrands:\n  - name: a\n    sources:\n      weibo: {evry: 1, options: {pagse: 2}}\n"
        "      rss: {}\n  - name: a\npeople: [{name: p, roles: {x: A}}, {name: p}]\n"
        "web: {port: -1, host: 0.0.0.0}\nchats: {crisis: {channel: telegram}, operators: [{channel: web}]}\n"
    )
    found = problems_of(text)
    assert len(found) == 10
    lines = [int(f.split(":")[1]) for f in found]
    assert lines == sorted(lines)


SECRET = "s3cr3t-Pa55"
HIDDEN = [
    BRAND + f"telegram: {{base_url: 'https://me:{SECRET}@api.example'}}\n",
    BRAND + f"telegram: {{proxy: 'http://me:{SECRET}@h:1'}}\n",
    BRAND + f"telegram: {{token: '{SECRET}'}}\n",
    BRAND + f"telegram: {{base_url: 'https://api.telegram.org/bot1234567:{SECRET * 4}'}}\n",
    BRAND + f"chats: {{digest: {{channel: apprise, url_env: 'https://{SECRET}'}}}}\n",
    BRAND + f"chats: {{digest: {{channel: apprise, id: 'tgram://{SECRET}'}}}}\n",
    f"brands: [{{name: a, sources: {{weibo: {{proxy: 'http://a:{SECRET}@h'}}}}}}]\n",
    f"brands: [{{name: a, sources: {{rss: {{urls: ['https://a:{SECRET}@h/f']}}}}}}]\n",
    f"brands: [{{name: a, sources: {{weibo: {{options: {{proxy: 'http://a:{SECRET}@h'}}}}}}}}]\n",
    BRAND + f"language: 'http://a:{SECRET}@h'\n",
    BRAND + f"telegram: {{proxy: a, proxy: '{SECRET}'}}\n",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_secret_is_refused_and_never_repeated(text: str) -> None:
    found = problems_of(text)
    assert found
    assert SECRET not in "\n".join(found)


def test_a_secret_key_is_told_where_it_belongs() -> None:
    assert "secrets never stand in the config" in problems_of(BRAND + "telegram: {token: x}\n")[0]
    assert "the token is read from TELEGRAM_BOT_TOKEN" in (
        address_fault("https://api.telegram.org/bot1234567:AAAAAAAAAAAAAAAAAAAAAAAA") or ""
    )


@pytest.mark.parametrize(
    "address",
    ["http://h", "https://h.example/x?y=1&z=@", "http://[::1]:8080/a", "https://例子.中国/", "http://127.0.0.1:1/@u"],
)
def test_addresses_that_are_accepted(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize(
    "address",
    ["", "h.example", "ftp://h", "http://", "http:///p", "http://h:0", "http://h:99999", "http://h:x", "http://a@h",
     "http://h h", "http://h\\@x", "http://h/\n", "http://[::1", "javascript:alert(1)", "http://:pw@h", "http://h" + "a" * 3000],
)  # fmt: skip
def test_addresses_that_are_refused(address: str) -> None:
    assert address_fault(address)


def test_keys_without_a_value_count_as_not_written() -> None:
    config = config_of("brands:\n  - name: a\n    aliases:\nweb:\npeople:\npolling:\n  every:\nquiet_hours:\nchats:\n")
    assert config == config_of("brands: [{name: a}]")


def test_one_entry_may_stand_without_brackets_and_numbers_are_words_too() -> None:
    config = config_of(
        "brands: [{name: 361, aliases: 三六一, sources: {rss: {urls: 'https://h/f', queries: 5}}}]\n"
        "words: mine.yaml\nchats: {crisis: {channel: telegram, id: -100}, digest: {channel: apprise, url_env: D_1}}\n"
    )
    brand = config.brands[0]
    assert (brand.name, brand.aliases, config.words) == ("361", ["三六一"], ["mine.yaml"])
    assert brand.sources["rss"] is not None and brand.sources["rss"].queries == ["5"]
    assert [t.target for t in config.chats.crisis] == ["-100"]
    assert [t.target for t in config.chats.digest] == ["D_1"]
    assert [t.target for t in config.chats.operators] == ["console"]
    assert config.brand("三六一") is brand
    assert config.brand("nobody") is None


def test_a_public_group_may_be_named() -> None:
    assert (
        config_of(BRAND + "chats: {crisis: {channel: telegram, id: '@star_cafe'}}").chats.crisis[0].target
        == "@star_cafe"
    )


@pytest.mark.parametrize(("host", "loopback"), [("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False),
                                                 ("127.evil.example", False), ("::", False)])  # fmt: skip
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    web = config_of(BRAND + f"web: {{host: '{host}', passwords: p.yaml}}").web
    assert web.loopback is loopback


def test_an_open_page_needs_passwords_only_where_a_chat_is_on_it() -> None:
    assert not problems_of(BRAND + "web: {host: 0.0.0.0}\nchats: {crisis: {channel: console}}\n")
    assert problems_of(BRAND + "web: {host: 0.0.0.0}\nchats: {crisis: {channel: console}, digest: {channel: web}}\n")


def test_merged_and_anchored_yaml_is_read() -> None:
    config = config_of(
        "brands:\n  - &a {name: a, sources: {weibo: &w {every: 7}}}\n  - {<<: *a, name: b, sources: {weibo: *w}}\n"
    )
    assert [b.sources["weibo"].every for b in config.brands if b.sources["weibo"]] == [7, 7]


# -- environment -----------------------------------------------------------------------------------------------------

TWIN_VALUES = {
    "FENGSHENG_LANGUAGE": ("en", "en"),
    "FENGSHENG_TIMEZONE": ("Europe/Berlin", "Europe/Berlin"),
    "FENGSHENG_DATABASE": ("a: b.sqlite", Path("a: b.sqlite")),
    "FENGSHENG_BRANDS": ("[{name: 乙}]", ["乙"]),
    "FENGSHENG_PEOPLE": ("[{name: 林, roles: {pr: A}}]", ["林"]),
    "FENGSHENG_CHATS": ("{crisis: {channel: web}}", None),
    "FENGSHENG_CHATS_CRISIS": ("[{channel: telegram, id: -5}]", ["-5"]),
    "FENGSHENG_CHATS_MANAGERS": ("{channel: console}", ["console"]),
    "FENGSHENG_CHATS_DUTY": ("{channel: console}", ["console"]),
    "FENGSHENG_CHATS_OPERATORS": ("[{channel: web}]", ["web"]),
    "FENGSHENG_CHATS_DIGEST": ("[{channel: apprise, url_env: D}]", ["D"]),
    "FENGSHENG_TELEGRAM": ("{proxy: 'http://p:1'}", None),
    "FENGSHENG_TELEGRAM_BASE_URL": ("http://127.0.0.1:9/bot", "http://127.0.0.1:9/bot"),
    "FENGSHENG_TELEGRAM_PROXY": ("http://127.0.0.1:7890", "http://127.0.0.1:7890"),
    "FENGSHENG_WEB": ("{port: 1}", None),
    "FENGSHENG_WEB_HOST": ("::1", "::1"),
    "FENGSHENG_WEB_PORT": ("9000", 9000),
    "FENGSHENG_WEB_PASSWORDS": ("logins.yaml", Path("logins.yaml")),
    "FENGSHENG_POLLING": ("{every: 9}", None),
    "FENGSHENG_POLLING_EVERY": ("33.5", 33.5),
    "FENGSHENG_POLLING_TIMEOUT": ("44", 44),
    "FENGSHENG_POLLING_SLOWEST": ("900", 900),
    "FENGSHENG_POLLING_DEEP_EVERY": ("7200", 7200),
    "FENGSHENG_POLLING_ADAPTIVE": ("false", False),
    "FENGSHENG_BUDGETS": ("{weibo: 7}", {"weibo": 7}),
    "FENGSHENG_IMPORTS": ("{port: 8767}", None),
    "FENGSHENG_IMPORTS_COLUMNS": ("{工单号: id}", {"工单号": "id"}),
    "FENGSHENG_IMPORTS_HOST": ("::1", "::1"),
    "FENGSHENG_IMPORTS_PORT": ("8768", 8768),
    "FENGSHENG_CUSTOMERS": ("{file: vip.csv}", None),
    "FENGSHENG_CUSTOMERS_FILE": ("vip.csv", ["vip.csv"]),
    "FENGSHENG_CUSTOMERS_COLUMNS": ("{卡号: customer}", {"卡号": "customer"}),
    "FENGSHENG_SECOND_OPINION": ("{per_hour: 5}", None),
    "FENGSHENG_SECOND_OPINION_BASE_URL": ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
    "FENGSHENG_SECOND_OPINION_MODEL": ("other", "other"),
    "FENGSHENG_SECOND_OPINION_TIMEOUT": ("12.5", 12.5),
    "FENGSHENG_SECOND_OPINION_PER_HOUR": ("7", 7),
    "FENGSHENG_SECOND_OPINION_PER_DAY": ("70", 70),
    "FENGSHENG_SECOND_OPINION_ABOUT": ("[high]", ["high"]),
    "FENGSHENG_SECOND_OPINION_IMPORTS": ("true", True),
    "FENGSHENG_SECOND_OPINION_LANGUAGE": ("en", "en"),
    "FENGSHENG_QUIET_HOURS": ("{start: '22:00', end: '06:00'}", None),
    "FENGSHENG_QUIET_HOURS_START": ("21:00", "21:00:00"),
    "FENGSHENG_QUIET_HOURS_END": ("05:30", "05:30:00"),
    "FENGSHENG_RULES": ("strict.yaml", "strict.yaml"),
    "FENGSHENG_WORDS": ("[default, mine.yaml]", ["default", "mine.yaml"]),
    "FENGSHENG_MODEL": ("none", "none"),
    "FENGSHENG_EMOTION": ("words+snownlp", "words+snownlp"),
    "FENGSHENG_MANUAL": ("manual.yaml", "manual.yaml"),
    "FENGSHENG_CHECKLISTS": ("[default, mine.yaml]", ["default", "mine.yaml"]),
    "FENGSHENG_PLAYBOOKS": ("books", "books"),
}  # fmt: skip


def test_every_setting_has_a_twin_that_is_tested_here() -> None:
    assert set(twins(Config)) == set(TWIN_VALUES)
    assert not set(twins(Config)) & set(OTHER_VARIABLES)


@pytest.mark.parametrize("variable", TWIN_VALUES)
def test_a_twin_wins_over_the_file(variable: str) -> None:
    text, wanted = TWIN_VALUES[variable]
    file = "brands: [{name: 甲}]\nquiet_hours: {start: '23:00', end: '07:00'}\npolling: {every: 5, timeout: 6}\n"
    file += "second_opinion: {base_url: 'http://h/v1', model: m}\n"
    config = config_of(file, {variable: text})
    assert config != config_of(file)
    if wanted is None:
        return
    found = config
    for part in twins(Config)[variable].path:
        found = getattr(found, part)
    if isinstance(found, list):
        found = [getattr(x, "name", None) or getattr(x, "target", x) for x in found]
    assert (str(found) if variable.startswith("FENGSHENG_QUIET") else found) == wanted


def test_a_part_wins_over_its_whole_and_leaves_the_rest_of_the_section() -> None:
    config = config_of(
        BRAND + "polling: {every: 5, timeout: 6}\n", {"FENGSHENG_POLLING_EVERY": "7", "FENGSHENG_WEB": "{port: 1}", "FENGSHENG_WEB_PORT": "2"}
    )  # fmt: skip
    assert (config.polling.every, config.polling.timeout, config.web.port) == (7, 6, 2)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert config_of(BRAND, {"FENGSHENG_DATABASE": "", "FENGSHENG_WEB_PORT": " "}) == config_of(BRAND)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"FENGSHENG_WEB_PORT": "x"}, 'FENGSHENG_WEB_PORT: web.port is "x": a whole number is accepted'),
        ({"FENGSHENG_WORDS": "[a"}, "FENGSHENG_WORDS: not valid YAML"),
        ({"FENGSHENG_BRANDS": "[{nam: a}]"}, 'FENGSHENG_BRANDS: unknown key "nam" in brands[1]: did you mean "name"?'),
        ({"FENGSHENG_CHATS_CRISIS": "{channel: telegram}"}, "FENGSHENG_CHATS_CRISIS: chats.crisis[1] on telegram needs id"),
        ({"FENGSHENG_WEB_PROT": "1"}, "FENGSHENG_WEB_PROT: no such setting: did you mean FENGSHENG_WEB_PORT?"),
        ({"FENGSHENG_WEB_HOST": "0.0.0.0"}, "FENGSHENG_WEB_HOST: web.host 0.0.0.0 is open to others"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named_in_place_of_a_line(environment: dict[str, str], wanted: str) -> None:
    found = problems_of(BRAND, environment)
    assert any(f.startswith(wanted) for f in found), found


def test_variables_that_are_no_setting_are_left_alone() -> None:
    assert not problems_of(BRAND, dict.fromkeys(OTHER_VARIABLES, "x") | {"FENGSHENG_FEISHU_URL": "x", "HOME": "/"})


def test_a_part_of_a_section_that_is_no_mapping_does_not_hide_the_mistake() -> None:
    assert any("web is" in p for p in problems_of(BRAND + "web: 5\n", {"FENGSHENG_WEB_PORT": "1"}))


# -- the example -----------------------------------------------------------------------------------------------------


def test_the_example_is_without_problems() -> None:
    config, problems = parse_config(EXAMPLE.read_text(encoding="utf-8"), "config.example.yaml", {})
    assert problems == []
    assert config is not None


def sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    found = {model.__name__: model}
    for known in model.model_fields.values():
        kinds = [bare(known.annotation)]
        while kinds:
            kind = kinds.pop()
            if is_section(kind):
                found |= sections(kind)
            kinds += [bare(a) for a in getattr(kind, "__args__", ())]
    return found


def test_the_example_documents_every_key_of_every_section() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    found = sections(Config)
    assert {"SourceConfig", "ChatConfig", "QuietHours", "PersonConfig"} <= set(found)
    missing = [f"{n}.{key}" for n, model in found.items() for key in model.model_fields if f"{key}:" not in text]
    assert missing == []
    assert [role for role in ROLES if role not in text] == []


# -- files -----------------------------------------------------------------------------------------------------------


def test_places_in_the_file_are_beside_it_and_those_of_variables_are_not(tmp_path: Path) -> None:
    file = tmp_path / "watch.yaml"
    file.write_text("\ufeffbrands: [{name: a}]\ndatabase: d.sqlite\nweb: {passwords: p.yaml}\n", encoding="utf-8")
    config = load_config(file, {})
    assert (config.database, config.web.passwords) == (tmp_path / "d.sqlite", tmp_path / "p.yaml")
    config = load_config(file, {"FENGSHENG_DATABASE": "e.sqlite", "FENGSHENG_WEB_PASSWORDS": "q.yaml"})
    assert (config.database, config.web.passwords) == (Path("e.sqlite"), Path("q.yaml"))


@pytest.mark.parametrize(
    ("content", "what"),
    [(None, "no such file"), (b"brands:\n\xff\xfe", "is not UTF-8 text"), (b"5", "no mapping")],
)
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None, what: str) -> None:
    file = tmp_path / "watch.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=what):
        load_config(file, {})
    with pytest.raises(BadInput, match="cannot be read"):
        load_config(tmp_path, {})


words = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab:中 -", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["brands", "name", "sources", "weibo", "rss", "options", "chats", "crisis", "channel", "web", "people", "roles", "x"]
    ), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*Config.model_fields, "zz"]), words, max_size=5))
def test_whatever_stands_in_the_file_is_a_config_or_a_list_of_problems(document: dict[str, object]) -> None:
    import json

    config, problems = parse_config(json.dumps(document, ensure_ascii=False), "w.yaml", {})
    assert (config is None) == bool(problems)
    assert all("\n" not in p.what and p.what for p in problems)
