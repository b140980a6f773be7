#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests scripts/equal_area.py: its rule by hand counts, and machines that take as much area as another.

usage: equal_area_test.py VITCOD_SIM
"""

import csv
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "equal_area.py"
SIMULATOR = pathlib.Path(sys.argv.pop(1)).resolve()

sys.dont_write_bytecode = True
SPEC = importlib.util.spec_from_file_location("equal_area", SCRIPT)
equal_area = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(equal_area)


def make(*arguments):
    command = [sys.executable, str(SCRIPT), "--simulator", str(SIMULATOR), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def buffer(staging, banks):
    return {"capacity_bytes": staging + banks * 2048, "staging_bytes": staging, "bank_bytes": 2048}


class Rule(unittest.TestCase):
    machine = {
        "mac_lines": {"lines": 64, "macs_per_line": 8},
        "score_array": {"rows": 64, "columns": 8},
        "mask_predictor": {"rows": 32},
        "weight_buffer": buffer(3584, 14),
        "input_buffer": buffer(7680, 60),
        "output_buffer": buffer(8192, 1),
    }

    def test_banks_follow_lines_and_are_whole(self):
        new = equal_area.scaled(self.machine, 48, 3)
        self.assertEqual(new["mac_lines"], {"lines": 48, "macs_per_line": 8})
        self.assertEqual(new["weight_buffer"], buffer(3584, 10))  # 10.5
        self.assertEqual(new["input_buffer"], buffer(7680, 45 + 3))
        self.assertEqual(new["output_buffer"], buffer(8192, 1))  # not none

    def test_rows_of_an_array_follow_where_they_are_as_many_as_lines(self):
        new = equal_area.scaled(self.machine, 48, 0)
        self.assertEqual(new["score_array"], {"rows": 48, "columns": 8})
        self.assertEqual(new["mask_predictor"], {"rows": 32})

    def test_the_machine_itself_is_left_alone(self):
        before = json.dumps(self.machine)
        equal_area.scaled(self.machine, 128, 5)
        self.assertEqual(json.dumps(self.machine), before)

    def test_as_many_as_fit(self):
        self.assertEqual(equal_area.most(lambda n: n <= 37, 2, 2, 4096), 36)
        self.assertEqual(equal_area.most(lambda n: n <= 37, 1, 1, 4096), 37)
        self.assertEqual(equal_area.most(lambda n: True, 2, 2, 4096), 4096)
        self.assertEqual(equal_area.most(lambda n: n == 0, 0, 1, 9), 0)
        self.assertIsNone(equal_area.most(lambda n: False, 2, 2, 4096))


class Machines(unittest.TestCase):
    def test_rivals_take_the_area_of_the_reference_and_are_compared_so(self):
        rivals = ["dense", "sanger", "spatten"]
        configs = ROOT / "configs"
        reference = configs / "vitcod.json"
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder)
            files = [configs / f"{name}.json" for name in rivals]
            done = make("--reference", reference, "--out", out, *files)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len(done.stdout.splitlines()), len(rivals))
            count = equal_area.Count(str(SIMULATOR))
            area = count.area(reference)
            for name in rivals:
                config = out / f"{name}-area.json"
                machine = json.loads(config.read_text())["machine"]
                own = count.area(config)
                self.assertLessEqual(own, area)
                self.assertGreater(own, 0.99 * area)  # a bank less
                machine["input_buffer"]["capacity_bytes"] += machine["input_buffer"]["bank_bytes"]
                self.assertGreater(count.area(config, machine), area)
            self.check_terms(reference, [out / f"{name}-area.json" for name in rivals], out)

    def check_terms(self, reference, configs, out):
        workload = out / "workload.json"
        specification = {"preset": str(ROOT / "configs/workloads/deit-tiny.json"), "layers": [0]}
        workload.write_text(json.dumps(specification))
        command = [str(SIMULATOR), "compare", str(reference), *map(str, configs)]
        command += ["--workload", str(workload), "--out", str(out / "compare")]
        subprocess.run(command, check=True, capture_output=True)
        with open(out / "compare" / "compare.csv", newline="") as file:
            terms = {row["baseline"]: row["terms"] for row in csv.DictReader(file)}
        for config in configs:
            # As many lines as before the rule may be what the area asks for.
            lines = json.loads(config.read_text())["machine"]["mac_lines"]
            is_scaled = lines["lines"] * lines["macs_per_line"] != 512
            self.assertEqual(terms[config.stem], "equal_area" if is_scaled else "equal_macs")

    def test_wrong_input_gets_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            done = make("--reference", "none.json", "--out", folder, ROOT / "configs/dense.json")
            self.assertEqual(done.returncode, 2)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertIn("equal_area: none.json", done.stderr)

    def test_an_area_that_is_too_small_for_any_machine_is_said(self):
        class Large(equal_area.Count):
            def area(self, config, machine=None):
                return 5.0

        with self.assertRaisesRegex(ValueError, "no 2 lines fit 4.000 mm2"):
            equal_area.equal_area(Large(str(SIMULATOR)), ROOT / "configs/dense.json", 4.0)


if __name__ == "__main__":
    unittest.main()
