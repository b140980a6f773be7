#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes machines of as much area as another one.

For each run config RIVAL writes OUT/NAME-area.json, a run config like it whose machine takes as much
area as that of the config REFERENCE, by the project's own count of parts (`/area_mm2/total`). The rule
knows nothing of time:

1. Lines of MACs, in steps of two, and with them the rows of an array that has as many rows as there
   are lines (Sanger's array and its prediction). The banks of the weight, input and output buffers
   that are not staging grow or shrink by the same factor, rounded down to whole banks. As many lines
   as fit the area.
2. What is left of the area becomes banks of the input buffer, as many as fit.

Widths of ports, units beside the lines, clock and memory stay as they are. Prints a line a machine.
Exit status 2 for wrong input, or where no two lines fit.
"""

import argparse
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

BUFFERS = ("weight_buffer", "input_buffer", "output_buffer")
ROWS = (("score_array", "rows"), ("mask_predictor", "rows"))
STEP = 2  # lines
MOST = 4096


class Count:
    """Areas, by running a layer: the count of parts stands in the result."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.folder = tempfile.TemporaryDirectory()

    def result(self, config, machine=None):
        out = pathlib.Path(self.folder.name)
        command = [self.simulator, "run", str(config), "--no-values", "--out", str(out / "out")]
        command += ["--set", "/workload/layers=[0]"]
        if machine is not None:
            (out / "machine.json").write_text(json.dumps(machine))
            command += ["--set", f'/machine="{out / "machine.json"}"']
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(f"{config}: {done.stderr.strip().splitlines()[-1]}")
        return json.loads((out / "out" / "result.json").read_text())

    def area(self, config, machine=None):
        return self.result(config, machine)["area_mm2"]["total"]


def scaled(machine, lines, more_banks):
    """`machine` with so many lines, and so many banks of the input buffer more than the rule gives."""
    new = copy.deepcopy(machine)
    before = machine["mac_lines"]["lines"]
    new["mac_lines"]["lines"] = lines
    for block, key in ROWS:
        if machine.get(block, {}).get(key) == before:
            new[block][key] = lines
    for name in BUFFERS:
        buffer = new[name]
        bank = buffer["bank_bytes"]
        banks = (buffer["capacity_bytes"] - buffer["staging_bytes"]) // bank
        banks = max(1, banks * lines // before)
        if name == "input_buffer":
            banks += more_banks
        buffer["capacity_bytes"] = buffer["staging_bytes"] + banks * bank
    return new


def most(fits, first, step, last):
    """The largest of first, first + step, ... that fits, where those that do come first."""
    low, high = -1, (last - first) // step + 1
    while high - low > 1:
        middle = (low + high) // 2
        if fits(first + middle * step):
            low = middle
        else:
            high = middle
    return None if low < 0 else first + low * step


def equal_area(count, rival, area):
    """The rival's machine, scaled to an area."""
    machine = count.result(rival)["config"]["machine"]
    fits = lambda lines, banks=0: count.area(rival, scaled(machine, lines, banks)) <= area
    lines = most(fits, STEP, STEP, MOST)
    if lines is None:
        raise ValueError(f"{rival}: no {STEP} lines fit {area:.3f} mm2")
    return scaled(machine, lines, most(lambda banks: fits(lines, banks), 0, 1, MOST))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rivals", metavar="RIVAL", nargs="+", type=pathlib.Path)
    parser.add_argument("--reference", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    default = os.environ.get("VITCOD_SIM", "build/release/vitcod-sim")
    parser.add_argument("--simulator", default=default, help="default: %(default)s")
    line = parser.parse_args()
    count = Count(line.simulator)
    try:
        area = count.area(line.reference)
        line.out.mkdir(parents=True, exist_ok=True)
        for rival in line.rivals:
            machine = equal_area(count, rival, area)
            config = json.loads(rival.read_text())
            config["machine"] = machine
            name = f"{rival.stem}-area"
            config["workload"] = absolute(config["workload"], rival.resolve().parent)
            (line.out / f"{name}.json").write_text(json.dumps(config, indent=2) + "\n")
            print(
                f"{name}: {machine['mac_lines']['lines']} lines x {machine['mac_lines']['macs_per_line']} MACs, "
                f"input buffer {machine['input_buffer']['capacity_bytes']} B, "
                f"{count.area(rival, machine):.3f} mm2 of {area:.3f}"
            )
    except (OSError, KeyError, ValueError) as error:
        print(f"equal_area: {error}", file=sys.stderr)
        return 2
    return 0


def absolute(workload, folder):
    """A workload whose files are named from anywhere."""
    if isinstance(workload, str):
        return str(folder / workload)
    if "preset" in workload:
        return {**workload, "preset": str(folder / workload["preset"])}
    return workload


if __name__ == "__main__":
    sys.exit(main())
