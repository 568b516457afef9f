from datetime import date

import pytest

from waiting_times import weeks_waited


def test_counts_whole_weeks():
    assert weeks_waited(date(2026, 1, 5), date(2026, 3, 2)) == 8


def test_the_clock_stops_at_treatment():
    assert weeks_waited(date(2026, 1, 5), date(2026, 3, 2), treated=date(2026, 1, 20)) == 2


def test_treatment_before_referral_is_an_error():
    with pytest.raises(ValueError):
        weeks_waited(date(2026, 1, 5), date(2026, 3, 2), treated=date(2026, 1, 1))
