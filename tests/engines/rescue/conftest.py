import pytest

from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.solve import solve


@pytest.fixture(scope="session")
def village():
    return parse_case(generated_case("village", 3)).problem


@pytest.fixture(scope="session")
def four_villages():
    return parse_case(generated_case("four villages", 3)).problem


@pytest.fixture(scope="session")
def four_villages_plan(four_villages):
    return solve(four_villages, RescueParams(cpu_seconds=1.0), seed=1)
