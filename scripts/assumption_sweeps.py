#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the sweeps of results/assumptions.sh.

Reads the list of what each value of a machine rests on (results/assumptions.list), the machine's file
and a sweep without axes (results/assumptions.json), and writes OUT/each.json: every assumed number
halved and doubled, every choice taken the other way, in both scopes. With --rows, the table of that
sweep (rows.csv), it writes OUT/cheap.json instead: the numbers that, halved, save area and cost less
than one percent of cycles in each scope, and all of them at once. Computes no number: a sweep
multiplies what the machine has ({"times": 0.5}).
"""

import argparse
import csv
import json
import pathlib
import sys

COLUMNS = ("kind", "number", "value", "other", "why", "factor")
EACH = ("machine", "rows", "assumed", "choices")
CHEAP = ("cheap",)
MOST_PERCENT = 1


def value_at(machine, pointer):
    for key in pointer.split("/")[1:]:
        machine = machine[key]
    return machine


def change(label, settings, kind, number="none", value="none", other="none", why="none", factor=1):
    values = dict(zip(COLUMNS, (kind, number, value, other, why, factor)))
    return {"change": label, "settings": settings, **values}


def named(pointers):
    return ", ".join(pointers)


def changes_of(list_file, machine):
    """The machine as it is, then the changes of each line of the list, in its order."""
    changes = [change("none", {}, "none")]
    for line in list_file.read_text(encoding="utf-8").splitlines():
        status, *rest = line.split(maxsplit=2) or ["#"]
        if status.startswith("#") or status == "published":
            continue
        pointers, why = rest[0].split(","), rest[1]
        value = value_at(machine, pointers[0])
        shown = value if isinstance(value, str) else json.dumps(value)
        if status == "assumed":
            for factor in (0.5, 2):
                settings = {"/machine" + pointer: {"times": factor} for pointer in pointers}
                label = f"{pointers[0]} x {factor:g}"
                changes.append(change(label, settings, "assumed", named(pointers), shown, why=why, factor=factor))
        else:
            other = json.loads(status.removeprefix("choice="))
            settings = {"/machine" + pointer: other for pointer in pointers}
            text = other if isinstance(other, str) else json.dumps(other)
            changes.append(change(pointers[0], settings, "choice", named(pointers), shown, text, why))
    return changes


def is_cheap(row):
    saved, *percents = (row[f"{name}_halved{unit}"] for name, unit in (("mm2", ""), ("attention", "_percent"), ("model", "_percent")))
    return saved != "" and float(saved) < 0 and all(p != "" and float(p) < MOST_PERCENT for p in percents)


def cheap_of(changes, rows_file):
    with open(rows_file, newline="", encoding="utf-8") as file:
        numbers = {row["pointer"] for row in csv.DictReader(file) if is_cheap(row)}
    cheap = [each for each in changes if each["number"] in numbers and each["factor"] == 0.5]
    together = {pointer: value for each in cheap for pointer, value in each["settings"].items()}
    return [changes[0], *cheap, change("together", together, "together", factor=0.5)]


def sweep_of(changes, template, tables, run):
    sweep = {"run": str(run.resolve()), **template}
    axes = [{"name": "change", "variants": {each["change"]: each["settings"] for each in changes}}]
    axes += [{"name": name, "values": [each[name] for each in changes]} for name in COLUMNS]
    scope = {"name": "scope", "pointer": "/workload/scope", "values": ["attention", "model"]}
    sweep["axes"] = [scope, {"zip": axes}]
    sweep["tables"] = [table for table in template["tables"] if table["name"] in tables]
    return sweep


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--list", type=pathlib.Path, required=True)
    parser.add_argument("--machine", type=pathlib.Path, required=True, help="of the run")
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--template", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=pathlib.Path, help="rows.csv of the sweep each.json")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    line = parser.parse_args()
    try:
        changes = changes_of(line.list, json.loads(line.machine.read_text(encoding="utf-8")))
        name, tables = "each", EACH
        if line.rows:
            name, tables, changes = "cheap", CHEAP, cheap_of(changes, line.rows)
        template = json.loads(line.template.read_text(encoding="utf-8"))
        sweep = sweep_of(changes, template, tables, line.run)
        (line.out / f"{name}.json").write_text(json.dumps(sweep, indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError, KeyError, IndexError) as error:
        print(f"assumption_sweeps: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
