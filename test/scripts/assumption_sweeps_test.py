#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests scripts/assumption_sweeps.py: a line of the list becomes the changes that a sweep makes."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "assumption_sweeps.py"

MACHINE = {"a": {"lines": 16, "banks": 8}, "b": {"banks": 8}, "order": "longest", "clock": 500}
LIST = """# a comment

published /clock the paper's
assumed /a/lines enough lines
assumed /a/banks,/b/banks as many, in both
choice="natural" /order it is sorted
"""
TABLES = ("machine", "rows", "assumed", "choices", "cheap")
ROWS = (
    "pointer,mm2_halved,attention_halved_percent,model_halved_percent\n"
    '/a/lines,-0.1,0.99,-3\n"/a/banks, /b/banks",-0.1,1.00,0\n'
)


class Sweeps(unittest.TestCase):
    def make(self, name, rows=None, text=LIST):
        """The sweep, or what is printed if there is none."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "list").write_text(text)
            (folder / "machine.json").write_text(json.dumps(MACHINE))
            (folder / "template.json").write_text(json.dumps({"tables": [{"name": name} for name in TABLES]}))
            command = [sys.executable, str(SCRIPT), "--list", str(folder / "list"), "--out", str(folder)]
            command += ["--machine", str(folder / "machine.json"), "--run", "run.json"]
            command += ["--template", str(folder / "template.json")]
            if rows:
                (folder / "rows.csv").write_text(rows)
                command += ["--rows", str(folder / "rows.csv")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return done.stderr
            return json.loads((folder / f"{name}.json").read_text())

    def columns(self, sweep):
        change, *others = sweep["axes"][1]["zip"]
        return change["variants"], {axis["name"]: axis["values"] for axis in others}

    def test_numbers_are_halved_and_doubled_and_choices_taken_the_other_way(self):
        sweep = self.make("each")
        changes, columns = self.columns(sweep)
        self.assertEqual(
            list(changes.values()),
            [
                {},
                {"/machine/a/lines": {"times": 0.5}},
                {"/machine/a/lines": {"times": 2}},
                {"/machine/a/banks": {"times": 0.5}, "/machine/b/banks": {"times": 0.5}},
                {"/machine/a/banks": {"times": 2}, "/machine/b/banks": {"times": 2}},
                {"/machine/order": "natural"},
            ],
        )
        self.assertEqual(columns["kind"], ["none"] + ["assumed"] * 4 + ["choice"])
        self.assertEqual(columns["factor"], [1, 0.5, 2, 0.5, 2, 1])
        self.assertEqual(columns["number"][3:], ["/a/banks, /b/banks"] * 2 + ["/order"])
        self.assertEqual(columns["value"][1:], ["16", "16", "8", "8", "longest"])
        self.assertEqual(columns["other"][5], "natural")
        self.assertEqual(columns["why"][3], "as many, in both")
        self.assertEqual([table["name"] for table in sweep["tables"]], list(TABLES[:4]))

    def test_cheap_numbers_are_halved_one_by_one_and_all_at_once(self):
        cheap = '/a/lines,-0.1,0.99,-3\n"/a/banks, /b/banks",-0.001,0,0.5\n'
        sweep = self.make("cheap", ROWS.splitlines(keepends=True)[0] + cheap)
        changes, columns = self.columns(sweep)
        self.assertEqual(list(changes), ["none", "/a/lines x 0.5", "/a/banks x 0.5", "together"])
        self.assertEqual(set(changes["together"]), {"/machine/a/lines", "/machine/a/banks", "/machine/b/banks"})
        self.assertEqual(columns["kind"], ["none", "assumed", "assumed", "together"])
        self.assertEqual([table["name"] for table in sweep["tables"]], ["cheap"])

    def test_what_costs_a_percent_or_is_refused_is_not_cheap(self):
        changes, _ = self.columns(self.make("cheap", ROWS))
        self.assertEqual(list(changes), ["none", "/a/lines x 0.5", "together"])
        refused = ROWS.replace("-0.1,0.99,-3", ",,")
        changes, _ = self.columns(self.make("cheap", refused))
        self.assertEqual(list(changes), ["none", "together"])
        saves_nothing = ROWS.replace("-0.1,0.99", "0.0,0.99")
        changes, _ = self.columns(self.make("cheap", saves_nothing))
        self.assertEqual(list(changes), ["none", "together"])

    def test_a_pointer_that_the_machine_lacks_is_named(self):
        self.assertIn("assumption_sweeps: KeyError('line')", self.make("each", text="assumed /a/line why\n"))


if __name__ == "__main__":
    unittest.main()
