"""Places, post offices, lanes and what they can carry on a day: everything a parcel moves over."""

from django.db import models
from django.db.models import F, Q

CODE_LENGTH = 12
"""Codes extend GB/T 2260: 6 digits to the county, 9 to the township, 12 to the village."""


class Table(models.Model):
    """Where a reference table's figures come from, and whether they are the operator's own."""

    name = models.CharField(max_length=60, primary_key=True)
    title_en = models.CharField(max_length=200)
    title_zh = models.CharField(max_length=200)
    source = models.TextField()
    licence = models.CharField(max_length=200)
    status = models.CharField(max_length=200)
    rows = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)
    is_operator = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"table {self.name}"


class TableText(models.Model):
    """The operator's own text of a table, gzipped CSV or GeoJSON; what ships stays as it is."""

    table = models.OneToOneField(
        Table, on_delete=models.CASCADE, primary_key=True, related_name="text"
    )
    text_gz = models.BinaryField()

    def __str__(self) -> str:
        return f"text of {self.table_id}"


class Province(models.Model):
    code = models.CharField(max_length=6, primary_key=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"province {self.code} {self.name_en}"


class Prefecture(models.Model):
    """A market: people who buy online, with the weight of their demand."""

    code = models.CharField(max_length=6, primary_key=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    province = models.ForeignKey(Province, on_delete=models.PROTECT, related_name="prefectures")
    lat = models.FloatField()
    lon = models.FloatField()
    population = models.PositiveIntegerField()
    online_demand_weight = models.FloatField()
    income_per_head_yuan = models.PositiveIntegerField()
    status = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"prefecture {self.code} {self.name_en}"


class County(models.Model):
    code = models.CharField(max_length=6, primary_key=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    prefecture = models.ForeignKey(
        Prefecture, on_delete=models.PROTECT, related_name="counties", null=True, blank=True
    )
    province = models.ForeignKey(Province, on_delete=models.PROTECT, related_name="counties")
    lat = models.FloatField()
    lon = models.FloatField()
    coord_source = models.CharField(max_length=60)
    rural_population = models.PositiveIntegerField()
    urban_population = models.PositiveIntegerField()
    households = models.PositiveIntegerField()
    n_villages = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"county {self.code} {self.name_en}"


class Township(models.Model):
    code = models.CharField(max_length=9, primary_key=True)
    name_zh = models.CharField(max_length=60)
    county = models.ForeignKey(
        County, on_delete=models.PROTECT, related_name="townships", null=True, blank=True
    )
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return f"township {self.code} {self.name_zh}"


class Village(models.Model):
    class Kind(models.TextChoices):
        VILLAGE = "village", "Village"
        COMMUNITY = "community", "Community"

    code = models.CharField(max_length=CODE_LENGTH, primary_key=True)
    name_zh = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    township_code = models.CharField(max_length=9, db_index=True)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="villages")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"village {self.code} {self.name_zh}"


class Hub(models.Model):
    """A mail centre under its prefecture's code; level 1 is national, 3 a prefecture's own."""

    code = models.CharField(max_length=6, primary_key=True)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="children", null=True, blank=True
    )
    lat = models.FloatField()
    lon = models.FloatField()
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"hub {self.code} {self.name_en}"


class PlanningDefault(models.Model):
    """What a plan assumes where the branch has not entered its own figure."""

    field = models.CharField(max_length=80, primary_key=True)
    value = models.CharField(max_length=80)
    unit = models.CharField(max_length=120)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    status = models.CharField(max_length=60)
    source = models.CharField(max_length=300)
    source_zh = models.CharField(max_length=300, blank=True)
    as_of = models.CharField(max_length=10, blank=True, help_text="a year, a month or a day")

    def __str__(self) -> str:
        return f"default {self.field}"


class Tariff(models.Model):
    """Postage of one product in one distance zone: a first weight, then steps begun."""

    product = models.CharField(max_length=120)
    zone = models.PositiveSmallIntegerField()
    km_from = models.FloatField()
    km_to = models.FloatField()
    first_kg = models.FloatField()
    first_yuan = models.FloatField()
    step_kg = models.FloatField()
    step_yuan = models.FloatField()
    source = models.TextField()
    status = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "zone"], name="tariff_zone_once"),
        ]

    def __str__(self) -> str:
        return f"tariff {self.product} zone {self.zone}"


class RegionSwitch(models.Model):
    """A province, prefecture or county switched on or off; the latest row of a region holds."""

    code = models.CharField(max_length=6, db_index=True)
    on = models.BooleanField()
    pilot = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"region {self.code} {'on' if self.on else 'off'}"


class Base(models.Model):
    """A sourcing base: the post's foothold in a producing county, and the shard of its hot rows."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        AGREED = "agreed", "Agreed"
        FITTED_OUT = "fitted_out", "Fitted out"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="bases")
    lat = models.FloatField()
    lon = models.FloatField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.CANDIDATE)

    def __str__(self) -> str:
        return f"base {self.code} {self.name_en}"


class BaseStep(models.Model):
    """A state that a base came to, and when: its life, never rewritten."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=12, choices=Base.State.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"base {self.base_id} {self.state}"


class BaseFitting(models.Model):
    """What a base can do: grading, cold room, parcels and kilograms a day."""

    base = models.OneToOneField(
        Base, on_delete=models.CASCADE, primary_key=True, related_name="fitting"
    )
    planned_open_on = models.DateField(null=True, blank=True)
    grading_g_per_day = models.PositiveBigIntegerField(default=0)
    cold_room_g = models.PositiveBigIntegerField(default=0)
    capacity_g_per_day = models.PositiveBigIntegerField(default=0)
    parcels_per_day = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"fitting of base {self.base_id}"


class CatchmentCounty(models.Model):
    """A county whose growers a base serves; no county has two."""

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="catchment")
    county = models.OneToOneField(County, on_delete=models.PROTECT, related_name="served_by")

    def __str__(self) -> str:
        return f"county {self.county_id} served by base {self.base_id}"


class Supplier(models.Model):
    """A grower, co-operative or village that a base has a contract with, for months of a year.

    ``grower`` is the grower's or co-operative's code in the harvest's own books, if it has one.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="suppliers")
    contract_no = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    village = models.CharField(max_length=60)
    grower = models.CharField(max_length=40, blank=True)
    produce_id = models.CharField(max_length=40)
    yearly_g = models.PositiveBigIntegerField()
    first_month = models.PositiveSmallIntegerField()
    last_month = models.PositiveSmallIntegerField()
    floor_fen_per_kg = models.PositiveIntegerField()
    signed_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "contract_no"], name="contract_once_per_base"),
            models.CheckConstraint(
                condition=Q(first_month__range=(1, 12)) & Q(last_month__range=(1, 12)),
                name="supplier_months",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("signed_on")), name="contract_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"contract {self.contract_no} of base {self.base_id}"


class BaseYear(models.Model):
    """A base's year: what was budgeted and planned, and what it cost in the end."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField()
    planned_g = models.PositiveBigIntegerField()
    budget_fen = models.PositiveBigIntegerField()
    spent_fen = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "year"], name="base_year_once"),
        ]

    def __str__(self) -> str:
        return f"{self.year} of base {self.base_id}"


class Branch(models.Model):
    """A post office of a base; the county's carries the day's parcels away."""

    class Kind(models.TextChoices):
        COUNTY = "county", "County post office"
        TOWNSHIP = "township", "Township post office"
        VILLAGE = "village", "Village postal station"

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="branches")
    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="branches")
    lat = models.FloatField()
    lon = models.FloatField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.COUNTY)

    def __str__(self) -> str:
        return f"branch {self.code} {self.name_en}"


class Lane(models.Model):
    """From a post office to a group of markets with the same postage and the same days on the road.

    ``transit_pmf`` is [P(1 day), P(2 days), …] and sums to 1; ``postage_fen`` maps a pack's net
    grams (as text, JSON has no other keys) to fen.
    """

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="lanes")
    origin = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="lanes")
    zone = models.CharField(max_length=40)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    hub = models.ForeignKey(
        Hub, on_delete=models.PROTECT, related_name="lanes", null=True, blank=True
    )
    transit_pmf = models.JSONField()
    postage_fen = models.JSONField()
    cold = models.BooleanField(default=False, help_text="cooled all the way")
    status_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "zone"], name="lane_once_per_zone"),
        ]

    def __str__(self) -> str:
        return f"lane {self.pk} {self.zone} from {self.origin_id}"


class LaneMarket(models.Model):
    """A market that a lane serves; from one origin every market is served by one lane."""

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="markets")
    prefecture = models.ForeignKey(Prefecture, on_delete=models.PROTECT, related_name="lanes")
    origin = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="lane_markets")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "prefecture"], name="market_on_one_lane"),
        ]

    def __str__(self) -> str:
        return f"market {self.prefecture_id} on lane {self.lane_id}"


class LaneDay(models.Model):
    """How many parcels a lane takes on a day, and how many are spoken for."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="lane_days")
    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    capacity_parcels = models.PositiveIntegerField()
    reserved_parcels = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lane", "day"], name="lane_day_once"),
            models.CheckConstraint(
                condition=Q(reserved_parcels__lte=F("capacity_parcels")), name="lane_day_not_over"
            ),
        ]

    def __str__(self) -> str:
        return f"lane {self.lane_id} on {self.day}"


class HubDay(models.Model):
    """How many parcels a county post office gets away on a day, and how many are spoken for."""

    base = models.ForeignKey(Base, on_delete=models.PROTECT, related_name="hub_days")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    capacity_parcels = models.PositiveIntegerField()
    reserved_parcels = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "day"], name="hub_day_once"),
            models.CheckConstraint(
                condition=Q(reserved_parcels__lte=F("capacity_parcels")), name="hub_day_not_over"
            ),
        ]

    def __str__(self) -> str:
        return f"branch {self.branch_id} on {self.day}"


class CalendarDay(models.Model):
    """What a day is, for a county or (without one) for the country.

    A day has one row for what it is by law, with its cut-off hour and trucks, and one more for
    each thing that is special: a market, no collection, nobody packs.
    """

    class Kind(models.TextChoices):
        WORKDAY = "workday", "Workday"
        REST = "rest", "Day of rest"
        HOLIDAY = "holiday", "Holiday"
        MAKEUP_WORKDAY = "makeup_workday", "Make-up workday"
        MARKET_DAY = "market_day", "Market day"
        COLLECTION_STOP = "collection_stop", "No collection"
        PACKING_STOP = "packing_stop", "Nobody packs"

    day = models.DateField()
    county = models.ForeignKey(
        County, on_delete=models.PROTECT, related_name="calendar_days", null=True, blank=True
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    cutoff_hour = models.PositiveSmallIntegerField(
        null=True, help_text="orders until this hour are packed that day"
    )
    truck_times = models.CharField(max_length=60, blank=True, help_text='"14:00 17:30"')
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "county", "kind"],
                condition=Q(county__isnull=False),
                name="calendar_day_once_per_county",
            ),
            models.UniqueConstraint(
                fields=["day", "kind"],
                condition=Q(county__isnull=True),
                name="calendar_day_once_for_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}"
