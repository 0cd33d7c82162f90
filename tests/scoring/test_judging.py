"""Reading a batch for the learned models: the libraries' word, the masked text, the logits."""

from __future__ import annotations

import numpy as np

from scoring.assessment import BrandTerms
from scoring.feelings import FIGURES
from scoring.judging import Reader, judge
from scoring.learned import FEELING_HEADS, JUDGEMENT_HEADS
from scoring.masking import BRAND as SIGN
from scoring.masking import PRODUCT, RIVAL
from scoring.shipped import shipped_industries, shipped_learned, shipped_words
from tests.scoring.builders import BRAND, post


def reader() -> Reader:
    return Reader(shipped_words(), 200, {BRAND.name: BRAND}, shipped_industries())


def test_a_post_is_read_with_its_brands_names_masked() -> None:
    read = reader().read(post("星河咖啡的轻享拿铁喝出虫子和云朵咖啡一样恶心//@甲:骗子"))
    assert read.masked == f"{SIGN}的{PRODUCT}喝出虫子和{RIVAL}一样恶心"
    assert read.topicality.value >= 8.5 and read.feeling.value > 3
    assert "恶心" in {read.masked[start:end] for start, end, _ in read.feelings}
    assert len(read.figures) == len(FIGURES) and read.figures[FIGURES.index("bad words")] > 0


def test_aliases_that_a_post_brings_are_masked_too() -> None:
    read = reader().read(post("阿星家的拿铁凉了", brand="阿星", brand_aliases=("阿星家",)))
    assert read.masked.startswith(SIGN) and "阿" not in read.masked


def test_an_unknown_brand_is_judged_by_its_own_name() -> None:
    assert reader().read(post("无名茶喝出虫子", brand="无名茶")).topicality.value >= 8.5


def test_only_the_first_part_of_a_long_text_is_read() -> None:
    read = reader().read(post("星河咖啡" + "好" * 500))
    assert read.reading.cut and len(read.masked) <= 200


def test_finders_are_kept_for_a_brand_and_not_mixed_up() -> None:
    many = Reader(
        shipped_words(), 200, {f"品{i}": BrandTerms(name=f"品{i}") for i in range(1100)}, shipped_industries()
    )
    first = many.finder(post("", brand="品0"))
    assert many.finder(post("", brand="品0")) is first
    for number in range(1100):
        assert many.read(post(f"品{number}号", brand=f"品{number}")).masked.startswith(SIGN)


def test_each_mention_has_a_row_of_every_head() -> None:
    reads = [reader().read(post(t)) for t in ("星河咖啡喝出虫子", "", "😡" * 50)]
    found = judge(reads, shipped_learned())
    assert found.feeling.shape == (3, len(FEELING_HEADS)) and found.judgement.shape == (3, len(JUDGEMENT_HEADS))
    assert np.isfinite(found.judgement).all() and np.isfinite(found.feeling).all()
    assert found.grams.counts.tolist() == [3 * (len(r.masked) + 2) - 3 for r in reads[:1]] + [3, 153]
