"""Learning from labels: split, targets, corrections that move their kind and nothing else (labels invented here)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fengsheng.labels import Felt, Judged, Labels, thin_labels
from fengsheng.learned_from import has_read, learned_posts, post_mark, with_card
from fengsheng.learning import own_corpus
from fengsheng.measuring import negative_chances
from fengsheng.training import (
    Trainer,
    gram_matrix,
    judgement_targets,
    split_labels,
)
from scoring.assessment import BrandTerms, ScoreInput
from scoring.emotion_model import ModelEngine
from scoring.learned import JUDGEMENT_HEADS, Learned, dump_learned, parse_learned
from scoring.scorer import Scorer
from scoring.shipped import shipped_learned, shipped_rules, shipped_words

PLACES = "门口 店里 二楼 商场那家 机场店 学校旁边那家 新开的店 总店 社区店 车站店".split()
QUEUES = (
    "排队排到马路上了", "叫号叫了四十分钟还没到", "又排了一条街", "取号两百多，前面还有九十桌", "排队机坏了，大家乱站",
    "只开一个窗口，后面全是排队的人", "等位等到天黑，叫号也没人管", "排队的队伍拐了三个弯",
)  # fmt: skip
BRANDS = ("星河咖啡", "云朵咖啡", "山岚面馆", "白帆超市")


def judged(text: str, brand: str = BRANDS[0], level: str | None = None, **scores: float) -> Judged:
    return Judged(
        item=ScoreInput(id="1", brand=brand, text=text, platform="weibo"), terms=BrandTerms(name=brand), scores=scores,
        mood=None, level=level, category=None, target=None,
    )  # fmt: skip


def topicality(learned: Learned, items: Sequence[ScoreInput]) -> np.ndarray[Any, Any]:
    scorer = Scorer(shipped_words(), shipped_rules(), ModelEngine(learned), {}, learned=learned)
    return np.array([a.topicality for a in scorer.score(items)])


def test_sixty_corrections_move_their_kind_on_posts_not_seen_and_leave_the_rest() -> None:
    before, corpus = shipped_learned(), own_corpus()
    apart = split_labels(corpus).test.judged[:120]
    kept = thin_labels(split_labels(corpus).train, posts=500, texts=50)
    seen = [
        judged(f"{b}{PLACES[n]}{t}", b, topicality=8.0)
        for b in BRANDS[:3]
        for n in range(5)
        for t in QUEUES[n % 2 : 7 : 2]
    ]
    assert 50 <= len(seen) <= 60
    trainer = Trainer(words=shipped_words(), rules=shipped_rules(), steps=30)
    after = trainer.train(Labels(judged=seen), before, kept)
    unseen = [
        ScoreInput(id="1", brand=BRANDS[3], text=f"{BRANDS[3]}{p}{t}", platform="weibo")
        for p in PLACES[6:]
        for t in QUEUES[5:]
    ]
    moved = topicality(after, unseen) - topicality(before, unseen)
    assert moved.mean() >= 1.0
    others = [p.item for p in apart]
    assert np.abs(topicality(after, others) - topicality(before, others)).mean() <= 0.1

    few = trainer.train(Labels(judged=seen[::10]), before, kept)
    less = topicality(few, unseen) - topicality(before, unseen)
    assert less.mean() < moved.mean()  # the more labels, the more they weigh


def test_what_no_label_speaks_of_stays() -> None:
    before = shipped_learned()
    kept = thin_labels(own_corpus(), posts=200, texts=20)
    felt = [Felt(text=f"第{n}次路过河边发呆", negative=1.0, emotion="sad", source="x") for n in range(40)]
    after = Trainer(words=shipped_words(), rules=shipped_rules(), steps=20).train(Labels(felt=felt), before, kept)
    text = ["又路过河边发呆"]
    assert negative_chances(text, after)[0, 0] > negative_chances(text, before)[0, 0] + 1.0
    heads = [i for i, name in enumerate(before.feeling.heads) if name.startswith("strength")]
    assert np.array_equal(after.feeling.weights[:, heads], before.feeling.weights[:, heads])
    posts = [p.item for p in kept.judged[:60]]
    assert np.abs(topicality(after, posts) - topicality(before, posts)).mean() < 0.1


def test_a_brand_lies_on_one_side_of_the_split_and_the_split_is_always_the_same() -> None:
    labels = Labels(judged=[judged("好", f"牌{n % 40}", topicality=2.0) for n in range(200)])
    split = split_labels(labels)
    train, test = ({p.group for p in side.judged} for side in (split.train, split.test))
    assert split.whole_brands and not train & test and 2 <= len(test) <= 20
    assert split_labels(Labels(judged=labels.judged[::-1])).test.judged == split.test.judged[::-1]


@pytest.mark.parametrize("brands", [1, 2, 4])
def test_of_few_brands_posts_are_held_out_and_the_split_says_so(brands: int) -> None:
    split = split_labels(Labels(judged=[judged(f"第{n}次", f"牌{n % brands}", topicality=5.0) for n in range(100)]))
    assert not split.whole_brands
    assert 8 <= len(split.test.judged) <= 32 and len(split.train.judged) + len(split.test.judged) == 100


def test_of_five_brands_one_is_held_out_whatever_their_names() -> None:
    for start in range(12):
        split = split_labels(Labels(judged=[judged("好", f"店{start}-{n % 5}", topicality=5.0) for n in range(50)]))
        assert split.whole_brands and split.test.judged and split.train.judged


def test_a_text_lies_on_one_side_whatever_file_it_is_from() -> None:
    felt = [Felt(text=f"第{n}条", negative=1.0, emotion=None, source=s) for n in range(50) for s in ("a", "b")]
    split = split_labels(Labels(felt=felt))
    assert not {f.text for f in split.train.felt} & {f.text for f in split.test.felt}


def test_labels_between_two_steps_count_half() -> None:
    (targets,) = judgement_targets([judged("好", "甲", topicality=4.5)])
    assert targets[:9].tolist() == [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert np.isnan(targets[9:]).all()


def test_a_level_alone_says_where_topicality_lies() -> None:
    rows = judgement_targets([judged("好", "甲", level=level) for level in ("none", "low", "high")])
    none, low, high = rows[:, :9].tolist()
    assert none[2:] == [0.0] * 7 and np.isnan(none[:2]).all()  # 3 at most
    assert low[:3] == [1.0] * 3 and low[6:] == [0.0] * 3  # 4 to 7
    assert high[:6] == [1.0] * 6 and np.isnan(high[6:]).all()  # 7 at least
    at = [i for i, name in enumerate(JUDGEMENT_HEADS) if name.startswith("level>=")]
    assert rows[:, at].tolist() == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]


def test_the_card_says_what_a_model_learned_from_and_hands_it_on() -> None:
    posts = [judged(f"第{n}次", topicality=5.0) for n in range(3)]
    felt = [Felt(text="好", negative=0.0, emotion=None, source="moods.csv")]
    bare = shipped_learned()
    first = with_card(bare, Labels(judged=posts[:2], felt=felt), {"topicality error": 0.5})
    second = with_card(bare, Labels(judged=posts[2:]), {}, before=first)
    assert first.card["judged_posts"] == 2 and first.card["texts"] == {"moods.csv": 1}
    assert {post_mark(p) for p in posts} == learned_posts(second)
    assert has_read(second, "moods.csv") and not has_read(second, "other.csv") and not has_read(None, "moods.csv")
    assert second.card["started_from"] == first.version


def test_many_texts_are_hashed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"第{n}条，再来一次" for n in range(25)]
    whole = gram_matrix(texts)
    monkeypatch.setattr("fengsheng.training._PART", 10)
    assert (whole != gram_matrix(texts)).nnz == 0


def test_the_same_labels_make_the_same_model() -> None:
    labels = Labels(judged=[judged(f"{b}{t}", b, topicality=6.0, emotion=5.0) for b in BRANDS for t in QUEUES])
    trainer = Trainer(words=shipped_words(), rules=shipped_rules(), steps=5)
    assert trainer.train(labels).version == trainer.train(labels).version


def test_from_nothing_posts_are_needed() -> None:
    with pytest.raises(ValueError, match="no judged posts"):
        Trainer(words=shipped_words(), rules=shipped_rules(), steps=2).train(
            Labels(felt=[Felt(text="好", negative=0.0, emotion="happy", source="x")])
        )


def test_from_nothing_a_network_stands_beside_the_judgements_and_corrections_leave_it_as_it_is() -> None:
    labels = Labels(judged=[judged(f"{b}{t}！", b, topicality=6.0, emotion=5.0) for b in BRANDS for t in QUEUES])
    trainer = Trainer(words=shipped_words(), rules=shipped_rules(), steps=3)
    learned = trainer.train(labels)
    network, names = learned.judgement.network, learned.judgement.features
    assert network is not None and learned.feeling.network is None
    unread = [i for i, name in enumerate(names) if name.startswith(("cues:", "shouts:"))]
    assert unread and not network.dense[unread].any() and network.dense.any()
    more = [judged(f"{BRANDS[0]}{p}{t}？还退不退钱", topicality=8.0) for p in PLACES for t in QUEUES]
    after = trainer.train(Labels(judged=more), learned, labels)
    assert after.judgement.network is network and after.version != learned.version
    assert len(after.judgement.features) > len(names), "findings that the network never saw"
    assert topicality(after, [p.item for p in more]).mean() > topicality(learned, [p.item for p in more]).mean() + 0.3


def test_many_texts_make_a_network_for_the_mood_too(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        Felt(text=f"{t}{n}", negative=float(bad), emotion=None, source="x")
        for n in range(30)
        for t, bad in (("今天真难过", 1), ("今天真开心", 0))
    ]
    labels = Labels(judged=[judged(f"{b}{t}", b, topicality=6.0) for b in BRANDS for t in QUEUES], felt=texts)
    monkeypatch.setattr("fengsheng.training.MANY_TEXTS", len(texts))
    learned = Trainer(words=shipped_words(), rules=shipped_rules(), steps=3).train(labels)
    assert learned.feeling.network is not None
    back = parse_learned(dump_learned(learned), "m.npz")
    bad, good = negative_chances(["真难过", "真开心"], back)[:, 0]
    assert bad > good
    assert ModelEngine(back).score(["真难过"]).shape == (1,)
