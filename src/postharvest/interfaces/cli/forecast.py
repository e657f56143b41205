"""`postharvest forecast`: a file of series in, quantiles out."""

import argparse
import sys
from pathlib import Path

SUMMARY = "what comes next in each series of a file, with honest bands"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("series", type=Path, help="CSV with the columns series,date,value")
    parser.add_argument("--horizon", type=int, required=True, help="steps ahead")
    parser.add_argument(
        "--season",
        type=int,
        default=None,
        help="steps in a season; told from the dates if not given",
    )
    parser.add_argument("--tier", default="standard", help="fast, standard (the default) or best")
    parser.add_argument("--jobs", type=int, help="processes; else told from the number of series")
    parser.add_argument("--pool", default="processes", help="processes (the default) or ray")
    parser.add_argument("--out", type=Path, default=None, help="CSV to write instead of printing")


def run(options: argparse.Namespace) -> int:
    """Forecast, and write the table whole or not at all."""
    from postharvest.decisions.insight.forecasting import (
        ForecastSettings,
        forecast_file,
        forecast_text,
    )

    settings = ForecastSettings(
        horizon=options.horizon,
        season=options.season,
        tier=options.tier,
        pool=options.pool,
        jobs=options.jobs,
    )
    forecasts, coming = forecast_file(options.series, settings)
    text = forecast_text(forecasts, coming)
    if options.out is None:
        sys.stdout.write(text)
    else:
        options.out.write_text(text, encoding="utf-8")
        print(f"{len(forecasts.keys)} series, {options.horizon} steps each: {options.out}")
    return 0
