"""One other solver on one matrix, in its own interpreter; says {objective, bound} as JSON.

usage: siting_peer.py NAME cost.npz CPU_SECONDS
"""

import json
import resource
import sys

import numpy as np

MEMORY_BYTES = 4 * 2**30
LISTED = 60  # candidates per demand in the sparse model given to HiGHS directly


def main(name, path, limit):
    resource.setrlimit(resource.RLIMIT_CPU, (2 * limit, 2 * limit + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    stored = np.load(path)
    cost, p = stored["cost"], int(stored["p"])
    answer = {
        "spopt+HiGHS": spopt,
        "HiGHS": highs,
        "kmedoids FasterPAM": fasterpam,
        "pbp-pmedian": pbp,
    }[name](cost, p, limit)
    print(json.dumps(answer))


def value_of(cost, chosen):
    return float(cost[:, list(chosen)].min(axis=1).sum())


def spopt(cost, p, limit):
    import pulp
    from spopt.locate import PMedian

    model = PMedian.from_cost_matrix(cost, np.ones(len(cost)), p_facilities=p)
    model = model.solve(pulp.HiGHS(msg=False, timeLimit=limit, threads=1))
    chosen = [j for j, clients in enumerate(model.fac2cli) if clients]
    proven = pulp.LpStatus[model.problem.status] == "Optimal" and model.problem.sol_status == 1
    value = value_of(cost, chosen)
    return {"objective": value, "bound": value if proven else None}


def highs(cost, p, limit):
    """Assignment form over each demand's nearest candidates; a bound of that smaller model only."""
    import highspy

    n, m = cost.shape
    near = np.argsort(cost, axis=1, kind="stable")[:, : m if m <= 400 else LISTED]
    width = near.shape[1]
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", float(limit))
    solver.setOptionValue("mip_rel_gap", 0.0)
    pairs = n * width
    price = np.concatenate([np.zeros(m), np.take_along_axis(cost, near, axis=1).ravel()])
    solver.addVars(m + pairs, np.zeros(m + pairs), np.ones(m + pairs))
    columns = np.arange(m + pairs, dtype=np.int32)
    solver.changeColsCost(m + pairs, columns, price)
    kinds = np.array([highspy.HighsVarType.kInteger] * m)
    solver.changeColsIntegrality(m, columns[:m], kinds)
    solver.addRow(p, p, m, columns[:m], np.ones(m))
    x = m + np.arange(pairs, dtype=np.int32)
    solver.addRows(
        n, np.ones(n), np.ones(n), pairs, np.arange(0, pairs, width, dtype=np.int32), x,
        np.ones(pairs),
    )  # fmt: skip
    index = np.column_stack([x, near.ravel()]).ravel().astype(np.int32)
    solver.addRows(
        pairs, np.full(pairs, -np.inf), np.zeros(pairs), 2 * pairs,
        np.arange(0, 2 * pairs, 2, dtype=np.int32), index, np.tile([1.0, -1.0], pairs),
    )  # fmt: skip
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != 2:
        return {"note": "no plan in the time"}
    chosen = np.flatnonzero(np.array(solver.getSolution().col_value[:m]) > 0.5)
    return {"objective": value_of(cost, chosen), "bound": max(0.0, info.mip_dual_bound)}


def fasterpam(cost, p, _limit):
    import kmedoids

    best = min(
        (
            kmedoids.fasterpam(cost, p, init="random", random_state=seed, n_cpu=1)
            for seed in range(5)
        ),
        key=lambda found: value_of(cost, found.medoids),
    )
    return {"objective": value_of(cost, best.medoids)}


def pbp(cost, p, limit):
    import pbp_pmedian

    value, chosen, _, status, _ = pbp_pmedian.solve(cost, p, time_limit=float(limit))
    if chosen is None:
        return {"note": f"no plan: {status}"}
    proven = str(status) == "0"  # as scipy.optimize.milp counts; 1: time limit
    return {"objective": value_of(cost, chosen), "bound": float(value) if proven else None}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
