#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vitcod-baseline and baseline_torch.py on a small model: values, files, wrong input.

Usage: baseline_test.py VITCOD_SIM [VITCOD_BASELINE]. What is not there is skipped by name."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = SOURCE / "scripts" / "baseline_torch.py"
sys.path.insert(0, str(SCRIPT.parent))
sys.dont_write_bytecode = True
import baseline_torch  # noqa: E402

SIMULATOR = BASELINE = ""

MODEL = {
    "name": "small", "prefix_tokens": 1, "image_size": 32, "activation": "gelu", "classes": 10,
    "stem": [{"in_channels": 3, "out_channels": 16, "kernel": 8, "stride": 8}],
    "groups": [{"name": "layers", "num_blocks": 2, "heads": 2, "query_grid": [4, 4],
                "key_grid": [4, 4], "key_dim": 8, "value_dim": 8, "width_in": 16, "width_out": 16,
                "mlp_hidden": 32, "residual": True}]}
# Two blocks of two heads with 17 tokens, 8 + 8 features; and all: 16 patches of 8 x 8 x 3 into 16,
# projections to 3 x 16 and from 16, an MLP of 2 x 16 x 32, ten classes.
ATTENTION_MACS = 2 * 2 * 17 * 17 * (8 + 8)
MODEL_MACS = ATTENTION_MACS + 16 * 192 * 16 + 2 * 17 * 16 * (48 + 16 + 64) + 160

try:
    import numpy as np
    import torch
except ImportError as missing:
    torch = None
    print(f"SKIPPED: baseline_torch.py: {missing} (apt-get install python3-torch python3-numpy)")


class Both:
    """What both programs must do; `program` is the command."""

    program = []

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.model = self.folder / "small.json"
        self.model.write_text(json.dumps(MODEL))

    def run_program(self, *arguments):
        return subprocess.run([*self.program, *map(str, arguments)], capture_output=True, text=True,
                              check=False)

    def measure(self, *arguments):
        done = self.run_program(self.model, "--threads", 1, "--out", self.folder / "out.json",
                                *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((self.folder / "out.json").read_text())

    def test_file(self):
        document = self.measure()
        self.assertEqual({entry["scope"] for entry in document["times"]}, {"attention", "model"})
        for entry in document["times"]:
            macs = ATTENTION_MACS if entry["scope"] == "attention" else MODEL_MACS
            self.assertAlmostEqual(entry["gflops"] * entry["time"] * 1e3 / (2 * macs), 1, places=6)
            self.assertLessEqual(entry["p5"], entry["time"])
            self.assertLessEqual(entry["time"], entry["p95"])
            self.assertGreaterEqual(entry["repetitions"], 30)
            peak = [p["gflops"] for p in document["peaks"] if p["precision"] == entry["precision"]]
            self.assertAlmostEqual(entry["share_of_peak"] * peak[0] / entry["gflops"], 1, places=6)
        compared = subprocess.run(
            [SIMULATOR, "compare", SOURCE / "configs" / "vitcod.json", "--workload",
             self.workload(), "--baselines", self.folder / "out.json"],
            capture_output=True, text=True, check=False)
        self.assertEqual(compared.returncode, 0, compared.stderr)
        self.assertIn(document["platform"]["name"], compared.stdout)
        self.assertNotIn(str(self.folder), json.dumps(document))

    def workload(self, **more):
        file = self.folder / "workload.json"
        file.write_text(json.dumps({"model": "small.json", "scope": "attention",
                                    "maps": {"kind": "dense"}, **more}))
        return file

    def test_workload_names_its_model(self):
        self.workload()
        self.model, small = self.folder / "workload.json", self.model
        names = {entry["model"] for entry in self.measure("--scope", "attention")["times"]}
        self.assertEqual(names, {"small"})
        self.model = small

    def refused(self, part, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(part, done.stderr)

    def test_wrong_input_is_one_line(self):
        self.refused("vit-giant", "vit-giant")
        self.refused("nowhere.json", "nowhere.json")
        self.refused("repetitions", self.model, "--repetitions", 29)
        self.refused("/layers", self.workload(layers=[0]))
        self.model.write_text("{")
        self.refused("small.json", self.model)


@unittest.skipIf(torch is None, "no PyTorch")
class TorchTest(Both, unittest.TestCase):
    program = [sys.executable, str(SCRIPT)]

    def test_attention_is_softmax_of_products(self):
        torch.manual_seed(3)
        query, key, value = (torch.randn(1, 2, 9, 8) for _ in range(3))
        found = baseline_torch.attention(torch, query, key, value).numpy()
        q, k, v = (x.numpy().astype(np.float64) for x in (query, key, value))
        weights = np.exp(q @ k.swapaxes(-2, -1) / np.sqrt(8))
        expected = weights / weights.sum(-1, keepdims=True) @ v
        # Sums of 8 and 9 products in float32, scores below 8: an error of 2^-24 x 8 x 10 in the
        # exponent, as much of a mean of values below 4.
        self.assertLess(np.abs(found - expected).max(), 4 * 8 * 10 * 2.0**-23)

    def test_macs_are_those_of_the_models(self):
        self.assertEqual(baseline_torch.attention_macs(MODEL), ATTENTION_MACS)
        self.assertEqual(baseline_torch.model_macs(MODEL), MODEL_MACS)
        levit = baseline_torch.load_model("levit-128")
        self.assertAlmostEqual(baseline_torch.model_macs(levit) * 1e-6, 405, delta=1)
        with torch.no_grad():
            baseline_torch.model_run(torch, levit, "cpu", torch.float32)()


class OneDnnTest(Both, unittest.TestCase):
    def setUp(self):
        if not BASELINE:
            print("SKIPPED: vitcod-baseline: not built (apt-get install libdnnl-dev)")
            self.skipTest("not built")
        self.program = [BASELINE]
        super().setUp()


if __name__ == "__main__":
    SIMULATOR = sys.argv.pop(1)
    BASELINE = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    unittest.main()
