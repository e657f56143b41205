"""Every write of the network, by noun; callers say ``network.actions.open_base``."""

from postharvest.operations.network.actions.base_life import (
    BaseIsClosed,
    Contract,
    ContractExists,
    CountyTaken,
    Fitting,
    end_supplier,
    fit_out,
    plan_year,
    set_catchment,
    sign_supplier,
)
from postharvest.operations.network.actions.bases import (
    AlreadyOpen,
    IllegalMove,
    advance_base,
    open_base,
    open_branch,
)
from postharvest.operations.network.actions.days import (
    CapacityBelowReserved,
    DayCapacity,
    NoCapacityLeft,
    mark_calendar_day,
    release_hub_days,
    release_lane_days,
    reserve_hub_days,
    reserve_lane_days,
    set_hub_days,
    set_lane_days,
)
from postharvest.operations.network.actions.lanes import build_lanes, set_lane, transit_pmf
from postharvest.operations.network.actions.roll_out import switch_region
from postharvest.operations.network.actions.tables import (
    Import,
    import_table,
    load_shipped_tables,
    restore_table,
    take_table,
)

__all__ = [
    "AlreadyOpen",
    "BaseIsClosed",
    "CapacityBelowReserved",
    "Contract",
    "ContractExists",
    "CountyTaken",
    "DayCapacity",
    "Fitting",
    "IllegalMove",
    "Import",
    "NoCapacityLeft",
    "advance_base",
    "build_lanes",
    "end_supplier",
    "fit_out",
    "import_table",
    "load_shipped_tables",
    "mark_calendar_day",
    "open_base",
    "open_branch",
    "plan_year",
    "release_hub_days",
    "release_lane_days",
    "reserve_hub_days",
    "reserve_lane_days",
    "restore_table",
    "set_catchment",
    "set_hub_days",
    "set_lane",
    "set_lane_days",
    "sign_supplier",
    "switch_region",
    "take_table",
    "transit_pmf",
]
