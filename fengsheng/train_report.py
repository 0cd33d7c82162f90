"""What ``fengsheng train`` says: what was read, held out and measured, in people's words and for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fengsheng.comparing import Compared
from scoring.wording import FIELDS, SCORES

Pair = tuple[str, str]
VERDICTS: Mapping[str, Pair] = {
    "better": ("更好", "better"),
    "worse": ("更差", "worse"),
    "same": ("看不出差别", "no difference to be seen"),
    "first": ("", ""),
    "seen": ("现用模型学过这些，不比", "the model in use learned from these: not compared"),
    "few": ("太少，无法判断", "too few to tell"),
}
KINDS: Mapping[str, Pair] = {
    "Spearman": ("等级相关", "Spearman"),
    "error": ("平均误差", "mean error"),
    "F1": ("宏平均 F1", "macro F1"),
}
WHOLE: Mapping[str, Pair] = {
    "high missed": ("高风险被判低或无的比例", "high ones called low or none"),
    "negative mood AUC": ("负面情绪 AUC", "negative mood AUC"),
    "six emotions F1": ("六种情绪宏平均 F1", "six emotions macro F1"),
}
FEW = 30


@dataclass(frozen=True, kw_only=True)
class TrainReport:
    """One run of training."""

    posts: int
    brands: int
    texts: int
    held_posts: int
    held_brands: int
    held_texts: int
    whole_brands: bool
    """False: posts of the same brand stand on both sides."""
    started_from: str | None
    """Version of the model it started from; None = from nothing."""
    in_use: str | None
    seen: int
    """Held-out posts that the model in use learned from."""
    kept: int
    """Posts and texts of the corpus that hold the model in place."""
    skipped: Mapping[str, int]
    notes: tuple[str, ...]
    found: tuple[Compared, ...]
    seconds: float
    """Until the verdict."""

    @property
    def worse(self) -> list[Compared]:
        return [c for c in self.found if c.worse]


def figure_name(one: Compared, lang: str) -> str:
    """ "话题性 平均误差（语料库）" """
    at = 0 if lang == "zh" else 1
    if one.name in WHOLE:
        name = WHOLE[one.name][at]
    else:
        score, kind = one.name.rsplit(" ", 1)
        known = {**SCORES, **FIELDS}.get(score, (score, score))
        name = f"{known[at]} {KINDS[kind][at]}"
    part = ("自带语料", "our corpus")[at] if one.part == "corpus" else one.part
    return name if not part else f"{name}（{part}）" if at == 0 else f"{name} ({part})"


def report_rows(report: TrainReport, lang: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Figure, in use, new, what it rests on, verdict."""
    at = 0 if lang == "zh" else 1
    for one in report.found:
        rests = _counted(one.items, one.groups, at)
        verdict = VERDICTS[one.verdict][at]
        yield figure_name(one, lang), _shown(one.old), _shown(one.new), rests, verdict


def _counted(items: int, groups: int, at: int) -> str:
    if at == 0:
        return f"{items} 条，{groups} 个品牌" if groups else f"{items} 条"
    return f"{items} posts of {groups} brand(s)" if groups else f"{items} texts"


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def report_head(report: TrainReport, lang: str) -> list[str]:
    """What was read and held out, before the table."""
    zh = lang == "zh"
    lines = list(report.notes)
    for file, count in report.skipped.items():
        lines.append(
            f"{file}：{count} 行没有用上（原因见上）" if zh else f"{file}: {count} rows left out (why: see above)"
        )
    start = report.started_from
    if zh:
        lines.append(
            f"起点：{'从零开始' if start is None else f'模型 {start}'}；标注 {report.posts} 条帖子（{report.brands} 个品牌）、{report.texts} 条文本"
        )
        lines.append(
            f"留出不学：{report.held_posts} 条帖子（{report.held_brands} 个品牌）、{report.held_texts} 条文本；稳住原模型的语料 {report.kept} 条；用时 {report.seconds:.0f} 秒"
        )
    else:
        lines.append(
            f"start: {'nothing' if start is None else f'model {start}'}; labels: {report.posts} posts of {report.brands} brand(s), {report.texts} texts"
        )
        lines.append(
            f"held out, not learned from: {report.held_posts} posts of {report.held_brands} brand(s), {report.held_texts} texts; "
            f"held in place by {report.kept} of our corpus; {report.seconds:.0f} s"
        )
    return lines + _doubts(report, zh)


def _doubts(report: TrainReport, zh: bool) -> list[str]:
    """What makes the figures say less than they seem to."""
    lines = []
    if report.posts and report.held_posts < FEW:
        told = (report.held_posts, report.held_brands)
        lines.append(
            "留出部分只有 {} 条帖子（{} 个品牌）：太少，无法判断".format(*told) if zh
            else "{} held-out posts of {} brand(s): too few to tell".format(*told)
        )  # fmt: skip
    if report.held_posts and not report.whole_brands:
        lines.append(
            "品牌不足 5 个，只能按帖留出：同一品牌的帖子两边都有，数字偏好看" if zh
            else "fewer than 5 brands: posts of one brand stand on both sides, which flatters the figures"
        )  # fmt: skip
    if report.seen:
        lines.append(
            f"留出的帖子中有 {report.seen} 条现用模型以前学过：对它们的数字偏好看" if zh
            else f"the model in use learned from {report.seen} of the held-out posts before: they flatter it"
        )  # fmt: skip
    return lines


def report_record(report: TrainReport) -> dict[str, Any]:
    """The report for programs."""
    return {
        "labels": {"posts": report.posts, "brands": report.brands, "texts": report.texts},
        "held_out": {
            "posts": report.held_posts, "brands": report.held_brands, "texts": report.held_texts,
            "whole_brands": report.whole_brands, "learned_before_by_the_model_in_use": report.seen,
        },
        "kept": report.kept,
        "started_from": report.started_from,
        "in_use": report.in_use,
        "skipped": dict(report.skipped),
        "notes": list(report.notes),
        "seconds": round(report.seconds, 1),
        "figures": [
            {
                "figure": c.name, "part": c.part or "labels", "in_use": c.old, "new": c.new, "items": c.items,
                "brands": c.groups, "verdict": c.verdict,
            }
            for c in report.found
        ],
    }  # fmt: skip


def worse_names(found: Sequence[Compared], lang: str) -> str:
    join = "、" if lang == "zh" else ", "
    return join.join(f"{figure_name(c, lang)} {_shown(c.old)} → {_shown(c.new)}" for c in found)
