import copy

import pytest

from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.solving import plan_case


@pytest.fixture(scope="session")
def solved():
    """A small case and its plan as a dictionary, solved once."""
    case = parse_case(generated_case("four villages", 5))
    plan = plan_case(case, clear_share=0.9, seed=1, cpu_seconds=0.8)
    return case, plan_to_dict(case, plan, scenarios=500)


@pytest.fixture
def case(solved):
    return solved[0]


@pytest.fixture
def plan(solved):
    return copy.deepcopy(solved[1])
