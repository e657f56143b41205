from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from postharvest.interfaces.web import formats


@pytest.fixture(params=["zh-hans", "en"])
def language(request):
    with translation.override(request.param):
        yield request.param


def test_money_is_exact_to_the_fen(language):
    assert formats.money(1680) == "¥16.80"
    assert formats.money(-5) == "−¥0.05"
    assert formats.money(123456789) == "¥1,234,567.89"


def test_large_numbers_are_short_in_the_reader_s_steps():
    with translation.override("zh-hans"):
        assert formats.short(1_230_000) == "123 万"
        assert formats.short(438_000_000) == "4.4 亿"
    with translation.override("en"):
        assert formats.short(1_230_000) == "1.2 M"
        assert formats.short(438_000_000) == "438 M"
    assert formats.short(21_406) == "21,406"


def test_weights_are_spoken_as_villages_speak():
    with translation.override("zh-hans"):
        assert formats.jin(2_500_000) == "5,000 斤"
        assert formats.weight(25_000_000) == "25 吨"
        assert formats.kilograms(15_250_000) == "15,250 公斤"
    with translation.override("en"):
        assert formats.jin(2_500_000) == "5,000 jin"


def test_days_and_times_are_china_s():
    at = datetime(2026, 10, 21, 16, 30, tzinfo=UTC)
    with translation.override("zh-hans"):
        assert formats.moment(at) == "10 月 22 日 00:30"
        assert formats.full_day(date(2026, 10, 1)) == "2026 年 10 月 1 日"
    with translation.override("en"):
        assert formats.moment(at) == "22 Oct 00:30"


def test_how_long_is_in_hours_while_they_matter():
    with translation.override("en"):
        assert formats.span(timedelta(hours=5, minutes=42)) == "5 h 42 min"
        assert formats.span(timedelta(days=4, hours=3)) == "4 days"
        assert formats.span(timedelta(seconds=-9)) == "0 min"


def test_almost_all_is_not_all():
    assert formats.percent(1) == "100%"
    assert formats.percent(0.9999) == "99.9%"
    assert formats.percent(0.961) == "96%"
