"""Weak duality: any prices bound the optimum, the optimal ones meet it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from postharvest.engines.rescue.linear_program import ProgramBuilder, weak_duality_bound


def random_program(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-3, 6, (4, 6)).astype(float)
    cost, high = rng.normal(size=6), rng.uniform(0.5, 3, 6)
    limit = rng.uniform(1, 8, 4)
    builder = ProgramBuilder()
    columns = builder.add_columns((6,), cost=cost, high=high)
    rows = builder.add_rows((4,), high=limit)
    builder.put(rows[:, None], columns[None, :], matrix)
    answer = linprog(-cost, A_ub=matrix, b_ub=limit, bounds=[(0, h) for h in high])
    return builder.finish(), answer


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_any_prices_bound_the_optimum(seed, other):
    program, answer = random_program(seed)
    prices = np.random.default_rng(other).normal(size=program.rows)
    assert weak_duality_bound(program, prices) >= -answer.fun - 1e-9


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_optimal_prices_meet_the_optimum(seed):
    program, answer = random_program(seed)
    bound = weak_duality_bound(program, -answer.ineqlin.marginals)
    assert abs(bound + answer.fun) < 1e-7


def test_entries_at_the_same_place_add_up():
    builder = ProgramBuilder()
    column = builder.add_columns((1,), cost=1.0, high=10.0)
    row = builder.add_rows((1,), high=6.0)
    builder.put(row, column, 1.0)
    builder.put(row, column, 2.0)
    program = builder.finish()
    assert program.value.tolist() == [3.0]
    assert program.start.tolist() == [0, 1]
