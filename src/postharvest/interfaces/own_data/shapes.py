"""The branch's own tables: their columns, in English and Chinese, and what a value has to be."""

from postharvest.core.tables.catalogue import Column, Shape
from postharvest.operations.network.actions.calendar import SHAPE as CALENDAR
from postharvest.operations.network.actions.staff import ROLES

_WAYS = ("bank", "postal", "cash")


def _shape(name: str, zh: str, key: tuple[str, ...], *columns: Column) -> Shape:
    return Shape(
        name=name,
        file="",
        title_en=name,
        title_zh=zh,
        source="the operator",
        licence="the operator's own",
        status="own",
        key=key,
        columns=columns,
    )


def _text(name: str, zh: str, *, required: bool = True, longest: int = 80) -> Column:
    return Column(name=name, zh=zh, kind="text", required=required, longest=longest)


def _number(
    name: str, zh: str, *, required: bool = True, low: float = 0, high: float = 1e9, unit: str = ""
) -> Column:
    return Column(name=name, zh=zh, kind="number", required=required, low=low, high=high, unit=unit)


def _whole(
    name: str, zh: str, *, required: bool = True, low: float = 0, high: float = 1e6
) -> Column:
    return Column(name=name, zh=zh, kind="int", required=required, low=low, high=high)


_LAT = _number("lat", "纬度", low=3, high=54, unit="°")
_LON = _number("lon", "经度", low=73, high=136, unit="°")
_PHONE = Column(name="phone", zh="电话", kind="phone", longest=20)

SHAPES = {
    shape.name: shape
    for shape in (
        _shape(
            "growers", "农户", ("code",),
            _text("code", "编号", longest=40), _text("name", "姓名", longest=60), _PHONE,
            _text("village", "村"),
            Column(name="kind", zh="类别", kind="text", choices=("household", "cooperative")),
            _number("area_mu", "种植面积", required=False, high=100_000, unit="mu"),
        ),
        _shape(
            "payees", "收款人", ("party",),
            _text("party", "编号", longest=40), _text("holder", "户名", longest=60), _PHONE,
            Column(name="way", zh="付款方式", kind="text", required=True, choices=_WAYS),
            Column(name="card", zh="银行卡号", kind="card", longest=30),
            _text("company_account", "对公账号", required=False, longest=30),
            Column(name="resident_id", zh="身份证号", kind="resident", longest=30),
            Column(name="relation", zh="关系", kind="text", choices=("self", "proxy", "heir")),
            _text("proof", "凭证", required=False, longest=120),
        ),
        _shape(
            "staff", "员工", ("username",),
            _text("username", "登录名", longest=60), _text("name", "姓名", longest=60),
            Column(name="role", zh="角色", kind="text", required=True, choices=ROLES),
            Column(name="county", zh="县级代码", kind="code6"),
        ),
        _shape(
            "points", "打包点", ("code",),
            _text("code", "编号", longest=20), _text("name", "名称"), _LAT, _LON,
            _whole("stations", "工位", low=1, high=1000),
            _whole("least_people", "最少人数", high=1000),
            _number("setup_yuan", "布置费", unit="yuan"),
            _number("day_yuan", "每天费用", unit="yuan"),
            _number("haul_yuan_per_t", "到邮局运费", unit="yuan"),
        ),
        _shape(
            "labour", "劳力", ("code",),
            _text("code", "编号", longest=20), _text("village", "村"), _LAT, _LON,
            _whole("people_per_day", "每天人数", high=100_000),
            _number("day_wage_yuan", "日工钱", low=1, high=10_000, unit="yuan"),
        ),
        _shape(
            "people", "打包人员", ("code",),
            _text("code", "编号", longest=40), _text("labour", "劳力编号", longest=20),
            _text("name", "姓名", longest=60), _PHONE,
            Column(name="resident_id", zh="身份证号", kind="resident", required=True, longest=30),
        ),
        _shape(
            "packs", "规格", ("produce", "net_kg"),
            _text("produce", "品种编号", longest=40), _number("net_kg", "净重", low=0.1, high=50),
            _number("material_yuan", "包装费", unit="yuan"),
            _number("packed_kg_per_day", "一人一天打包", low=1, high=100_000),
            _number("demand_share", "需求占比", high=1),
        ),
        _shape(
            "prices", "价格", ("sale", "channel", "net_kg"),
            _whole("sale", "销售编号", low=1), _text("channel", "渠道", required=False, longest=40),
            _number("net_kg", "净重", low=0.1, high=50),
            _number("team_yuan", "拼团价", required=False, unit="yuan"),
            _number("solo_yuan", "单买价", low=0.01, unit="yuan"),
        ),
        _shape(
            "contracts", "农户约定", ("surplus", "grower", "part"),
            _whole("surplus", "上报编号", low=1), _text("grower", "农户编号", longest=40),
            _text("part", "片区", required=False, longest=20),
            Column(
                name="kind", zh="类别", kind="text", required=True, choices=("purchase", "share")
            ),
            _number("kg", "数量", low=0.001), _number("price_yuan", "收购价", required=False),
            _number("floor_yuan", "保底价", required=False),
            _number("advance_yuan", "预付", required=False),
            Column(name="if_unsold", zh="没卖出的", kind="text", choices=("grower", "branch")),
        ),
        CALENDAR,
    )
}  # fmt: skip
"""The branch's own tables by name, in the order in which they are best loaded."""
