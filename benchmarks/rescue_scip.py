"""The peer's whole model handed to SCIP: one line of JSON with status, obj, bound, gap.

usage: rescue_scip.py PATH/textbook.py CASE.toml --form tight|loose --goal income|clear --gap G
    --time S      (an interpreter with pyscipopt and highspy; the model is the peer's own)
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path


def main():
    """Write the model as MPS and let SCIP solve it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("textbook", type=Path)
    parser.add_argument("case")
    for name in ("--form", "--goal"):
        parser.add_argument(name)
    for name in ("--gap", "--time"):
        parser.add_argument(name, type=float)
    options = parser.parse_args()
    sys.path.insert(0, str(options.textbook.parent))
    import refsolve
    from pyscipopt import Model

    case = refsolve.load_case(options.case)
    clear = 0.95 if options.goal == "clear" else None
    highs = refsolve.to_highs(
        refsolve.build(case, tight=options.form == "tight", integer=True, clear=clear)
    )
    file = Path(tempfile.mkdtemp()) / "model.mps"
    highs.writeModel(str(file))
    model = Model()
    model.hideOutput()
    model.readProblem(str(file))
    model.setParam("limits/gap", options.gap)
    model.setParam("limits/time", options.time)
    model.setParam("lp/threads", 1)
    model.optimize()
    found = model.getNSols() > 0
    obj, bound = (model.getObjVal() if found else None), model.getDualbound()
    gap = abs(bound - obj) / max(1.0, abs(obj)) if found else None
    print(json.dumps({"status": model.getStatus(), "obj": obj, "bound": bound, "gap": gap}))


if __name__ == "__main__":
    main()
