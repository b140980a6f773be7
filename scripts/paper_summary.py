#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sets what the ViTCoD paper says beside what was simulated: paper, ours, ratio, why.

PUBLISHED (results/paper/published.csv) has a line a quantity, whose `key` names a number of ours, or
is empty where there is none. Numbers come from tables of sweeps (columns `key`, `ours`), from
compare.json, and the authors' mask from results/reference_totals_real.csv. Names of those of a comparison
(S is one of 0.6, 0.9, 0.6 to 0.9 and so on, the mean of 10 % steps):

    speed over BASELINE at S       mean over the models
    energy of BASELINE at S        energy over the machine's, mean over the models
    constant of BASELINE           part of its time that does not depend on sparsity, mean of the fits

Writes the table as CSV and as Markdown. Exit status 2 where a number is missing.
"""

import argparse
import csv
import json
import pathlib
import statistics
import sys

RANGES = {"0.6 to 0.8": (0.6, 0.7, 0.8), "0.6 to 0.9": (0.6, 0.7, 0.8, 0.9)}
TITLES = ["quantity", "paper", "ours", "ratio", "why"]


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def compared(comparison):
    """The numbers of a comparison, by name."""
    numbers = {}
    for name, figure in (("speed over", "arithmetic_speedup"), ("energy of", "arithmetic_energy_ratio")):
        by_baseline = {}
        for mean in comparison["means"]:
            if mean[figure] is not None:
                by_baseline.setdefault(mean["baseline"], {})[mean["sparsity"]] = mean[figure]
        for baseline, means in by_baseline.items():
            for sparsity, mean in means.items():
                numbers[f"{name} {baseline} at {sparsity:g}"] = mean
            for label, several in RANGES.items():
                if all(sparsity in means for sparsity in several):
                    numbers[f"{name} {baseline} at {label}"] = statistics.fmean(means[s] for s in several)
    for machine in {fit["machine"] for fit in comparison["fits"]}:
        constants = [fit["constant"] for fit in comparison["fits"] if fit["machine"] == machine]
        numbers[f"constant of {machine}"] = statistics.fmean(constants)
    return numbers


def line_of(published, numbers):
    """A line of the table; KeyError where there is no number of that name."""
    quantity, paper, why = published["quantity"], published["published"], published["why"]
    if not published["key"]:
        return [quantity, paper, "-", "-", why]
    above, _, below = published["key"].partition(" / ")
    ours = numbers[above] / (numbers[below] if below else 1)
    shown = f"{ours:.0f}" if ours >= 1000 else f"{ours:.3g}"
    return [quantity, paper, shown, f"{ours / float(paper):.2f}", why]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("published", metavar="PUBLISHED", type=pathlib.Path)
    parser.add_argument("--numbers", nargs="+", type=pathlib.Path, required=True, help="CSV files with key and ours")
    parser.add_argument("--comparison", type=pathlib.Path, required=True, help="compare.json")
    parser.add_argument("--totals", type=pathlib.Path, required=True, help="results/reference_totals_real.csv")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of summary.csv and summary.md")
    line = parser.parse_args()
    try:
        numbers = compared(json.loads(line.comparison.read_text(encoding="utf-8")))
        for path in line.numbers:
            numbers.update((row["key"], float(row["ours"])) for row in rows_of(path))
        for row in rows_of(line.totals):
            numbers[f"cycles of {row['model']}, {row['maps']}"] = float(row["cycles"])
        table = [line_of(row, numbers) for row in rows_of(line.published)]
    except (OSError, ValueError) as error:
        print(f"paper_summary: {error}", file=sys.stderr)
        return 2
    except KeyError as error:
        print(f"paper_summary: no number of ours: {error.args[0]}", file=sys.stderr)
        return 2
    line.out.mkdir(parents=True, exist_ok=True)
    with open(line.out / "summary.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([TITLES, *table])
    markdown = [TITLES[:3] + ["ours / paper", "why"], ["---"] * len(TITLES), *table]
    text = "".join("| " + " | ".join(cells) + " |\n" for cells in markdown)
    (line.out / "summary.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
