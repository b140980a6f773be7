#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vitcod-baseline and baseline_torch.py on a small model: values, files, wrong input.

Usage: baseline_test.py VITCOD_SIM [VITCOD_BASELINE]. What is not there is skipped by name."""
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = SOURCE / "scripts" / "baseline_torch.py"
sys.path.insert(0, str(SCRIPT.parent))
sys.dont_write_bytecode = True
import model_shapes  # noqa: E402

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

# As in LeViT: convolutions, a block, and one that subsamples; as in the Strided Transformer: a
# sequence of frames that an MLP thins; as in CLIP and distilled DeiT: a norm more, two classifiers.
CONVOLUTIONAL = {
    "name": "convolutional", "prefix_tokens": 0, "image_size": 20, "activation": "hardswish",
    "classes": 10, "stem": [{"in_channels": 3, "out_channels": 8, "kernel": 3, "stride": 2},
                            {"in_channels": 8, "out_channels": 16, "kernel": 3, "stride": 2}],
    "groups": [{"name": "a", "num_blocks": 1, "heads": 2, "query_grid": [5, 5], "key_grid": [5, 5],
                "key_dim": 8, "value_dim": 16, "width_in": 16, "width_out": 16, "mlp_hidden": 32,
                "residual": True},
               {"name": "b", "num_blocks": 1, "heads": 4, "query_grid": [3, 3], "key_grid": [5, 5],
                "key_dim": 8, "value_dim": 32, "width_in": 16, "width_out": 24, "mlp_hidden": 48,
                "residual": False}]}
SEQUENCE = {
    "name": "sequence", "prefix_tokens": 0, "activation": "relu", "classes": 6,
    "stem": [{"in_channels": 4, "out_channels": 16, "kernel": 1, "stride": 1}],
    "groups": [{"name": "a", "num_blocks": 1, "heads": 2, "query_grid": [1, 11],
                "key_grid": [1, 11], "key_dim": 8, "value_dim": 8, "width_in": 16, "width_out": 16,
                "mlp_hidden": 32, "mlp_kernel": 3, "mlp_stride": 4, "residual": True}]}
DISTILLED = {**MODEL, "name": "distilled", "prefix_tokens": 2, "classifiers": 2, "pre_norm": True}
# Windows of 3 at 0, 4 and 8 (padding 1) leave 3 of 11 rows.
SEQUENCE_MACS = 2 * 11 * 11 * 16 + 11 * 4 * 16 + 11 * 16 * (48 + 16 + 32) + 3 * 3 * 16 * 32 + 96

try:
    import numpy as np
    import torch
except ImportError as missing:
    torch = None
    print(f"SKIPPED: baseline_torch.py: {missing} (apt-get install python3-torch python3-numpy)")


def activated(name, x):
    if name == "gelu":
        return 0.5 * x * np.vectorize(math.erfc)(-x / math.sqrt(2))
    return np.maximum(x, 0) if name == "relu" else x * np.clip(x + 3, 0, 6) / 6


def plain_attention(query, key, value):
    """Of (heads, tokens, features)."""
    weights = np.exp(query @ key.swapaxes(-2, -1) / math.sqrt(query.shape[-1]))
    return weights / weights.sum(-1, keepdims=True) @ value


class PlainModel:
    """The model in double precision and NumPy, from the parameters of its module."""

    def __init__(self, model, state):
        self.model, self.state = model, state
        self.has_norms = model["activation"] != "hardswish"

    def linear(self, name, x):
        return x @ self.state[name + ".weight"].T + self.state[name + ".bias"]

    def norm(self, name, x, is_there):
        if not is_there:
            return x
        unit = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)
        return unit * self.state[name + ".weight"] + self.state[name + ".bias"]

    def convolution(self, name, image, stride, padding):
        """Of (channels, rows, columns)."""
        weight = self.state[name + ".weight"]
        image = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
        size = weight.shape[-1]
        count = (image.shape[1] - size) // stride + 1, (image.shape[2] - size) // stride + 1
        result = np.empty((len(weight), *count))
        for y in range(count[0]):
            for x in range(count[1]):
                patch = image[:, y * stride:y * stride + size, x * stride:x * stride + size]
                result[:, y, x] = np.tensordot(weight, patch, 3) + self.state[name + ".bias"]
        return result

    def block(self, name, group, x):
        rows = self.norm(name + ".norm", x, self.has_norms)
        asking = rows
        parts = self.linear(name + ".joined", rows)
        key_width = group["heads"] * group["key_dim"]
        if group["query_grid"] != group["key_grid"]:
            grid = rows.reshape(*group["key_grid"], -1)
            asking = grid[::2, ::2].reshape(-1, rows.shape[-1])
            query = self.linear(name + ".query", asking)
        else:
            query, parts = parts[:, :key_width], parts[:, key_width:]
        operands = [part.reshape(len(part), group["heads"], -1).swapaxes(0, 1)
                    for part in (query, parts[:, :key_width], parts[:, key_width:])]
        heads = plain_attention(*operands).swapaxes(0, 1).reshape(len(query), -1)
        if not self.has_norms:
            heads = activated("hardswish", heads)
        result = self.linear(name + ".projection", heads)
        return self.mlp(name + ".mlp", group, x + result if group["residual"] else result)

    def mlp(self, name, group, x):
        hidden = self.norm(name + ".first.0", x, self.has_norms)
        hidden = activated(self.model["activation"], self.linear(name + ".first.1", hidden))
        if "mlp_kernel" not in group:
            return x + self.linear(name + ".second", hidden)
        stride, weight = group["mlp_stride"], self.state[name + ".second.weight"]
        hidden = np.pad(hidden, ((1, 1), (0, 0)))
        rows = [np.einsum("oik,ki->o", weight, hidden[at:at + 3])
                for at in range(0, len(x), stride)]
        return x[::stride] + np.array(rows) + self.state[name + ".second.bias"]

    def scores(self, image):
        model = self.model
        is_embedding = len(model["stem"]) == 1
        for i, layer in enumerate(model["stem"]):
            if i > 0:
                image = activated(model["activation"], image)
            image = self.convolution(f"stem.{2 * i}", image, layer["stride"],
                                     0 if is_embedding else 1)
        x = image.reshape(len(image), -1).T
        if self.has_norms:
            x = np.concatenate((self.state["prefix"][0], x)) + self.state["positions"][0]
        x = self.norm("pre_norm", x, model.get("pre_norm", False))
        groups = [group for group in model["groups"] for _ in range(group["num_blocks"])]
        for i, group in enumerate(groups):
            x = self.block(f"blocks.{i}", group, x)
        x = self.norm("norm", x, self.has_norms)
        return [self.linear(f"classifiers.{i}", x[i] if model["prefix_tokens"] > 0 else x.mean(0))
                for i in range(model.get("classifiers", 1))]


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
        self.refused("attempts", self.model, "--attempts", 0)
        self.refused("nowhere", self.model, "--out", self.folder / "nowhere" / "out.json")
        self.refused("/layers", self.workload(layers=[0]))
        self.model.write_text("{")
        self.refused("small.json", self.model)


@unittest.skipIf(torch is None, "no PyTorch")
class TorchTest(Both, unittest.TestCase):
    program = [sys.executable, str(SCRIPT)]

    def test_attention_is_softmax_of_products(self):
        import torch_models
        torch.manual_seed(3)
        query, key, value = (torch.randn(1, 2, 9, 8) for _ in range(3))
        found = torch_models.attention(query, key, value).numpy()
        expected = plain_attention(*(x[0].numpy().astype(np.float64) for x in (query, key, value)))
        # Sums of 8 and 9 products in float32, scores below 8: an error of 2^-24 x 8 x 10 in the
        # exponent, as much of a mean of values below 4.
        self.assertLess(np.abs(found[0] - expected).max(), 4 * 8 * 10 * 2.0**-23)

    def test_attention_of_the_operands_that_onednn_is_tested_with(self):
        import torch_models
        kept = json.loads((SOURCE / "test" / "onednn" / "attention_values.json").read_text())
        operands = [torch.tensor(kept[name], dtype=torch.float32)[None] / 32
                    for name in ("query", "key", "value")]
        found = torch_models.attention(*operands).numpy()[0]
        # As there: scores below 12 are exact but for the rounding of scale and exponential.
        self.assertLess(np.abs(found - np.array(kept["output"])).max(), 2 * 2.0**-17)

    def test_models_compute_what_their_shapes_say(self):
        import torch_models
        for model in (MODEL, DISTILLED, CONVOLUTIONAL, SEQUENCE):
            with self.subTest(model["name"]), torch.no_grad():
                torch.manual_seed(4)
                module = torch_models.Model(model).eval()
                for parameter in module.parameters():
                    parameter += 0.1 * torch.randn(parameter.shape)
                image = torch.randn(1, model["stem"][0]["in_channels"],
                                    *model_shapes.first_grid(model))
                found = [scores[0].numpy() for scores in module(image)]
                state = {name: value.numpy().astype(np.float64)
                         for name, value in module.state_dict().items()}
                expected = PlainModel(model, state).scores(image[0].numpy().astype(np.float64))
                self.assertEqual(len(found), model.get("classifiers", 1))
                # No sum has more than 200 products, no more than 12 follow each other.
                error = np.linalg.norm(np.array(found) - np.array(expected))
                self.assertLess(error, 1e-5 * np.linalg.norm(expected))

    def test_macs_are_those_of_the_models(self):
        self.assertEqual(model_shapes.macs_of(MODEL, "attention"), ATTENTION_MACS)
        self.assertEqual(model_shapes.macs_of(MODEL, "model"), MODEL_MACS)
        self.assertEqual(model_shapes.macs_of(SEQUENCE, "model"), SEQUENCE_MACS)
        for name, macs in (("levit-128", 405), ("levit-128s", 305), ("deit-base", 17560)):
            found = model_shapes.macs_of(model_shapes.load_model(name), "model") * 1e-6
            self.assertAlmostEqual(found / macs, 1, delta=0.003)

    def test_tokens_that_are_dropped_and_embeddings_that_grow_have_no_baseline(self):
        with self.assertRaisesRegex(model_shapes.InputError, "embedding cannot grow"):
            model_shapes.macs_of(model_shapes.load_model("iret-tiny"), "model")
        with tempfile.TemporaryDirectory() as folder:
            workload = pathlib.Path(folder) / "w.json"
            workload.write_text(json.dumps({"model": "deit-tiny", "tokens": {"kind": "evit"}}))
            with self.assertRaisesRegex(model_shapes.InputError, "/tokens: a baseline keeps all"):
                model_shapes.load_model(str(workload))

    def test_shapes_that_are_none_are_one_line(self):
        broken = {"the model has no 'classes'": {k: v for k, v in MODEL.items() if k != "classes"},
                  "not the shapes of a model": {**MODEL, "image_size": "big"},
                  "expected the shapes": {"groups": []}}
        for part, model in broken.items():
            self.model.write_text(json.dumps(model))
            self.refused(part, self.model)
        self.model.write_text(json.dumps({**MODEL, "activation": "tanh"}))
        done = self.run_program(self.model, "--threads", 1)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/activation: expected one of gelu, relu, hardswish", done.stderr)


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
