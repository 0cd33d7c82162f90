"""What a post says so plainly that the libraries' word stands whatever the model thinks: bare praise, bare blame, harm told as fact."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoring.assessment import Category
from scoring.judging import Read
from scoring.keywords import Hit
from scoring.masking import SIGNS
from scoring.reading import COMPLAINT_KINDS, Reading
from scoring.topicality import LEAST_COMPLAINT

_SHORT = 60
"""Characters of a short post: what it names is what it is about."""
_PLAIN_LENGTH = 20
"""Characters of a post, with signs for names, that may be the name and a word or two."""
_MORE_THAN_PRAISE = (*COMPLAINT_KINDS, "emoticon_irony", "emoticon_anger", "emoticon_sad", "persistence", "question")
_CLEAR_PRAISE = frozenset(
    "好喝 好吃 好用 好看 喜欢 超爱 爱了 推荐 安利 种草 强推 真香 绝绝子 yyds 赞 点赞 大赞 好评 惊艳 棒 太棒 回购 真不错 不错 挺好 很好 "
    "真好 太好 完美 香甜 可爱 love loved great delicious awesome amazing perfect excellent".split()
)
"""Praise that is hardly anything else; "最好" and "谢谢" begin other sentences, too."""
_PARTICLES = str.maketrans("", "", "的真太很超巨特挺蛮好也都还又就是我爱喝吃用看啊呀呢哦哈吧了")
_BESIDE_PRAISE, _TURNS = 2, frozenset("不没别个屁鬼吐死倒凉差烂贵脏坑骗闭滚谁怎")
"""Further letters in a post that is praise alone, and what turns it."""
_BLAME = ("call", "demand", "authority", "threat", "insult", "anger", "matter", "refusal")
_BESIDE_BLAME = 1
"""Letters beside the name and words of complaint in a post that is these alone."""
_NOT_BLAME = ("resolved", "praise", "denial", "question", "hearsay", "advert", "report")
_ANGER = ("insult", "anger")
_QUOTES = frozenset('“”「」『』"')
NOT_TOLD = ("praise", "resolved", "advert", "denial")
_IN_ONE_SENTENCE = r"[^，。！？,.!?;；\n]"
_FOUND = re.compile(
    rf"(?:喝|吃|咬|嚼|嗑|舀|捞|夹|倒|冲|挑|吐){_IN_ONE_SENTENCE}{{0,2}}(?:出|到|着){_IN_ONE_SENTENCE}{{0,10}}$"
    rf"|(?:里面?|杯底|底下|[罐袋盒瓶碗盘饭菜汤包]中)(?:居然|竟然|竟|还|都|又|全)?(?:有|是|混|掉|爬|漂|卧|躺|夹|卷|发现){_IN_ONE_SENTENCE}{{0,10}}$"
    rf"|发现(?:了|有)?{_IN_ONE_SENTENCE}{{0,6}}$|found (?:a|an|some|two)? ?[a-z ]{{0,24}}$"
)
"""Up to the end of a foreign body's name: it was found in what was eaten or drunk."""
_AFTER_USE = re.compile(r"(?:吃|喝|用|服|涂|擦|抹|敷)(?:了|完|过)[^。！？.!?;；\n]{0,14}$")
_ONLY_SUPPOSED = re.compile(r"如果|假如|要是|万一|科普|能不能|会不会|是不是|有粉丝|误食|生怕|担心|头发")
GRAVE = 8.5
"""What the libraries call a matter of health or safety."""


def plain_blame(read: Read) -> tuple[float, Hit] | None:
    """How topical a post is at least that blames the brand plainly, and the word that says so.

    The name with a word of complaint and nothing more ("投诉星河咖啡") is what the libraries say of it. A word of anger right beside the
    name ("星河咖啡骗子，…") is a complaint of the brand, whoever else is spoken of (17 of 17 held-out posts).
    """
    reading, words = read.reading, read.reading.words
    if read.topicality.register != "complaint" or not reading.presence.about or reading.has(*_NOT_BLAME):
        return None
    if len(read.masked) <= _PLAIN_LENGTH:
        hits = _outside_names(reading, _BLAME)
        said = {place for h in hits for place in range(h.start, h.end)}
        if hits and len(_letters(read)) - len(said) <= _BESIDE_BLAME:
            return read.topicality.value, max(hits, key=lambda h: h.group.gravity or 0.0)
    if not reading.has(*_ANGER) or not _QUOTES.isdisjoint(words.text):
        return None
    names = [words.span(*place) for place in reading.presence.places]
    starts, ends = {start for start, _ in names}, {end for _, end in names}
    beside = (h for kind in _ANGER for h in reading.of(kind) if h.at[0] in ends or h.at[1] in starts)
    return next(((LEAST_COMPLAINT, h) for h in beside), None)


def _letters(read: Read) -> str:
    """The letters that a post has beside names, numbers and marks."""
    return "".join(filter(str.isalpha, SIGNS.sub("", read.masked)))


def _outside_names(reading: Reading, kinds: Sequence[str]) -> list[Hit]:
    """Whole words of these kinds, none of which is a part of the brand's own name (幸福西饼)."""
    places = reading.presence.places
    return [
        h
        for kind in kinds
        for h in reading.of(kind)
        if h.word.isalpha() and not any(h.start < end and start < h.end for start, end in places)
    ]


def is_plain(read: Read) -> bool:
    """Is nothing written, or the name with a plain word of praise and nothing that could turn it ("真好喝！")?

    The libraries know all that there is to know of it. In the corpus, where sarcasm is commoner than on the platforms, half of the
    shortest praise is meant otherwise, but then it names what it mocks.
    """
    if not read.masked.strip():
        return True
    reading = read.reading
    if len(read.masked) > _PLAIN_LENGTH or not reading.has("praise") or reading.has(*_MORE_THAN_PRAISE):
        return False
    if "0" in read.masked or reading.presence.rivals or reading.foreign or reading.denied:
        return False
    praise = {h.word for h in _outside_names(reading, ("praise",))}
    if not praise or not praise <= _CLEAR_PRAISE:
        return False
    rest = _letters(read)
    for word in sorted(praise, key=len, reverse=True):
        rest = rest.replace(word, "")
    rest = rest.translate(_PARTICLES)
    return len(rest) <= _BESIDE_PRAISE and _TURNS.isdisjoint(rest)


def stated_harm(read: Read) -> Hit | None:
    """A foreign body found in what was eaten, or an illness after it, told in plain words of the brand as what happened.

    The model, which learned from posts where such words are mostly jokes, fears or science, calls the plainest of them mild; of the
    corpus's 36 posts told so, people rated 32 with 8 or more. So it is in short posts that name a harm together with a hospital, a
    death or the police, and neither praise, report nor supposition: 16 of 21.
    """
    reading = read.reading
    if read.topicality.register != "complaint" or reading.newsroom or reading.official:
        return None
    if reading.presence.how == "excluded" or reading.has("hearsay", "question", "report", "digest"):
        return None
    text = reading.words.text
    taken_there = len(text) <= _SHORT and reading.has("severity") and not reading.has(*NOT_TOLD)
    for hit in reading.of("matter"):
        before = text[max(0, hit.start - 20) : hit.start]
        if (hit.group.gravity or 0.0) < GRAVE or _ONLY_SUPPOSED.search(before + hit.text):
            continue
        if hit.group.key == "foreign_body":
            if hit.text not in ("喝出", "吃出") and _FOUND.search(text[max(0, hit.start - 20) : hit.end]):
                return hit
        elif hit.group.category is Category.SAFETY and (
            taken_there or _AFTER_USE.search(text[max(0, hit.start - 20) : hit.end - 2])
        ):
            return hit
    return None
