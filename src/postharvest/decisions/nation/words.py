"""The words of the nation's report, English and Chinese."""

import re
from collections.abc import Mapping

MEASURES: Mapping[str, tuple[str, str]] = {
    "rescued_kg_online": ("Rescued online, kg a month", "线上售出，每月公斤"),
    "waste_kg": ("Left to rot, kg a month", "损耗，每月公斤"),
    "gmv_yuan": ("GMV, yuan a month", "成交额，每月元"),
    "growers_net_yuan": ("Growers' net from their surpluses, yuan a month", "农户净得，每月元"),
    "growers_gain_yuan": (
        "Growers' gain over no programme, yuan a month",
        "农户比没有项目多得，每月元",
    ),
    "uplift_yuan": (
        "Uplift over the local merchant's price, yuan a month",
        "比当地收购价多得，每月元",
    ),
    "wages_yuan": ("Packers' wages, yuan a month", "打包工钱，每月元"),
    "access_smallholders_share_2h": (
        "Rural households within 2 h of a base",
        "两小时内有产地仓的农户",
    ),
    "access_smallholders_share_3h": (
        "Rural households within 3 h of a base",
        "三小时内有产地仓的农户",
    ),
    "access_smallholders_share_4h": (
        "Rural households within 4 h of a base",
        "四小时内有产地仓的农户",
    ),
    "delivery_hours_p50": ("Delivery hours, half of parcels", "送达小时，半数包裹"),
    "delivery_hours_p90": ("Delivery hours, nine in ten parcels", "送达小时，九成包裹"),
    "choice_produce_per_week": (
        "Kinds of produce that reach a county fresh in a week",
        "每周新鲜送达一县的品种数",
    ),
    "households_reached_share": ("Rural households that sold at least once", "至少卖过一次的农户"),
    "surplus_kg": ("Surplus, kg a month", "滞销量，每月公斤"),
    "rescued_kg_wholesaler": ("Taken by merchants, kg a month", "商贩收走，每月公斤"),
    "waste_avoided_kg": (
        "Waste avoided against no programme, kg a month",
        "比没有项目少损耗，每月公斤",
    ),
}
SCENARIOS: Mapping[str, tuple[str, str]] = {
    "no_programme": ("No programme", "没有项目"),
    "pilots_only": ("The two pilots", "仅两个试点"),
    "people_hours": ("150 bases: least hours", "150 仓：路程最短"),
    "surplus_first": ("150 bases: most surplus", "150 仓：滞销最多"),
    "by_chance": ("150 bases: by chance", "150 仓：随机"),
    "your_plan": ("Your plan", "你的方案"),
}
LEVERS: Mapping[str, tuple[str, str]] = {
    "surplus_share": ("share of the harvest that is offered", "收成中拿来卖的份额"),
    "participation": ("growers who take part", "参加的农户"),
    "reach_hours": ("hours a base reaches", "产地仓的辐射小时"),
    "reference_price": ("price buyers accept", "买家接受的价格"),
    "reference_demand": ("demand a kilogram offered", "每公斤供给的需求"),
    "online_share": ("online share of the market", "线上占市场的份额"),
    "labour_share_available": ("people who come to pack", "来打包的人"),
    "hub_parcels_per_day_per_1000_people": ("parcels post offices can take", "邮局可收的包裹"),
    "base_parcels_per_day": ("parcels a base can take", "产地仓可收的包裹"),
    "shelf_gain_days": ("days won by cooling", "预冷赢得的天数"),
    "postage": ("cheaper postage", "更低的邮费"),
    "labour_wage_base": ("lower wages", "更低的工钱"),
}
CHECKS: Mapping[str, str] = {
    "persimmons: kg sold online in 10 days": "柿子：10 天线上售出公斤",
    "cane: kg sold in 10 days": "甘蔗：10 天售出公斤",
    "cane: packers a day": "甘蔗：每天打包人数",
    "cane: share sold online": "甘蔗：线上售出的份额",
    "mean hours, all": "平均小时，全部",
    "mean hours, east": "平均小时，东部",
    "mean hours, central": "平均小时，中部",
    "mean hours, west": "平均小时，西部",
    "within 72 hours": "72 小时内送达",
    "population of the counties": "各县人口",
    "rural population": "农村人口",
    "spare parcels a year of all post offices": "全部邮局每年可再收的包裹",
    "online market of fresh produce a year": "生鲜线上市场，每年",
}
"""The checks that have a name of their own, in Chinese."""
_HARVEST = re.compile(r"harvest of (\w+) in (\d+) by the rule")
PLAIN: Mapping[str, tuple[str, str]] = {
    "title": ("The nation, simulated", "全国模拟"),
    "lead": (
        "{years} years, {worlds} worlds, {provinces} provinces. Lines are middles, veils reach "
        "from the 5th to the 95th of a hundred worlds. "
        "All programmes meet the same harvests and weather.",
        "{years} 年、{worlds} 个世界、{provinces} 个省。线为中位，阴影为 5% 至 95%。"
        "各方案面对同样的收成和天气。",
    ),
    "year": ("year {year}", "第 {year} 年"),
    "last": ("The last year", "最后一年"),
    "paths": ("Paths", "路径"),
    "goal": (
        "What would have to be true for {goal} yuan a year",
        "要达到每年 {goal} 元，必须成立的条件",
    ),
    "goal_note": (
        "A condition, not a forecast. The middle world sells {now} yuan in year 5.",
        "这是条件，不是预测。中位世界第 5 年成交 {now} 元。",
    ),
    "goal_three": (
        "Three assumptions carry it: {three}. These three alone would each have to be {factor} "
        "times what is assumed (up to their ceilings).",
        "由三个假设支撑：{three}。仅靠这三个，每个都要是现假设的 {factor} 倍（不超过各自上限）。",
    ),
    "goal_never": (
        "Three assumptions carry it: {three}. However far these three bend, they reach {most} yuan "
        "at most: more has to change.",
        "由三个假设支撑：{three}。这三个无论怎么变，最多 {most} 元：还须改变别的。",
    ),
    "goal_all": (
        "All {count} levers together would each have to be {factor} times.",
        "全部 {count} 个条件一起，每个要 {factor} 倍。",
    ),
    "lever": ("assumption", "假设"),
    "now": ("% more sales per % now", "现在每变 1% 成交变 %"),
    "there": ("the same at the goal", "到目标处"),
    "part": ("part of the way", "所占路程"),
    "provinces": (
        "Provinces, last year, 150 bases by least hours",
        "各省，最后一年，150 仓路程最短",
    ),
    "province": ("province", "省"),
    "validation": ("Held against what is known", "与已知数字对照"),
    "figure": ("figure", "数字"),
    "simulated": ("simulated (5 % to 95 %)", "模拟（5% 至 95%）"),
    "known": ("known", "已知"),
    "verdict": ("verdict", "结论"),
    "agrees": ("agrees", "相符"),
    "differs": ("differs", "不符"),
    "given": ("fitted to it", "由此拟合"),
    "assumptions": ("Assumptions", "假设"),
    "value": ("value (low to high)", "值（低至高）"),
    "source": ("status and source", "状态与来源"),
    "bases": ("bases", "仓数"),
    "check": (
        "Check: seed {seed}, inputs {hash}, version {version}.",
        "复核：种子 {seed}，输入 {hash}，版本 {version}。",
    ),
}


def say(table: Mapping[str, tuple[str, str]], key: str, lang: str) -> str:
    """Return a word in a language; the key itself where there is none."""
    pair = table.get(key)
    return key if pair is None else pair[lang == "zh"]


def of_a_year(measure: str, lang: str) -> str:
    """Return the name of a measure for a year's sum: the paths are by month."""
    return say(MEASURES, measure, lang).replace(" a month", "").replace("每月", "")


def check_said(name: str, lang: str) -> str:
    """Return the name of a check in a language."""
    if lang != "zh":
        return name
    harvest = _HARVEST.fullmatch(name)
    if harvest is not None:
        return "按规则推算的收成：{}，{}".format(*harvest.groups())
    return CHECKS.get(name, name)
