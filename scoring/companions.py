"""What stands beside a brand: words of its trade, of commerce, of everyday scenes; platforms and other brands of the trade (S1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scoring.characters import everyday_words
from scoring.industries import ANY, Industries
from scoring.pieces import PieceIndex
from scoring.text import fold_text, is_chinese

PLATFORMS = "platforms"
"""Key of the trade whose words are the names of platforms."""
_SCENE = (
    "天气 天气预报 气温 转晴 阵雨 带伞 夕阳 晚霞 月光 山里 山坡 山口 河里 湖面 海边 村口 地头 树上 树下 树枝 枯枝 草地 林子 竹枝 落叶 花开 开花 桂花 槐花 结冰 大雪 雪后 雨后 风吹 清早 黄昏 今夜 中元节 节气 庙会 对联 "
    "作文 古诗 诗句 唐代 古人 散文 这部剧 电视剧 追剧 剧情 大结局 主演 男主 女主 演技 副歌 这首歌 歌词 专辑 站姐 应援 铲屎官 喵 汪 绝育 幼崽 羽毛 尾羽 翅膀 骆驼 大雁 松鼠 蜜蜂 猫咪 "
    "毛线 折纸 临摹 写生 婚礼 新郎 新娘 菜地 种菜 剥 去皮 榨汁 甜得很 煮一壶 苦菜 籽 发芽 栽 盆栽 修剪 花盆 野生 保护动物 动物园 水族馆 图案 刺绣 汉服 首饰 美甲 头像 壁纸 表情包 "
    "玩偶 抱枕 手办 cos 同人 动画片 绘本 童谣 谜语 成语 歇后语 成分表 维生素 胡萝卜素 中医 偏方 肝功 肠胃"
).split()
"""Nature, poems, plays, pets, handicraft, medicine: where everyday words mean what they say."""
_FAMILY = "爷爷 奶奶 外婆 外公 姥姥 姥爷 我爹 我妈 小时候 童年 老家 村里 院子 院里 老屋 过年 春天 夏天 秋天 冬天 下雪 下雨 雾 天亮 夜里".split()
_NOT_IN_NAMES = frozenset(
    "的了是在有我你他她它们这那哪一二两三几家和跟与及或到去来从把被给对向用买点喝吃坐住办开充想要说问找叫让就都也又还再很太真最多少大小新老好坏不没无上下里外前后左右内各每某另其该本所以"
    "为于因但而且如等着过得地吗呢吧啊呀哦嘛网线机号张台辆杯份个家次年月日天时分元块钱号楼层区市省县路街附近便宜贵连锁品牌普通"
)


@dataclass(frozen=True, slots=True)
class Besides:
    """Names beside the brand, as places in the folded text, in order."""

    platforms: tuple[tuple[int, int], ...]
    others: tuple[tuple[int, int], ...]
    """Brands of the same trade that are not set as rivals: 北岭银行 beside 安澜银行."""


@lru_cache(maxsize=256)
def companion_index(trades: Industries, industries: Industries) -> PieceIndex[tuple[str, bool]]:
    """Words beside a brand of these trades → (trade, commerce, scene or family; matches whole Latin words)."""
    found = dict.fromkeys(_SCENE, ("scene", False)) | dict.fromkeys(_FAMILY, ("family", False))
    for industry in industries:
        if industry.key == ANY:
            found |= {word: ("commerce", word.isascii()) for word in industry.words}
    for industry in trades:
        found |= {word: ("trade", word.isascii()) for word in (*industry.names, *industry.words)}
    return PieceIndex({fold_text(word).text: kind for word, kind in found.items()})


@lru_cache(maxsize=16)
def platform_index(industries: Industries) -> PieceIndex[bool]:
    """Names of platforms → match whole Latin words only."""
    return PieceIndex({w: w.isascii() for i in industries if i.key == PLATFORMS for w in i.words})


@lru_cache(maxsize=256)
def trade_name_index(trades: Industries) -> PieceIndex[bool]:
    """Words by which brands of these trades show (银行, 快递)."""
    return PieceIndex({n: True for t in trades for n in t.names if len(n) >= 2 and is_chinese(n)})


def read_other_name(body: str, start: int, end: int) -> tuple[int, int] | None:
    """Place of a brand's name that ends in the word of a trade at [start, end), None for 手机银行 and 附近的酒店."""
    low = start
    while low > 0 and start - low < 4 and is_chinese(body[low - 1]) and body[low - 1] not in _NOT_IN_NAMES:
        low -= 1
    head, everyday = body[low:start], everyday_words()
    if not 2 <= len(head) <= 3 or head in everyday or head[-2:] in everyday or head + body[start:end] in everyday:
        return None
    return low, end


_EXPLAINED = re.compile(r"^([^（(]+)[（(]([^（）()]*)[）)]\s*$")
_LITTLE = frozenset("的了在是一个第这那不上下里有和与")


def split_excluded(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(words that stand in texts, signs of a sense that was described).

    "初雪（第一场雪）" excludes no text by itself, it says what 初雪 also is: 第一场雪 and its words are signs of that.
    """
    plain, senses = [], []
    for word in words:
        explained = _EXPLAINED.match(word)
        if explained is None:
            plain.append(fold_text(word).text.strip())
            continue
        sense = fold_text(explained[2]).text.strip()
        pairs = (sense[i : i + 2] for i in range(len(sense) - 1))
        senses += [sense, *(pair for pair in pairs if pair in everyday_words() and not set(pair) & _LITTLE)]
    return tuple(w for w in dict.fromkeys(plain) if w), tuple(s for s in dict.fromkeys(senses) if s)
