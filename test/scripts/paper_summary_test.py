#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests scripts/paper_summary.py: where its numbers come from, and what it says when one is missing."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "paper_summary.py"


def mean(baseline, sparsity, speedup, energy):
    return {
        "baseline": baseline,
        "sparsity": sparsity,
        "arithmetic_speedup": speedup,
        "arithmetic_energy_ratio": energy,
    }


COMPARISON = {
    "means": [
        mean("a, b", 0.6, 1, 2),
        mean("a, b", 0.7, 2, 4),
        mean("a, b", 0.8, 3, 6),
        mean("a, b", 0.9, 10, 20),
        mean("cpu", 0.9, 235.3, None),
    ],
    "fits": [
        {"machine": "a, b", "constant": 0.25},
        {"machine": "a, b", "constant": 0.75},
        {"machine": "c", "constant": 1},
    ],
}

TOTALS = "group,model,maps,cycles\ngenerated,m,g,7\nreal,m,the mask,1500\n"
NUMBERS = "key,ours\nshare,0.123456\n"


class Summary(unittest.TestCase):
    def summary(self, published):
        """Exit status, what is printed, and the lines of the table."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "published.csv").write_text("key,quantity,published,source,why\n" + published)
            (folder / "compare.json").write_text(json.dumps(COMPARISON))
            (folder / "totals.csv").write_text(TOTALS)
            (folder / "numbers.csv").write_text(NUMBERS)
            command = [sys.executable, str(SCRIPT), str(folder / "published.csv"), "--out", str(folder / "out")]
            command += ["--numbers", str(folder / "numbers.csv"), "--totals", str(folder / "totals.csv")]
            command += ["--comparison", str(folder / "compare.json")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return done.returncode, done.stderr, []
            self.markdown = (folder / "out" / "summary.md").read_text()
            return 0, "", (folder / "out" / "summary.csv").read_text().splitlines()[1:]

    def ours(self, key):
        status, _, lines = self.summary(f'"{key}",quantity,2,text,why\n')
        self.assertEqual(status, 0)
        return lines[0].split(",")[2:4]

    def test_numbers_of_a_comparison(self):
        self.assertEqual(self.ours("speed over a, b at 0.9"), ["10", "5.00"])
        self.assertEqual(self.ours("speed over a, b at 0.6 to 0.8"), ["2", "1.00"])
        self.assertEqual(self.ours("speed over a, b at 0.6 to 0.9"), ["4", "2.00"])
        self.assertEqual(self.ours("energy of a, b at 0.9"), ["20", "10.00"])
        self.assertEqual(self.ours("constant of a, b"), ["0.5", "0.25"])

    def test_a_key_may_be_a_quotient(self):
        self.assertEqual(self.ours("speed over a, b at 0.9 / speed over a, b at 0.6 to 0.8"), ["5", "2.50"])

    def test_numbers_of_sweeps_and_totals(self):
        self.assertEqual(self.ours("share"), ["0.123", "0.06"])
        self.assertEqual(self.ours("cycles of m, the mask"), ["1500", "750.00"])

    def test_a_quantity_without_ours_has_no_ratio(self):
        _, _, lines = self.summary(",PE utilization,not public,,figure 6\n")
        self.assertEqual(lines, ["PE utilization,not public,-,-,figure 6"])
        self.assertEqual(
            self.markdown,
            "| quantity | paper | ours | ours / paper | why |\n| --- | --- | --- | --- | --- |\n"
            "| PE utilization | not public | - | - | figure 6 |\n",
        )

    def test_a_number_that_is_missing_is_named(self):
        status, message, _ = self.summary("energy of cpu at 0.9,energy,2,text,why\n")
        self.assertEqual(status, 2)
        self.assertEqual(message, "paper_summary: no number of ours: energy of cpu at 0.9\n")
        status, message, _ = self.summary("speed over cpu at 0.6 to 0.9,speed,2,text,why\n")
        self.assertEqual(status, 2)


if __name__ == "__main__":
    unittest.main()
