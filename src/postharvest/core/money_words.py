"""Amounts in the capital numerals that Chinese vouchers require."""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_GROUP = 10_000


def in_capitals(amount_fen: int) -> str:
    """Write fen in words: 100,203 fen is 壹仟零贰元零叁分."""
    if amount_fen == 0:
        return "零元整"
    sign, fen = ("负", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    yuan, rest = divmod(fen, 100)
    tens, ones = divmod(rest, 10)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{sign}{whole}整"
    jiao = f"{_DIGITS[tens]}角" if tens else ("零" if whole else "")
    return f"{sign}{whole}{jiao}" + (f"{_DIGITS[ones]}分" if ones else "整")


def _whole(number: int) -> str:
    groups = []
    while number:
        number, part = divmod(number, _GROUP)
        groups.append(part)
    out = ""
    for n in range(len(groups) - 1, -1, -1):
        part = groups[n]
        if not part:
            continue
        gap = bool(out) and (part < _GROUP // 10 or not groups[n + 1])
        out += ("零" if gap else "") + _thousands(part) + _GROUPS[n]
    return out


def _thousands(part: int) -> str:
    out, zero = "", False
    for n in range(3, -1, -1):
        digit = part // 10**n % 10
        if not digit:
            zero = bool(out)
            continue
        out += ("零" if zero else "") + _DIGITS[digit] + _UNITS[n]
        zero = False
    return out
