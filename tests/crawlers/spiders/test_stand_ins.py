"""The way every spider is tested: a stand-in that grows, walls up and misbehaves, and polls in a child process."""

from __future__ import annotations

from records.mention import Platform
from tests.crawlers.standing import PollWorker, post, standing


def test_the_control_query_tells_calm_from_blindness(make_polls) -> None:
    polls: PollWorker = make_polls()
    with standing(post("云杉茶饮 上新", platform=Platform.WEIBO)) as world:
        calm = polls.look(world, Platform.WEIBO, "没人说过的话", control="天气")
        assert (calm["outcome"], calm["control"]) == ("empty", "passed")
        seen = polls.look(world, Platform.WEIBO, control="天气")
        assert (seen["outcome"], seen["control"], len(seen["mentions"])) == ("items", "", 1)
