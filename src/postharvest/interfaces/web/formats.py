"""Numbers, money, weights and time as people read them, in the language of the page."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from postharvest.core.units import GRAMS_PER_JIN, GRAMS_PER_KG

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_ZH_STEPS = ((10**8, "亿"), (10**4, "万"))
_EN_STEPS = ((10**9, "bn"), (10**6, "M"), (10**3, "k"))
_ENOUGH_FOR_SHORT = 100_000
_TONNE_G = 1_000_000


def in_chinese() -> bool:
    """Whether the page is in Chinese."""
    return (get_language() or "zh").startswith("zh")


def number(value: float | Decimal, places: int = 0) -> str:
    """Write with thousands separators, at most so many places, no idle zeros."""
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short(value: float) -> str:
    """Write a large number with 万, 亿 or k, M; smaller ones in full."""
    if abs(value) < _ENOUGH_FOR_SHORT:
        return number(value)
    for size, name in _ZH_STEPS if in_chinese() else _EN_STEPS:
        if abs(value) >= size:
            return f"{number(value / size, 1 if abs(value) < 100 * size else 0)} {name}"
    return number(value)


def money(amount_fen: int) -> str:
    """Yuan to the fen."""
    sign = "−" if amount_fen < 0 else ""
    return f"{sign}¥{abs(amount_fen) // 100:,}.{abs(amount_fen) % 100:02d}"


def short_money(amount_fen: float) -> str:
    """Yuan rounded, with 万 or k where that is easier to read."""
    sign = "−" if amount_fen < 0 else ""
    return f"{sign}¥{short(abs(amount_fen) / 100)}"


def yuan(amount: float, places: int = 2) -> str:
    """Write an engine's yuan with a fixed number of places."""
    sign = "−" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.{places}f}"


def kilograms(weight_g: float) -> str:
    """Write grams as kilograms."""
    return _("%(kg)s kg") % {"kg": number(weight_g / GRAMS_PER_KG, 1)}


def weight(weight_g: float) -> str:
    """Write grams as kilograms, or tonnes from ten tonnes on."""
    if abs(weight_g) >= 10 * _TONNE_G:
        return _("%(t)s t") % {"t": number(weight_g / _TONNE_G, 1)}
    return kilograms(weight_g)


def jin(weight_g: float) -> str:
    """Write grams in jin, the weight that villages speak."""
    return _("%(jin)s jin") % {"jin": number(weight_g / GRAMS_PER_JIN, 1)}


def percent(share: float, places: int = 0) -> str:
    """Write a share of one in percent; never 100 % for what is not all."""
    value = Decimal(str(share * 100)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    if value == 100 and share < 1:  # noqa: PLR2004  (per cent)
        return f"{100 - 10.0**-places:g}+%" if places else "99.9%"
    return f"{value}%"


def day(value: date | datetime) -> str:
    """Write a day of this or a near year."""
    local = _local(value)
    return f"{local.month} 月 {local.day} 日" if in_chinese() else f"{local:%-d} {_month(local)}"


def months(first: int, last: int) -> str:
    """Write the months from one to another; a whole year as such."""
    if (last - first) % 12 == 11:  # noqa: PLR2004  (all twelve)
        return _("all year")
    if in_chinese():
        return f"{first} 月" if first == last else f"{first}–{last} 月"
    one, other = _MONTHS[first - 1], _MONTHS[last - 1]
    return one if first == last else f"{one}–{other}"


def month_name(month: int) -> str:
    """Write one month."""
    return months(month, month)


def full_day(value: date | datetime) -> str:
    """Write a day with its year."""
    local = _local(value)
    return f"{local.year} 年 {day(value)}" if in_chinese() else f"{day(value)} {local.year}"


def at_time(value: datetime) -> str:
    """Write the time of day in China."""
    return f"{timezone.localtime(value):%H:%M}"


def moment(value: datetime) -> str:
    """Write day and time."""
    return f"{day(value)} {at_time(value)}"


def span(value: timedelta) -> str:
    """Write how long: days, or hours and minutes."""
    minutes = max(0, int(value.total_seconds()) // 60)
    hours, rest = divmod(minutes, 60)
    days = hours // 24
    if days >= 2:  # noqa: PLR2004  (under two days hours say more)
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    if hours:
        return _("%(h)s h %(m)s min") % {"h": hours, "m": rest}
    return _("%(m)s min") % {"m": rest}


def _local(value: date | datetime) -> date:
    return timezone.localtime(value) if isinstance(value, datetime) else value


def _month(value: date) -> str:
    return _MONTHS[value.month - 1]
