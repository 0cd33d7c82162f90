"""Names of scores, categories, levels, findings and groups for users, Chinese and English. Code speaks in short keys only."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.alert import Dimension, Level
from scoring.assessment import Category, Risk

Names = Mapping[str, tuple[str, str]]
"""key → (Chinese, English)"""

SCORES: Names = {
    "topicality": ("话题性", "topicality"),
    "emotion": ("情绪强度", "emotion"),
    "reach": ("影响力", "influencer reach"),
    "completeness": ("信息完整度", "completeness"),
    "scope": ("影响范围", "scope"),
    "already_spread": ("已传播", "already spread"),
    "spread": ("传播指数", "spread index"),
}
CATEGORIES: Names = {
    Category.PRODUCT_QUALITY: ("产品质量", "product quality"),
    Category.SERVICE_ATTITUDE: ("服务态度", "service attitude"),
    Category.LOGISTICS: ("物流配送", "logistics"),
    Category.REFUND: ("退款售后", "refund"),
    Category.TECH_FAULT: ("技术故障", "technical fault"),
    Category.PRICE: ("价格收费", "price"),
    Category.SAFETY: ("安全健康", "safety"),
    Category.PRIVACY: ("隐私泄露", "privacy"),
    Category.OTHER: ("其他", "other"),
    Category.NONE: ("无", "none"),
}
RISKS: Names = {
    Risk.HIGH: ("高风险", "high risk"),
    Risk.MEDIUM: ("中风险", "medium risk"),
    Risk.LOW: ("低风险", "low risk"),
    Risk.NONE: ("无风险", "no risk"),
}
LEVELS: Mapping[Level, tuple[str, str]] = {
    Level.NONE: ("无预警", "no alert"),
    Level.YELLOW: ("黄色预警", "yellow alert"),
    Level.ORANGE: ("橙色预警", "orange alert"),
    Level.RED: ("红色预警", "red alert"),
}
NATURES: Names = {
    "business": ("业务风险", "business risk"),
    "financial": ("财务风险", "financial risk"),
    "reputation": ("声誉风险", "reputation risk"),
    "compliance": ("合规风险", "compliance risk"),
    "none": ("无", "none"),
}
IMPACTS: Names = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low")}
SPLITS: Names = {
    "operational": ("操作类", "operational"),
    "attitude": ("态度类", "attitude"),
    "process": ("流程类", "process"),
}
MOODS: Names = {"positive": ("正面", "positive"), "neutral": ("中性", "neutral"), "negative": ("负面", "negative")}
TARGETS: Names = {"brand": ("针对品牌", "the brand"), "other": ("针对他方", "others"), "none": ("无指责", "nobody")}
CRISIS_TYPES: Names = {
    "service_quality": ("服务质量", "service quality"),
    "communication_failure": ("沟通失效", "communication failure"),
    "sudden_event": ("突发事件", "sudden event"),
    "customer_satisfaction": ("客户满意度", "customer satisfaction"),
}
ROLES: Names = {
    "customer_service": ("客服", "customer service"),
    "pr": ("公关", "PR"),
    "legal": ("法务", "legal"),
    "tech": ("技术", "technical"),
    "lead": ("负责人", "lead"),
    "senior": ("高层", "senior management"),
    "duty": ("值班主管", "duty supervisor"),
    "finance": ("财务", "finance"),
    "analyst": ("分析师", "analyst"),
    "spokesperson": ("发言人", "spokesperson"),
    "operator": ("运维", "operator"),
}
"""Who checks an item of the compliance checklist (S10)."""
RULES: Names = {
    "S1": SCORES["topicality"],
    "S2": SCORES["emotion"],
    "S3": SCORES["reach"],
    "S4:completeness": SCORES["completeness"],
    "S4:scope": SCORES["scope"],
    "S5": SCORES["already_spread"],
    "S6": SCORES["spread"],
    "S7": ("问题类型", "category"),
    "S8": ("影响程度", "impact"),
    "S9": ("定级方法", "way to the level"),
    "S10": ("合规核查", "compliance checklist"),
    "S12": ("风险等级", "risk level"),
    "S13": ("说明", "note"),
    "D1": ("投诉集中（产品/问题）", "concentration on a product or problem"),
    "D2": ("投诉集中（品牌）", "concentration on the brand"),
    "D3": ("投诉激增", "surge"),
    "D5": ("独立声音", "independent voices"),
    "D6": ("敏感词阈值、名人或受众", "word threshold, name or audience"),
    "L": ("单条敏感投诉", "single sensitive complaint"),
}
DIMENSIONS: Mapping[Dimension, tuple[str, str]] = {
    Dimension.ALL: ("品牌全部投诉", "all complaints"),
    Dimension.PRODUCT: ("产品", "product"),
    Dimension.CATEGORY: ("问题类型", "category"),
    Dimension.PROBLEM: ("问题", "problem"),
    Dimension.REGION: ("地区", "region"),
    Dimension.WORD_GROUP: ("敏感词组", "word group"),
}

FINDINGS: Names = {
    "lowest score": ("起始分", "lowest score"),
    "end of the scale": ("分值上下限", "end of the scale"),
    "about the brand": ("提及品牌", "about the brand"),
    "not about the brand": ("与品牌无关", "not about the brand"),
    "several matters": ("多个问题", "several matters"),
    "strong feeling beside the brand": ("对品牌情绪强烈", "strong feeling beside the brand"),
    "rating": ("评分星级", "rating"),
    "refuses to act": ("拒不处理", "refuses to act"),
    "again and again": ("反复或持续", "again and again"),
    "several people affected": ("多人受影响", "several people affected"),
    "child or weak person concerned": ("涉及老幼孕弱", "child or weak person concerned"),
    "proof in the text": ("文中有证据", "proof in the text"),
    "hearsay": ("传闻", "hearsay"),
    "advertisement": ("广告", "advertisement"),
    "rumour denied": ("辟谣", "rumour denied"),
    "denial": ("官方否认", "denial"),
    "own apology or recall": ("官方致歉或召回", "own apology or recall"),
    "reply to a customer": ("官方答复客户", "reply to a customer"),
    "resolved": ("已解决", "resolved"),
    "praise": ("表扬", "praise"),
    "neither praise nor a known complaint": ("既非表扬，也未见已知投诉", "neither praise nor a known complaint"),
    "question": ("提问", "question"),
    "blame on others": ("指责他方", "blame on others"),
    "news without blame": ("新闻综述，无指责", "news without blame"),
    "name": ("名称", "name"),
    "everyday word": ("名称是日常用词", "the name is an everyday word"),
    "addressed with @": ("@提及", "addressed with @"),
    "hashtag": ("话题标签", "hashtag"),
    "title of a work": ("作品名", "title of a work"),
    "part of another word": ("属于另一个词", "part of another word"),
    "across two words": ("跨在两个词之间", "across two words"),
    "spoken of as a company": ("像在说商家", "spoken of as a company"),
    "spoken of as goods": ("像在说商品", "spoken of as goods"),
    "spoken of as a thing": ("像在说事物", "spoken of as a thing"),
    "spoken of as a place": ("像在说地点", "spoken of as a place"),
    "of something else": ("前有“的”，像普通名词", "of something else"),
    "begins a sentence": ("在句首", "begins a sentence"),
    "begins a clause": ("在分句之首", "begins a clause"),
    "has something": ("后接“的”", "has something"),
    "words of its trade": ("行业用语", "words of its trade"),
    "words of commerce": ("商业用语", "words of commerce"),
    "everyday scene": ("日常场景", "everyday scene"),
    "complaint or commerce": ("含投诉或商业用语", "complaint or commerce"),
    "product": ("产品", "product"),
    "rival beside it": ("同时提到竞品", "rival beside it"),
    "rival named instead": ("提到的是竞品", "rival named instead"),
    "price": ("价格", "price"),
    "under a post about it": ("在有关品牌的帖子下", "under a post about it"),
    "in the reposted words": ("转发内容中提及", "in the reposted words"),
    "name of the author": ("作者名称", "name of the author"),
    "excluded word": ("排除词", "excluded word"),
    "excluded sense": ("排除的含义", "excluded sense"),
    "required word missing": ("缺少必需词", "required word missing"),
    "not named": ("未提名称", "not named"),
    "spelt by sound": ("谐音", "spelt by sound"),
    "spelt in pinyin": ("拼音", "spelt in pinyin"),
    "spelt by initials": ("拼音首字母", "spelt by initials"),
    "spelt with emoji": ("表情符号代字", "spelt with emoji"),
    "signs inside the name": ("名称中夹杂符号", "signs inside the name"),
    "characters taken apart": ("拆字", "characters taken apart"),
    "look-alike characters": ("形近字", "look-alike characters"),
    "characters masked": ("遮字", "characters masked"),
    "hinted at": ("代称", "hinted at"),
    "spelt backwards": ("倒写", "spelt backwards"),
    "irritation words": ("不满用语", "words of irritation"),
    "anger words": ("愤怒用语", "words of anger"),
    "insult words": ("辱骂用语", "insults"),
    "sadness words": ("难过、害怕用语", "words of sadness or fear"),
    "emoticon_anger words": ("愤怒表情", "angry emoticons"),
    "emoticon_sad": ("伤心表情", "sad emoticon"),
    "emoticon_irony": ("反讽表情", "ironic emoticon"),
    "happy emoticon": ("开心表情", "happy emoticon"),
    "threat": ("威胁追究", "threat"),
    "call": ("呼吁他人", "call on others"),
    "refusal": ("拒不处理", "refusal"),
    "irony": ("反讽", "irony"),
    "persistence": ("反复发生", "again and again"),
    "victims": ("多人受影响", "several people affected"),
    "regret": ("遗憾", "mild regret"),
    "advert": ("广告", "advertisement"),
    "exclamation marks": ("感叹号", "exclamation marks"),
    "question marks": ("问号", "question marks"),
    "rhetorical question": ("反问", "rhetorical question"),
    "repeated words": ("重复用语", "repeated words"),
    "softening": ("缓和语气", "softening"),
    "tone of a report": ("报道口吻", "tone of a report"),
    "complains": ("提出投诉", "complains"),
    "own account": ("官方账号", "own account"),
    "statistical model": ("统计模型（SnowNLP）", "statistical model (SnowNLP)"),
    "learned: wording": ("措辞（从已标注的帖子学到）", "wording (learned from labelled posts)"),
    "learned: findings together": (
        "各项线索合起来（从已标注的帖子学到）",
        "findings taken together (learned from labelled posts)",
    ),
    "learned: how fully it is told": (
        "叙述的完整程度（从已标注的帖子学到）",
        "how fully it is told (learned from labelled posts)",
    ),
    "learned: like posts that people rated so": ("与人工评为该等级的帖子相似", "like posts that people rated so"),
    "no complaint to complete": ("不是投诉，无需补充信息", "no complaint to complete"),
    "no strong words, repeated marks or threats": (
        "无激烈言辞、连续标点或威胁",
        "no strong words, repeated marks or threats",
    ),
    "no insults or curses": ("无辱骂", "no insults or curses"),
    "followers": ("粉丝数", "followers"),
    "verification": ("认证", "verification"),
    "reactions": ("互动数", "reactions"),
    "reads": ("阅读/播放量", "reads or plays"),
    "nothing known": ("账号与互动未知", "nothing known"),
    "article of the press": ("新闻报道", "article of the press"),
    "regulator or police": ("监管或公安账号", "regulator or police"),
    "national media": ("全国性媒体", "national media"),
    "reactions expected": ("按目前速度预计互动数", "reactions expected at this pace"),
    "on the hot-search list": ("已上热搜", "on the hot-search list"),
    "what happened": ("说明了经过", "what happened"),
    "time": ("时间", "time"),
    "place": ("地点", "place"),
    "order or staff number": ("订单号或工号", "order or staff number"),
    "amount": ("金额", "amount"),
    "picture or video": ("图片或视频", "picture or video"),
    "what is asked for": ("诉求", "what is asked for"),
    "detail": ("描述详细", "detail"),
    "how long": ("持续时长", "how long"),
    "how often": ("次数", "how often"),
    "several figures": ("多项数字", "several figures"),
    "words of others quoted": ("引述对方原话", "words of others quoted"),
    "leans on its post": ("评论依附原帖", "a comment leans on its post"),
    "several regions": ("多个省份", "several regions"),
    "several products or a batch": ("多款产品或同批次", "several products or a batch"),
    "reactions per hour": ("每小时互动数", "reactions per hour"),
    "reads per hour": ("每小时阅读/播放量", "reads per hour"),
    "one complainant": ("一名投诉者", "one complainant"),
    "people": ("涉及人数", "people"),
    "many regions": ("多个地区", "many regions"),
    "enterprise customers": ("企业客户", "enterprise customers"),
    "floor: strong anger described clearly": ("情绪强烈且描述清楚，不低于8分", "floor: strong anger described clearly"),
    "no complaint": ("不构成投诉", "no complaint"),
    "no blame on the brand": ("未指责品牌", "no blame on the brand"),
    "ordinary complaint": ("普通投诉", "ordinary complaint"),
    "grave subject": ("问题严重", "grave subject"),
    "shared subject with reach": ("话题性与影响力均高", "shared subject with reach"),
    "grave, angry and with evidence": ("严重、愤怒且有证据", "grave, angry and with evidence"),
    "threat of heavy loss": ("可能造成重大损失", "threat of heavy loss"),
    "public figure complains of a defect": ("公众人物投诉缺陷", "public figure complains of a defect"),
    "angry complaint": ("情绪激烈的投诉", "angry complaint"),
    "complaint with reach": ("有影响力的投诉", "complaint with reach"),
    "known name complains": ("知名博主投诉", "known name complains"),
    "large audience expected": ("预计观众超过10万", "large audience expected"),
    "many people affected": ("受影响人数众多", "many people affected"),
    "weighty complaint": ("分量较重的投诉", "weighty complaint"),
    "angry threat": ("愤怒并威胁追究", "angry threat"),
    "hard to handle": ("处理难度大", "hard to handle"),
    "sum of factors": ("单因素评分合计", "sum of factor scores"),
    "whatever the sum": ("不论合计", "whatever the sum"),
    "matrix": ("性质×影响矩阵", "matrix of nature and impact"),
    "impact 1–5": ("影响（1–5）", "impact 1–5"),
    "probability of spreading": ("扩散可能性", "probability of spreading"),
    "impact × probability": ("影响×可能性", "impact × probability"),
    "more than 100 enterprise customers": ("企业客户超过100家", "more than 100 enterprise customers"),
    "impact": ("影响程度", "impact"),
    "only the first part of the text was read": ("文本过长，仅读取前段", "only the first part of the text was read"),
    "complaints in window": ("时段内投诉数", "complaints in the window"),
    "raw and voices": ("原始提及与独立声音", "raw mentions and independent voices"),
    "counted by": ("统计口径", "counted by"),
    "baseline": ("基线", "baseline"),
    "probability": ("偶然概率", "probability by chance"),
    "known customer": ("重点客户", "known customer"),
    "public figure": ("公众人物", "public figure"),
    "account of influence": ("有影响力的账号", "account of influence"),
    "expected audience": ("预计受众", "expected audience"),
    "sensitive word": ("敏感词", "sensitive word"),
    "angry customer": ("愤怒客户", "angry customer"),
    **{name: words for name, words in SCORES.items() if name != "spread"},
}
PREFIXES: Names = {
    "signs": ("不满迹象", "signs"),
    "matter": ("问题", "matter"),
    "voice": ("表达", "voice"),
    "complaint": ("投诉", "complaint"),
    "call": ("呼吁", "call"),
    "authority": ("监管/法律", "authority"),
    "threat": ("威胁", "threat"),
    "demand": ("诉求", "demand"),
    "irony": ("反讽", "irony"),
    "refusal": ("拒不处理", "refusal"),
    "irritation": ("不满", "irritation"),
    "anger": ("愤怒", "anger"),
    "insult": ("辱骂", "insult"),
    "sadness": ("难过", "sadness"),
    "emoticon_anger": ("愤怒表情", "angry emoticon"),
    "concerns": ("涉及", "concerns"),
    "severity": ("后果严重", "severity"),
    "category": ("问题类型", "category"),
    "subcategory": ("细分类型", "subcategory"),
    "checklist": ("合规核查", "checklist"),
}


FIELDS: Names = {
    "level": ("风险等级", "risk level"),
    "nature": ("风险性质", "nature of the risk"),
    "impact": ("影响程度", "impact"),
    "category": ("问题类型", "category"),
    "subcategory": ("细分类型", "subcategory"),
    "split": ("问题性质", "kind of problem"),
    "target": ("指责对象", "blame"),
    "product": ("产品", "product"),
    "problem": ("问题", "problem"),
    "mood": ("情绪类别", "mood"),
    "crisis_type": ("危机类型", "crisis type"),
    "checklist": ("合规核查", "checklist"),
    "word_groups": ("敏感词组", "word groups"),
    "reasons": ("理由", "reasons"),
    "uncertain": ("依据不足", "uncertain"),
    "rules_version": ("规则版本", "rules version"),
    "incident": ("事件", "incident"),
    "mention": ("提及", "mention"),
    "brand": ("品牌", "brand"),
    "open": ("处理中", "open"),
    "closed": ("已关闭", "closed"),
    "yellow": ("黄色预警", "yellow alert"),
    "orange": ("橙色预警", "orange alert"),
    "red": ("红色预警", "red alert"),
}


def name_of(names: Mapping[str, tuple[str, str]], key: str, lang: str) -> str:
    """The user's name of a key in "zh" or "en"; the key itself where it is not known (a user's own word group)."""
    pair = names.get(key)
    return key if pair is None else pair[0 if lang == "zh" else 1]


def render_finding(
    what: str,
    lang: str,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    books: Mapping[str, Names] | None = None,
) -> str:
    """``Reason.what`` in the user's language.

    Args:
        groups: names of word groups by key, ``{k: g.name for k, g in library.groups.items()}``; the shipped ones where None.
        books: names by key of "category" and "subcategory" (classification manual) and of "checklist" items; the shipped ones where None.
    """
    if what in FINDINGS:
        return name_of(FINDINGS, what, lang)
    prefix, _, key = what.partition(": ")
    if not key:
        return what
    if prefix == "category":
        shown = name_of((books or {}).get("category", CATEGORIES), key, lang)
    elif prefix in ("subcategory", "checklist"):
        shown = name_of((books or _shipped_books())[prefix], key, lang)
    else:
        groups = groups if groups is not None else _shipped_groups()
        shown = (groups[key].get(lang) or groups[key]["zh"]) if key in groups else key
    return f"{name_of(PREFIXES, prefix, lang)}{'：' if lang == 'zh' else ': '}{shown}"


def _shipped_groups() -> Mapping[str, Mapping[str, str]]:
    from scoring.shipped import shipped_words

    return {key: group.name for key, group in shipped_words().groups.items()}


def _shipped_books() -> Mapping[str, Names]:
    from scoring.shipped import shipped_checklist, shipped_manual

    return {"subcategory": shipped_manual().names(), "checklist": shipped_checklist().names()}
