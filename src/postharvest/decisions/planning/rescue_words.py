"""The sentences of the rescue plan's one page, in English and Chinese.

Django's catalogues are not loaded here: the command line prints this page without Django.
"""

from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Rescue plan: {kg:,.0f} kg of {produce}, {days} days from {start}",
        "online": "Sell at {team} yuan a {pack} box in a team ({solo} alone): {kg:,.0f} kg online "
        "({share:.0%}), {outlet:,.0f} kg to field buyers, {left:,.0f} kg stay in the field.",
        "offline": "Don't sell online: after postage, boxes and wages nothing would be left. "
        "{outlet:,.0f} kg go to field buyers, {left:,.0f} kg stay in the field.",
        "stopped": "Nothing can be sold online: {why}. "
        "{outlet:,.0f} kg go to field buyers, {left:,.0f} kg stay in the field.",
        "and": " and ",
        "stop_people": "there is nobody to pack on any day",
        "stop_closed_days": "every point is closed on every day",
        "stop_post_office": "the post office takes no parcels",
        "stop_lanes": "no lane takes a parcel",
        "stop_demand": "nobody wants to buy",
        "stop_shelf_life": "it keeps {there_is:g} days; the nearest buyers could be reached in "
        "time only if it kept {lacking:g} days longer",
        "bulk": "{name} takes {kg:,.0f} kg in bulk on days {days} at {price:g} yuan a kg "
        "({net:.2f} after freight and loading).",
        "keeps": "Growers keep {net:,.0f} yuan, {per_kg:.2f} a kg; selling nothing online they "
        "would keep {base:,.0f}.",
        "proof": "Within {gap:.2%} of the best possible under these numbers (bound {bound:,.0f}).",
        "price_of_rules": "The house's rules on fairness and wages cost growers {yuan:,.0f} yuan.",
        "choice": "The choice",
        "choice_head": "goal | price | growers keep | cleared | points | most people a day | "
        "expected (1 in 20 worse) | clears | wages",
        "income": "most income",
        "at_price": "most income at {price:g}",
        "clear": "clear {share:.0%}",
        "points": "Packing points",
        "points_head": "point | from day | days open | most people | person-days",
        "cartons": "Order today: {cartons}.",
        "wages": "Wages {wages:,.0f} yuan for {days:,.0f} person-days.",
        "sheet": "Each day",
        "sheet_head": "day | people | kg cut | boxes packed | kg to field buyers",
        "zones": "Where it goes",
        "zones_head": "zone | kg | boxes | days on the road",
        "too_late": "{zone} is not offered: {late:.0%} of the parcels would arrive with less than "
        "{promise:g} days of life left.",
        "postage": "{zone} is not offered: postage would eat up the price "
        "({margin:.2f} yuan a kg left).",
        "better_elsewhere": "{zone} gets nothing: what there is sells better elsewhere.",
        "growers": "Villages",
        "growers_head": "lot | kg | online | to field buyers | cut on days | expected payment",
        "help": "What would help most",
        "help_people": "{amount} more packers at {where} on day {day} are worth {worth:,.0f} yuan.",
        "help_hub": "{amount} more parcels through the post office on day {day} are worth "
        "{worth:,.0f} yuan.",
        "help_point_parcels": "{amount} more parcels out of {where} on day {day} are worth "
        "{worth:,.0f} yuan.",
        "help_demand": "A tenth more demand is worth about {worth:,.0f} yuan.",
        "help_postage": "A tenth off the postage is worth {worth:,.0f} yuan.",
        "help_surplus_kg": "1,000 kg more at {where} would bring {worth:,.0f} yuan.",
        "risk": "Risk",
        "risk_mean": "Expect {mean:,.0f} yuan ({p5:,.0f} in one world of twenty, {p50:,.0f} in the "
        "middle, {p95:,.0f} in the best twentieth); {p_clear:.0%} chance that {clear:.0%} is "
        "cleared. Followed blindly it would be {blind:,.0f}. {scenarios:,} drawn worlds.",
        "flip_postage": "Postage may be {factor:.2f} times as dear before selling online stops "
        "paying.",
        "flip_demand": "Demand may be {factor:.2f} times what is assumed before selling online "
        "stops paying.",
        "flip_wages": "Wages may be {factor:.2f} times as high before selling online stops paying.",
        "watch": "Plan again when orders stray more than 15 % from the day's figure, a road or a "
        "point closes, or a fifth of the packers stay away. Accepted orders and announced shifts "
        "stay.",
        "baselines": "Against",
        "nothing_online": "nothing online",
        "normal_season": "a normal season",
        "left_in_the_field": "all left in the field",
        "assumed": "Assumed numbers",
        "assumed_head": "field | value | unit | source | as of",
        "chart_demand": "Kilograms by day: packed and taken by field buyers",
        "chart_people": "People by day",
        "chart_frontier": "Income against share cleared",
        "chart_money": "What the buyers pay and where it goes (yuan)",
        "yuan": "yuan",
    },
    "zh": {
        "title": "抢销方案：{produce} {kg:,.0f} 公斤，自 {start} 起 {days} 天",
        "online": "{pack} 装团购价 {team} 元（单买 {solo} 元）："
        "网上卖 {kg:,.0f} 公斤（{share:.0%}），"
        "地头收购 {outlet:,.0f} 公斤，留在地里 {left:,.0f} 公斤。",
        "offline": "不要上网卖：扣除邮费、包装和工钱后没有剩余。地头收购 {outlet:,.0f} 公斤，"
        "留在地里 {left:,.0f} 公斤。",
        "stopped": "没法上网卖：{why}。地头收购 {outlet:,.0f} 公斤，留在地里 {left:,.0f} 公斤。",
        "and": "，",
        "stop_people": "哪一天都没有人打包",
        "stop_closed_days": "每个打包点每天都不开",
        "stop_post_office": "邮政网点不收包裹",
        "stop_lanes": "没有线路收包裹",
        "stop_demand": "没有人要买",
        "stop_shelf_life": "只能存放 {there_is:g} 天；再多放 {lacking:g} 天，"
        "最近的买家才来得及送到",
        "bulk": "大宗卖给 {name}：{kg:,.0f} 公斤，第 {days} 天，每公斤 {price:g} 元"
        "（扣运费和装车后 {net:.2f} 元）。",
        "keeps": "农户净得 {net:,.0f} 元，每公斤 {per_kg:.2f} 元；不上网卖只得 {base:,.0f} 元。",
        "proof": "按这些数字，离可能的最好结果不超过 {gap:.2%}（上界 {bound:,.0f} 元）。",
        "price_of_rules": "公平和工钱规则让农户少得 {yuan:,.0f} 元。",
        "choice": "可选方案",
        "choice_head": "目标 | 价格 | 农户净得 | 清货 | 打包点 | 每天最多人数 | "
        "预期（二十分之一更差） | 清货把握 | 工钱",
        "at_price": "定价 {price:g} 元时收入最高",
        "income": "收入最多",
        "clear": "清货 {share:.0%}",
        "points": "打包点",
        "points_head": "打包点 | 第几天起 | 开放天数 | 最多人数 | 人工日",
        "cartons": "今天要订的箱子：{cartons}。",
        "wages": "工钱 {wages:,.0f} 元，共 {days:,.0f} 个人工日。",
        "sheet": "每天安排",
        "sheet_head": "天 | 人数 | 采收公斤 | 打包箱数 | 地头收购公斤",
        "zones": "发往哪里",
        "zones_head": "区域 | 公斤 | 箱 | 在途天数",
        "too_late": "不发 {zone}：{late:.0%} 的包裹到达时剩余保鲜期不足 {promise:g} 天。",
        "postage": "不发 {zone}：邮费吃掉售价（每公斤剩 {margin:.2f} 元）。",
        "better_elsewhere": "{zone} 不分货：别处卖得更好。",
        "growers": "各村",
        "growers_head": "批次 | 公斤 | 网上 | 地头收购 | 采收日 | 预计收款",
        "help": "最有用的改善",
        "help_people": "第 {day} 天 {where} 多 {amount} 名打包工，值 {worth:,.0f} 元。",
        "help_hub": "第 {day} 天邮局多发 {amount} 件，值 {worth:,.0f} 元。",
        "help_point_parcels": "第 {day} 天 {where} 多发 {amount} 件，值 {worth:,.0f} 元。",
        "help_demand": "需求多一成，约值 {worth:,.0f} 元。",
        "help_postage": "邮费降一成，值 {worth:,.0f} 元。",
        "help_surplus_kg": "{where} 多 1,000 公斤，可多得 {worth:,.0f} 元。",
        "risk": "风险",
        "risk_mean": "预期 {mean:,.0f} 元（二十分之一的情形低于 {p5:,.0f}，中位 {p50:,.0f}，"
        "最好的二十分之一高于 {p95:,.0f}）；清货 {clear:.0%} 的把握 {p_clear:.0%}。"
        "若照搬不调整，只有 {blind:,.0f} 元。模拟 {scenarios:,} 次。",
        "flip_postage": "邮费涨到 {factor:.2f} 倍，上网卖就不划算。",
        "flip_demand": "需求只有假设的 {factor:.2f} 倍，上网卖就不划算。",
        "flip_wages": "工钱涨到 {factor:.2f} 倍，上网卖就不划算。",
        "watch": "订单偏离当天数字 15 % 以上、道路或打包点关闭、五分之一打包工不来时，重新安排。"
        "已接的订单和已通知的班次不变。",
        "baselines": "对比",
        "nothing_online": "不上网卖",
        "normal_season": "正常年景",
        "left_in_the_field": "全部留在地里",
        "assumed": "所用假设",
        "assumed_head": "项目 | 数值 | 单位 | 来源 | 截至",
        "chart_demand": "每天公斤数：打包与地头收购",
        "chart_people": "每天人数",
        "chart_frontier": "收入与清货比例",
        "chart_money": "买家付的钱到哪里去了（元）",
        "yuan": "元",
    },
}

ITEM_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "orders": "buyers pay (less fees)",
        "outlets": "field and bulk buyers pay",
        "bulk_freight": "freight to bulk buyers",
        "bulk_labour": "loading for bulk buyers",
        "postage": "postage",
        "refunds": "late refunds",
        "material": "boxes",
        "haul_to_post": "haul to the post office",
        "harvest": "harvest",
        "haul_to_point": "haul to the points",
        "wages": "wages",
        "labour_travel": "packers' way to work",
        "set_up": "setting points up",
        "day_costs": "points, by day",
    },
    "zh": {
        "orders": "买家付款（扣平台费）",
        "outlets": "地头和大宗收购款",
        "bulk_freight": "大宗运费",
        "bulk_labour": "大宗装车工钱",
        "postage": "邮费",
        "refunds": "迟到赔付",
        "material": "包装",
        "haul_to_post": "运到邮局",
        "harvest": "采收",
        "haul_to_point": "运到打包点",
        "wages": "工钱",
        "labour_travel": "打包工路费",
        "set_up": "设点",
        "day_costs": "打包点日费",
    },
}


def say(lang: str, key: str, **facts: Any) -> str:  # noqa: ANN401  whatever the sentence needs
    """Return one sentence of the page in a language."""
    return WORDS[lang][key].format(**facts)
