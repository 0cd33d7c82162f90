from hypothesis import given
from hypothesis import strategies as st

from drill.fields import parse_duration


def test_durations_that_people_write() -> None:
    assert parse_duration("3m05s") == 185
    assert parse_duration("90s") == 90
    assert parse_duration("1h 2m") == 3720
    assert parse_duration("1.5s") == 1.5
    assert parse_duration(12) == 12
    for wrong in ("", "soon", "3 minutes", "5m3", True, -1, "m", None):
        assert parse_duration(wrong) is None


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
