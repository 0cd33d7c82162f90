"""The scenario of a drill (演练, P11): an invented brand, its posts on a story clock, and what the crisis group does.

Text in, scenario and located problems out; no I/O and no clock. Times are seconds of *story time* from the start of the
story; the server divides them by its speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drill.fields import Fields
from drill.parts import (
    Account,
    GroupScript,
    Growth,
    Member,
    ScriptedPress,
    ScriptedStep,
    parse_group,
    parse_members,
)
from records.errors import Problem
from records.located import parse_yaml
from records.mention import COUNT_NAMES, Media, Platform, Verified

__all__ = [
    "PLATFORMS",
    "Account",
    "Comment",
    "Edit",
    "GroupScript",
    "Growth",
    "Member",
    "Post",
    "Scenario",
    "ScriptedPress",
    "ScriptedStep",
    "parse_scenario",
]

PLATFORMS = tuple(p for p in Platform if p not in (Platform.TWITTER, Platform.IMPORT))
"""Platforms that the drill's server can speak."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """One invented comment under a post."""

    at: float
    """Seconds of story time after the start at which it appears."""
    author: Account
    text: str
    likes: int = 0
    region: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """The author changes the words."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One invented post."""

    at: float
    """Seconds of story time after the start at which it appears."""
    platform: Platform
    author: Account
    text: str
    title: str | None = None
    region: str | None = None
    """Province in its short form, as the platform's IP label would show it."""
    media: frozenset[Media] = frozenset()
    long: bool = False
    """Search shows only its beginning; the whole text takes a second request (Weibo)."""
    metrics: Mapping[str, int] = field(default_factory=dict)
    """Figures at the end of the story, names as in ``records.mention.COUNT_NAMES``; what is absent is not shown."""
    growth: Growth = Growth.BURST
    complaint: bool = False
    """Truth: a complaint that blames the brand (rubric: topicality 4 or more, target brand)."""
    crisis: bool = False
    """Truth: belongs to the crisis of the story."""
    comments: tuple[Comment, ...] = ()
    edit: Edit | None = None
    deleted: float | None = None
    """Second of story time from which the platform says that it is gone."""
    surfaces: float | None = None
    """Second of story time from which searches list it, later than its published time says (``at``)."""

    @property
    def listed_at(self) -> float:
        return self.at if self.surfaces is None else self.surfaces

    def is_deleted(self, story: float) -> bool:
        return self.deleted is not None and self.deleted <= story

    @property
    def full_text(self) -> str:
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    name: str
    title: Mapping[str, str]
    """Language ("zh", "en") → one line that says what the drill is about."""
    brand: str
    aliases: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """Companion words that show another meaning of the brand's name."""
    official_accounts: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    """What the drill's sources are asked for, each a brand's name with or without a complaint word (W1)."""
    duration: float
    """Seconds of story time after which the figures stop growing and the group's time is up."""
    posts: tuple[Post, ...]
    """In the order of their appearing."""
    people: tuple[Member, ...] = ()
    group: GroupScript = field(default_factory=GroupScript)

    @property
    def names(self) -> tuple[str, ...]:
        """The brand's own words: name, aliases, products."""
        return (self.brand, *self.aliases, *self.products)

    def about_brand(self, post: Post) -> bool:
        """Names the brand by its full name: what a search for it can find."""
        return self.brand in post.full_text


def parse_scenario(text: str, file: str) -> tuple[Scenario | None, list[Problem]]:
    """Read a scenario file.

    Returns:
        (scenario, problems): the scenario is None where there is any problem; all problems are found at once and name
        their line and what is accepted.
    """
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    top = Fields(document, file, "the scenario", problems, 1)
    if not top.node:
        return None, problems or [Problem(file=file, line=1, what="the scenario is empty: a mapping is accepted")]
    top.only("name", "title", "brand", "queries", "duration", "people", "group", "posts")
    titles = top.inner("title", "title")
    if titles:
        titles.only("zh", "en")
    brand = top.inner("brand", "brand")
    if brand:
        brand.only("name", "aliases", "products", "rivals", "excluded", "official_accounts")
    duration = top.duration("duration")
    people = parse_members(top)
    group = parse_group(top, people)
    posts = _posts(top, duration)
    name = brand.text("name") if brand else ""
    scenario = Scenario(
        name=top.text("name"),
        title={lang: titles.text(lang) for lang in ("zh", "en")} if titles else {},
        brand=name,
        aliases=brand.texts("aliases") if brand else (),
        products=brand.texts("products") if brand else (),
        rivals=brand.texts("rivals") if brand else (),
        excluded=brand.texts("excluded") if brand else (),
        official_accounts=brand.texts("official_accounts") if brand else (),
        queries=top.texts("queries") or (name,),
        duration=duration,
        posts=tuple(sorted(posts, key=lambda p: p.at)),
        people=people,
        group=group,
    )
    return (None, problems) if problems else (scenario, [])


def _posts(top: Fields, duration: float) -> list[Post]:
    posts: list[Post] = []
    accounts: dict[tuple[str, str], Account] = {}
    texts: dict[str, int | None] = {}
    for item in top.each("posts", "post"):
        post = _post(item)
        if post.at > duration > 0:
            item.note(f"at of {item.where} is after the end of the story: at most {duration:g}s is accepted", "at")
        known = accounts.setdefault((post.platform, post.author.name), post.author)
        if known != post.author:
            item.note(
                f'author "{post.author.name}" of {item.where} has other followers or another badge than before: one '
                "account has the same figures in all its posts",
                "author",
            )
        if post.full_text in texts:
            item.note(
                f"text of {item.where} stands already at line {texts[post.full_text]}: every post has its own words"
            )
        texts.setdefault(post.full_text, item.line)
        posts.append(post)
    if top.has("posts") and not posts and not top.problems:
        top.note("posts is empty: at least one post is needed", "posts")
    return posts


def _post(item: Fields) -> Post:
    item.only(
        "at",
        "platform",
        "author",
        "title",
        "text",
        "region",
        "media",
        "long",
        "metrics",
        "growth",
        "complaint",
        "crisis",
        "comments",
        "edit",
        "deleted",
        "surfaces",
    )
    platform = Platform(item.choice("platform", PLATFORMS, default=PLATFORMS[0]))
    account = Account(name="")
    author = item.inner("author", f"author of {item.where}")
    if author:
        author.only("name", "followers", "verified")
        account = Account(
            name=author.text("name"),
            followers=author.whole("followers"),
            verified=Verified(author.choice("verified", Verified, needed=False, default=Verified.NONE)),
        )
    metrics: dict[str, int] = {}
    figures = item.inner("metrics", f"metrics of {item.where}", needed=False)
    if figures:
        figures.only(*COUNT_NAMES)
        metrics = {name: figures.whole(name) for name in COUNT_NAMES if figures.has(name)}
    media = [m for m in item.texts("media") if _media(item, m)]
    long = item.flag("long")
    if long and platform is not Platform.WEIBO:
        item.note(f"long of {item.where} is true: only weibo hides the end of a long text in its search", "long")
    return Post(
        at=item.duration("at"),
        platform=platform,
        author=account,
        text=item.text("text"),
        title=item.text("title", needed=False) or None,
        region=item.text("region", needed=False) or None,
        media=frozenset(Media(m) for m in media),
        long=long,
        metrics=metrics,
        growth=Growth(item.choice("growth", Growth, needed=False, default=Growth.BURST)),
        complaint=item.flag("complaint"),
        crisis=item.flag("crisis"),
        comments=tuple(_comment(c) for c in item.each("comments", f"comment of {item.where}", needed=False)),
        edit=_edit(item),
        deleted=item.duration("deleted") if item.has("deleted") else None,
        surfaces=item.duration("surfaces") if item.has("surfaces") else None,
    )


def _comment(item: Fields) -> Comment:
    item.only("at", "author", "text", "likes", "region")
    return Comment(
        at=item.duration("at"),
        author=Account(name=item.text("author")),
        text=item.text("text"),
        likes=item.whole("likes") if item.has("likes") else 0,
        region=item.text("region", needed=False) or None,
    )


def _edit(item: Fields) -> Edit | None:
    edit = item.inner("edit", f"edit of {item.where}", needed=False)
    if not edit:
        return None
    edit.only("at", "text")
    return Edit(at=edit.duration("at"), text=edit.text("text"))


def _media(item: Fields, value: str) -> bool:
    if value in set(Media):
        return True
    item.note(f"media of {item.where} holds {value!r}: accepted are {', '.join(Media)}", "media")
    return False
