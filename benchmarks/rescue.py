"""Quality and speed of the rescue engine, each figure with the command that measures it.

python benchmarks/rescue.py quality [--seed 1] [--cpu 3.6] [--kinds KIND …]
python benchmarks/rescue.py peers CASE.toml --textbook PATH/textbook.py [--gap 0.005] [--lanes 1]
    [--goals income clear] [--forms tight loose] [--scip PYTHON_WITH_PYSCIPOPT]
python benchmarks/rescue.py risk CASE.toml
python benchmarks/rescue.py replan CASE.toml
python benchmarks/rescue.py closed-loop CASE.toml [--worlds 1000]
python benchmarks/rescue.py expectation [--seed 1] [--worlds 150] [--kinds KIND …]
python benchmarks/rescue.py province [--seed 1] [--counties 60 --villages 500 --points 250]
python benchmarks/rescue.py nation [--seed 1] [--bases 150 --crops 60]
python benchmarks/rescue.py what-if CASE.toml

CPU seconds of this process throughout; peers run as processes of their own.
"""

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
from rescue_rules import cost_plus_net, spreadsheet_net

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import parse_case, read_case
from postharvest.decisions.planning.case_generator import KINDS, generated_case
from postharvest.decisions.planning.checker import check_plan
from postharvest.decisions.planning.nation_generator import generated_nation
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.province_generator import generated_province
from postharvest.decisions.planning.risk_block import risk_block
from postharvest.decisions.planning.solving import plan_case
from postharvest.decisions.planning.what_if import Otherwise, plan_otherwise
from postharvest.engines.rescue.closed_loop import closed_loop
from postharvest.engines.rescue.many_check import broken_rules
from postharvest.engines.rescue.many_solve import ManyParams, solve_many
from postharvest.engines.rescue.model import Commitments
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.replan import relaxed_answer, replan
from postharvest.engines.rescue.residual import residual_problem
from postharvest.engines.rescue.risk import BLIND, WATCHED, RiskParams, risk_inputs, risk_tables

cpu = time.process_time


def quality(options):
    """Every kind, both goals: gap, CPU, and what hand rules would have earned."""
    gaps, over_sheet, could_be, over_cost, seconds = [], [], [], [], []
    print(
        "| case | goal | net, yuan | gap | CPU s | over spreadsheet | no plan more than | "
        "over cost-plus |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind in options.kinds or sorted(KINDS):
        case = parse_case(generated_case(kind, options.seed))
        for share in (0.0, 0.95):
            began = cpu()
            last = began + 1.15 * options.cpu
            goal = f"clear:{share:g}" if share else "income"
            try:
                plan = plan_case(
                    case,
                    clear_share=share,
                    seed=1,
                    cpu_seconds=options.cpu,
                    stop=lambda last=last: cpu() > last,
                )
            except InvalidInput as error:
                most = error.facts["most_share"]
                print(
                    f"| {case.name} | {goal} | – | at most {most:.1%} can be cleared "
                    f"| {cpu() - began:.1f} | | | |"
                )
                continue
            spent = cpu() - began
            report = check_plan(case, plan_to_dict(case, plan, scenarios=100))
            assert report.ok, report.findings
            sheet = spreadsheet_net(case.problem, clear_share=share)
            plus = cost_plus_net(case.problem, normal_price_yuan_per_kg=1.5)
            more = _over(plan.net_income_yuan, sheet)
            most_more = _over(plan.certificate.bound_yuan, sheet)
            much = _over(plan.net_income_yuan, plus) if not share else None
            gaps.append(plan.gap)
            seconds.append(spent)
            over_sheet += [more] if more is not None else []
            could_be += [most_more] if most_more is not None else []
            over_cost += [much] if much is not None else []
            print(
                f"| {case.name} | {goal} | {plan.net_income_yuan:,.0f} | {plan.gap:.2%} "
                f"| {spent:.1f} | {_share(more)} | {_share(most_more)} | {_share(much)} |",
                flush=True,
            )
    print(
        f"\n{len(gaps)} plans: gap median {statistics.median(gaps):.2%}, "
        f"within 1 % {sum(g <= 0.01 for g in gaps)}, worst {max(gaps):.2%}; CPU s median "
        f"{statistics.median(seconds):.1f}, worst {max(seconds):.1f}; over the spreadsheet median "
        f"{statistics.median(over_sheet):+.1%}, least {min(over_sheet):+.2%}, "
        f"no plan could reach a median above {statistics.median(could_be):+.1%}; over cost-plus "
        f"median {statistics.median(over_cost):+.0%}"
    )


def _over(net, rule):
    return net / rule - 1 if rule is not None and rule > 0 else None


def _share(value):
    return "" if value is None else f"{value:+.1%}"


def peers(options):
    """CPU to the same certified gap: ours, the tight and the textbook model handed to HiGHS."""
    if options.lanes > 1:
        options.case = _with_lanes(options.case, options.lanes)
    case = read_case(options.case)
    print(f"{len(case.zone_ids)} lanes", flush=True)
    for goal in options.goals:
        share = 0.95 if goal == "clear" else 0.0
        began = cpu()
        plan = plan_case(case, clear_share=share, seed=1, cpu_seconds=60, wanted_gap=options.gap)
        print(f"{goal}: ours {cpu() - began:.1f} CPU s, gap {plan.gap:.2%}", flush=True)
        for form in options.forms:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            words = [sys.executable, options.textbook, options.case, "--form", form]
            words += ["--goal", goal, "--gap", str(options.gap), "--time", str(options.time)]
            if options.scip:
                words[:1] = [options.scip]
                words[1:2] = [str(Path(__file__).with_name("rescue_scip.py")), options.textbook]
            out = subprocess.run(words, capture_output=True, text=True, check=False)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            said = json.loads(out.stdout.strip().splitlines()[-1])
            print(
                f"{goal}: {form} {spent:.1f} CPU s, {said['status']}, gap {said.get('gap')}",
                flush=True,
            )


def _with_lanes(path, lanes):
    """Write the case with every zone cut into so many equal prefectures, as records would be."""
    head, *zones = Path(path).read_text(encoding="utf-8").split("[[zones]]")
    *zones, last = zones
    cut = re.search(r"^\[", last, flags=re.MULTILINE)
    zones.append(last[: cut.start()])
    written = [
        re.sub(
            r'(id *= *")([^"]+)"(.*?demand_share *= *)([\d.]+)',
            lambda m, n=n: f'{m[1]}{m[2]}-{n}"{m[3]}{float(m[4]) / lanes:.9f}',
            re.sub(
                r"^(parcels_per_day *= *)([\d.]+)",
                lambda m: f"{m[1]}{float(m[2]) / lanes:.6f}",
                zone,
                flags=re.MULTILINE,
            ),
            count=1,
            flags=re.DOTALL,
        )
        for zone in zones
        for n in range(lanes)
    ]
    target = Path(tempfile.mkdtemp()) / f"{Path(path).stem}-{lanes}.toml"
    target.write_text("[[zones]]".join([head, *written]) + last[cut.start() :], encoding="utf-8")
    return str(target)


def risk(options):
    """Scenarios per CPU second, compiled, both policies."""
    from postharvest.engines.rescue.risk_kernel import evaluate_compiled

    case = read_case(options.case)
    plan = plan_case(case, clear_share=0.0, seed=1)
    params = RiskParams()
    inputs = risk_inputs(case.problem, plan, clear_kg=0.95 * case.problem.total_kg)
    tables = risk_tables(params, inputs, price_ratio=1.1)
    for name, policy in (("blind", BLIND), ("watched", WATCHED)):
        ask = {"policy": policy, "seed": 1}
        evaluate_compiled(inputs, tables, params, scenarios=1000, **ask)
        began = cpu()
        outcome = evaluate_compiled(inputs, tables, params, scenarios=1_000_000, **ask)
        rate = 1_000_000 / (cpu() - began)
        print(
            f"{name}: {rate:,.0f} scenarios per CPU s, mean {outcome.net_yuan.mean():,.0f} of "
            f"planned {plan.net_income_yuan:,.0f}"
        )


def replanning(options):
    """Surprises on day 4: seconds, and what changing the plan is worth."""
    case = read_case(options.case)
    plan = plan_case(case, clear_share=0.0, seed=1)
    s, today = plan.schedule, 3
    rest = residual_problem(case.problem, s, today=today)
    closed = rest.point_may_open.copy()
    closed[:, 1:3] = False
    failed = rest.point_may_open.copy()
    failed[s.crew.sum(axis=1).argmax()] = False
    surprises = {
        "nothing": rest,
        "demand −30 %": replace(rest, demand_kg=0.7 * rest.demand_kg),
        "demand +30 %": replace(rest, demand_kg=1.3 * rest.demand_kg),
        "roads closed two days": replace(rest, point_may_open=closed),
        "busiest point fails": replace(rest, point_may_open=failed),
        "a fifth of the people missing": replace(
            rest, pool_people=np.floor(0.8 * rest.pool_people)
        ),
    }
    promised = Commitments(
        announced_crew=s.crew[:, today:], frozen_days=1, notice_days=2, change_yuan_per_person=30.0
    )
    params = RescueParams(cpu_seconds=1.2, wanted_gap=0.002)
    print("| surprise | LP, CPU s | plan, CPU s | gap | gain over holding |\n|---|---|---|---|---|")
    for name, problem in surprises.items():
        began = cpu()
        relaxed_answer(problem, promised, params, level=s.level, seed=1)
        middle = cpu()
        last = middle + 1.4
        new = replan(
            problem,
            promised,
            params,
            level=s.level,
            standing=s.set_up,
            seed=1,
            stop=lambda last=last: cpu() > last,
        )
        spent = cpu() - middle
        gap = (new.bound_yuan - new.value_yuan) / abs(new.value_yuan)
        gain = (
            "holding breaks promises"
            if new.hold_yuan is None
            else (f"{new.gain_yuan / abs(new.hold_yuan):+.1%}")
        )
        print(f"| {name} | {middle - began:.2f} | {spent:.2f} | {gap:.2%} | {gain} |")


def loop(options):
    """The same drawn worlds: blind execution against deciding again every evening."""
    case = read_case(options.case)
    plan = plan_case(case, clear_share=0.0, seed=1)
    began = cpu()
    result = closed_loop(case.problem, plan, RiskParams(), seed=1, worlds=options.worlds)
    print(f"{options.worlds} worlds, {cpu() - began:.0f} CPU s")
    for name, net in (("blind", result.blind_yuan), ("decided again", result.redecided_yuan)):
        p5, p50, p95 = np.quantile(net, [0.05, 0.5, 0.95])
        print(f"{name}: mean {net.mean():,.0f}, P5 {p5:,.0f}, P50 {p50:,.0f}, P95 {p95:,.0f}")
    better = (result.redecided_yuan > result.blind_yuan).mean()
    print(
        f"deciding again earns {result.redecided_yuan.mean() / result.blind_yuan.mean() - 1:+.1%},"
        f" more in {better:.0%} of worlds; planned {plan.net_income_yuan:,.0f}"
    )


def expectation(options):
    """Every generated kind: the published mean against worlds drawn apart, decided daily."""
    print("| case | planned | risk.mean | decided again ± | off by | blind |")
    print("|---|---|---|---|---|---|")
    for kind in options.kinds or sorted(KINDS):
        case = parse_case(generated_case(kind, options.seed))
        plan = plan_case(case, clear_share=0.0, seed=1, cpu_seconds=1.5, wanted_gap=0.005)
        worlds = int(min(options.worlds, max(20, 3000 / len(case.lot_ids))))
        risk_mean = risk_block(case, plan, seed=1)["mean"]
        loop = closed_loop(case.problem, plan, RiskParams(), seed=99, worlds=worlds)
        mean, spread = loop.redecided_yuan.mean(), loop.redecided_yuan.std() / worlds**0.5
        print(
            f"| {kind} | {plan.net_income_yuan:,.0f} | {risk_mean:,.0f} | {mean:,.0f} ± "
            f"{spread:,.0f} | {risk_mean / mean - 1:+.1%} | {loop.blind_yuan.mean():,.0f} |",
            flush=True,
        )


def province(options):
    """A province at once: income, bound, CPU, and every rule recomputed."""
    problem = generated_province(
        options.seed,
        counties=options.counties,
        villages=options.villages,
        points=options.points,
    )
    _many(problem, f"{options.villages} villages")


def nation(options):
    """A national week at once, the same way."""
    problem = generated_nation(options.seed, bases=options.bases, crops=options.crops)
    _many(problem, f"{options.bases} bases")


def _many(problem, places):
    began = cpu()
    plan = solve_many(problem, ManyParams(), seed=1)
    spent = cpu() - began
    print(
        f"{places}, {problem.crops} crops, {problem.lot_kg.sum():,.0f} kg: net "
        f"{plan.net_income_yuan:,.0f}, bound {plan.bound_yuan:,.0f}, gap {plan.gap:.2%}, "
        f"{spent:.1f} CPU s; broken rules: {broken_rules(problem, plan.schedule) or 'none'}"
    )


def what_if(options):
    """Answer questions of the desk's page: seconds each, both goals."""
    with Path(options.case).open("rb") as file:
        raw = tomllib.load(file)
    raw["start_date"] = raw["start_date"].isoformat()
    price = raw["demand"]["reference_price_yuan"]
    asked = {
        "as it is": {},
        "people 60 %": {"people": 0.6},
        "buyers 50 %": {"demand": 0.5},
        "postage 150 %": {"postage": 1.5},
        "price fixed": {"price_yuan": round(0.9 * price, 1)},
        "a point less": {"points": max(1, len(raw["points"]) - 1)},
        "7 days": {"days": 7},
        "people 40 %, buyers 60 %, 2 points, 6 days": {
            "people": 0.4, "demand": 0.6, "points": 2, "days": 6,
        },
    }  # fmt: skip
    print("| asked | income: CPU s | gap | clear 95 %: CPU s | gap |\n|---|---|---|---|---|")
    for name, otherwise in asked.items():
        cells = []
        for share in (0.0, 0.95):
            began = cpu()
            ask = {"clear_share": share, "seed": 1, "cpu_seconds": options.effort}
            try:
                plan = plan_otherwise(raw=raw, otherwise=Otherwise(**otherwise), **ask)
                said = f"{plan['gap']:.2%}"
            except InvalidInput as error:
                said = f"at most {error.facts['most_share']:.1%} can be cleared"
            cells += [f"{cpu() - began:.2f}", said]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    sub = parser.add_subparsers(required=True)
    one = sub.add_parser("quality")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--cpu", type=float, default=3.6)
    one.add_argument("--kinds", nargs="*")
    one.set_defaults(run=quality)
    one = sub.add_parser("expectation")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--worlds", type=int, default=150)
    one.add_argument("--kinds", nargs="*")
    one.set_defaults(run=expectation)
    one = sub.add_parser("province")
    for name, default in (("seed", 1), ("counties", 60), ("villages", 500), ("points", 250)):
        one.add_argument(f"--{name}", type=int, default=default)
    one.set_defaults(run=province)
    one = sub.add_parser("nation")
    for name, default in (("seed", 1), ("bases", 150), ("crops", 60)):
        one.add_argument(f"--{name}", type=int, default=default)
    one.set_defaults(run=nation)
    for name, run in (
        ("peers", peers),
        ("risk", risk),
        ("replan", replanning),
        ("closed-loop", loop),
        ("what-if", what_if),
    ):
        one = sub.add_parser(name)
        one.add_argument("case")
        one.add_argument("--textbook", default="textbook.py")
        one.add_argument("--gap", type=float, default=0.005)
        one.add_argument("--time", type=float, default=120)
        one.add_argument("--worlds", type=int, default=1000)
        one.add_argument("--lanes", type=int, default=1)
        one.add_argument("--goals", nargs="*", default=["income", "clear"])
        one.add_argument("--forms", nargs="*", default=["tight", "loose"])
        one.add_argument("--scip", metavar="PYTHON")
        one.add_argument("--effort", type=float, default=0.4)
        one.set_defaults(run=run)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
