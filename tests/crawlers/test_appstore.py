import json
from datetime import UTC, datetime

import pytest

from crawlers.parsers import appstore
from records.mention import Kind, Platform
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

ADDRESS = "https://itunes.apple.com/cn/rss/customerreviews/page={}/id=900100200/sortBy=mostRecent/json"
FUZZED = [
    (appstore.parse_reviews, "appstore/reviews.json"),
    (appstore.parse_reviews, "appstore/one_review.json"),
    (appstore.parse_reviews, "appstore/reviews.xml"),
]


def read(payload, *, number=1, **changes):
    given = {"status": 200, "url": ADDRESS.format(number), "collected_at": NOW, "content_type": "application/json"}
    return appstore.parse_reviews(payload, **{**given, **changes})


def test_reviews_with_stars_that_a_scorer_reads_and_without_the_app_itself():
    page = read(fixture_bytes("appstore/reviews.json"))
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "2")
    assert [m.title for m in page.mentions] == ["★☆☆☆☆ 点单闪退", "★★★★☆ 还行", "没评星", "★★☆☆☆ 差"]
    review, second, _, nameless = page.mentions
    assert (review.platform, review.kind, review.id) == (Platform.APPSTORE, Kind.REVIEW, "12000000001")
    assert review.text == "更新以后一点支付就闪退，\n优惠券没了，客服不理" and review.topics == ("版本 6.2.0",)
    assert (review.author.id, review.author.name, review.metrics.likes) == ("12007000001", "顾客甲", 21)
    assert review.url == "https://apps.apple.com/cn/app/id900100200?see-all=reviews" and review.region is None
    assert review.published_at == datetime(2026, 11, 13, 2, 30, 5, tzinfo=UTC)
    assert second.metrics.likes is None and second.published_at == datetime(2026, 11, 12, 15, tzinfo=UTC)
    assert nameless.author.name is None and nameless.author.id is None


def test_one_review_stands_alone_and_the_last_page_has_no_next():
    page = read(fixture_bytes("appstore/one_review.json"), number=2)
    assert [m.id for m in page.mentions] == ["12000000002"] and page.next is None
    last = json.loads(fixture_bytes("appstore/reviews.json").replace(b"page=2/", b"page=11/"))
    assert read(json.dumps(last), number=10).next is None, "a link to an eleventh page leads nowhere"


def test_an_empty_first_page_is_suspect_and_an_empty_later_page_is_the_end():
    assert read(fixture_bytes("appstore/no_reviews.json")).outcome is Outcome.SUSPECT
    assert read(fixture_bytes("appstore/no_reviews.json"), number=3).outcome is Outcome.EMPTY
    app_alone = json.loads(fixture_bytes("appstore/reviews.json"))
    app_alone["feed"]["entry"] = app_alone["feed"]["entry"][:1]
    assert read(json.dumps(app_alone)).outcome is Outcome.SUSPECT


def test_the_xml_form_says_the_same():
    page = read(fixture_bytes("appstore/reviews.xml"), content_type="application/xml")
    (review,) = page.mentions
    assert (page.outcome, review.id, review.title) == (Outcome.ITEMS, "12000000001", "★☆☆☆☆ 点单闪退")
    assert review.text == "更新以后一点支付就闪退 <3 & 客服不理", "the plain content, not the table"
    assert (review.metrics.likes, review.topics, review.author.id) == (21, ("版本 6.2.0",), "12007000001")
    cut = fixture_bytes("appstore/reviews.xml")[:-60]
    assert read(cut, content_type="application/xml").outcome is Outcome.NETWORK


@pytest.mark.parametrize(("country", "region"), [("us", "美国"), ("hk", "香港"), ("cn", None), ("zz", None)])
def test_a_storefront_abroad_names_the_country(country, region):
    page = read(fixture_bytes("appstore/reviews.json"), url=ADDRESS.format(1).replace("/cn/", f"/{country}/"))
    assert {m.region for m in page.mentions} == {region}


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        ("<html><head><title>502 Bad Gateway</title></head></html>", {"status": 502}, Outcome.NETWORK),
        ("<html><body>hello</body></html>", {"content_type": "text/html"}, Outcome.CHANGED),
        ("", {}, Outcome.NETWORK),
        ('{"feed": {"entry": [{"id"', {}, Outcome.NETWORK),
        ('{"feed": {"entry": "later"}}', {}, Outcome.CHANGED),
        ('{"reviews": []}', {}, Outcome.CHANGED),
        ("", {"status": 302, "url": "https://x.example/login?redirect=1"}, Outcome.BLOCKED_LOGIN),
        ("no", {"status": 403}, Outcome.BLOCKED_BOT),
        ("no", {"status": 429}, Outcome.BLOCKED_RATE),
        (fixture_bytes("appstore/broken_reviews.json"), {}, Outcome.CHANGED),
    ],
)
def test_what_is_no_page_of_reviews(payload, changes, outcome):
    page = read(payload, **changes)
    assert page.outcome is outcome and page.detail
