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


def test_an_empty_list_with_status_200_is_blindness(make_polls) -> None:
    with standing(post("云杉茶饮 上新", platform=Platform.WEIBO)) as world:
        world.misbehave(Platform.WEIBO, "empty")
        blind = make_polls().look(world, Platform.WEIBO, control="天气")
    assert (blind["outcome"], blind["control"]) == ("suspect", "failed")
    assert "天气" in blind["detail"]


def test_a_renamed_key_is_a_changed_layout_and_broken_bytes_are_no_silence(polls: PollWorker) -> None:
    with standing(post("云杉茶饮 上新", platform=Platform.WEIBO)) as world:
        outcomes = {}
        for kind in ("changed", "truncated", "charset", "counts", "userless", "drip", "down", "blank", "slow"):
            world.misbehave(Platform.WEIBO, kind)
            outcomes[kind] = polls.look(world, Platform.WEIBO)["outcome"]
    assert outcomes["changed"] == "changed" and outcomes["truncated"] == "network", outcomes
    assert not {"empty"} & set(outcomes.values()), outcomes
    assert outcomes["drip"] == outcomes["counts"] == outcomes["slow"] == "items", outcomes
