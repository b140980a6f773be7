#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""export_maps.py from small vision transformers with random weights to runs with values.

Usage: export_maps_test.py VITCOD_SIM. Skipped by name where PyTorch is not installed (Debian:
python3-torch, python3-numpy)."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
    import torch
    from torch import nn
except ImportError as missing:
    print(f"SKIPPED: export_maps_test: {missing} (apt-get install python3-torch python3-numpy)")
    sys.exit(0)

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = SOURCE / "scripts" / "export_maps.py"
sys.path.insert(0, str(SCRIPT.parent))
sys.dont_write_bytecode = True
import export_maps  # noqa: E402

SIMULATOR = ""
LAYERS, HEADS, HEAD_DIM, SIDE = 3, 4, 8, 4
WIDTH, TOKENS = HEADS * HEAD_DIM, SIDE * SIDE + 1


class TimmAttention(nn.Module):
    """Children and attributes as timm names them."""

    def __init__(self):
        super().__init__()
        self.num_heads, self.fused_attn = HEADS, True
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.attn_drop = nn.Dropout(0.0)

    def forward(self, x):
        b, n, _ = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, HEADS, HEAD_DIM).permute(2, 0, 3, 1, 4)
        attention = (q @ k.transpose(-2, -1) * HEAD_DIM**-0.5).softmax(dim=-1)
        self.expected = attention
        if not self.fused_attn:  # a fused kernel forms no attention that a hook could see
            attention = self.attn_drop(attention)
        return self.proj((attention @ v).transpose(1, 2).reshape(b, n, WIDTH))


class TorchvisionAttention(nn.Module):
    """torchvision's encoder block asks nn.MultiheadAttention for no weights."""

    def __init__(self):
        super().__init__()
        self.self_attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)

    def forward(self, x):
        inner = self.self_attention
        q, k, _ = nn.functional.linear(x, inner.in_proj_weight, inner.in_proj_bias).chunk(3, dim=-1)
        split = [t.reshape(len(x), -1, HEADS, HEAD_DIM).transpose(1, 2) for t in (q, k)]
        self.expected = (split[0] @ split[1].transpose(-2, -1) * HEAD_DIM**-0.5).softmax(dim=-1)
        output, weights = inner(x, x, x, need_weights=False)
        assert weights is None
        return output


class HuggingFaceAttention(nn.Module):
    """Children and attributes as Hugging Face names them; newer versions return the attention and
    drop it out by a function, older ones by a module."""

    def __init__(self, is_new):
        super().__init__()
        self.num_attention_heads, self.is_new = HEADS, is_new
        self.query, self.key = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.value, self.dropout = nn.Linear(WIDTH, WIDTH), nn.Dropout(0.0)

    def forward(self, x):
        q, k, v = (layer(x).reshape(len(x), -1, HEADS, HEAD_DIM).transpose(1, 2)
                   for layer in (self.query, self.key, self.value))
        self.expected = (q @ k.transpose(-2, -1) * HEAD_DIM**-0.5).softmax(dim=-1)
        attention = self.expected if self.is_new else self.dropout(self.expected)
        output = (attention @ v).transpose(1, 2).reshape(len(x), -1, WIDTH)
        return (output, attention) if self.is_new else (output,)


class SmallViT(nn.Module):
    def __init__(self, make_attention):
        super().__init__()
        torch.manual_seed(1)
        self.embed = nn.Conv2d(3, WIDTH, kernel_size=2, stride=2)
        self.cls = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.blocks = nn.ModuleList(make_attention() for _ in range(LAYERS))
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.5)  # rows that differ, not all near 1 / n

    def forward(self, images):
        x = self.embed(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], dim=1)
        for block in self.blocks:
            y = block(nn.functional.layer_norm(x, (WIDTH,)))
            x = x + (y[0] if isinstance(y, tuple) else y)
        return x[:, 0]


LAYOUTS = {
    "timm": TimmAttention,
    "torchvision": TorchvisionAttention,
    "huggingface": lambda: HuggingFaceAttention(False),
    "huggingface-new": lambda: HuggingFaceAttention(True),
}


def record(model):
    """The recorder after two batches, and the average that the blocks themselves computed."""
    torch.manual_seed(2)
    total, images_seen = 0, 0
    with export_maps.AttentionRecorder(model) as recorder, torch.no_grad():
        for size in (3, 2):
            model(torch.randn(size, 3, 2 * SIDE, 2 * SIDE))
            total = total + np.stack([b.expected.double().numpy().sum(0) for b in model.blocks])
            images_seen += size
    return recorder, total / images_seen


def kept_by(maps, theta_p):
    """The authors' rule by a full sort, and the class token's row and column whole."""
    kept = np.zeros(maps.shape, dtype=bool)
    for place in np.ndindex(maps.shape[:-1]):
        row = maps[place].astype(np.float64)
        order = np.argsort(-row, kind="stable")
        kept[place][order[: (np.cumsum(row[order]) < theta_p).sum() + 2]] = True
    kept[..., 0] = kept[..., 0, :] = True
    return kept


class ExportTest(unittest.TestCase):
    def setUp(self):
        self._temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self._temporary.cleanup)
        self.folder = pathlib.Path(self._temporary.name)

    def simulate(self, *arguments):
        return subprocess.run([SIMULATOR, *map(str, arguments)], check=True, capture_output=True,
                              text=True).stdout

    def kept_entries(self, workload):
        info = json.loads(self.simulate("workload", "info", "--json", workload))
        return [[head["nnz"] for head in layer["heads"]] for layer in info["layers"]]

    def export(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True,
                              text=True)

    def refused(self, *arguments):
        done = self.export(*arguments, "--out", self.folder / "out.npy")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertFalse((self.folder / "out.npy").exists())
        return done.stderr

    def test_every_layout_is_averaged_over_all_images(self):
        for name, make in LAYOUTS.items():
            with self.subTest(name):
                recorder, expected = record(SmallViT(make))
                [maps] = recorder.averages()
                self.assertEqual(maps.dtype, np.float32)
                self.assertEqual(maps.shape, (LAYERS, HEADS, TOKENS, TOKENS))
                np.testing.assert_allclose(maps, expected, rtol=1e-5, atol=1e-6)

    def test_the_model_is_left_as_it_was(self):
        for name, make in LAYOUTS.items():
            with self.subTest(name):
                model, untouched = SmallViT(make), SmallViT(make)
                record(model)
                images = torch.ones(1, 3, 2 * SIDE, 2 * SIDE)
                self.assertTrue(torch.equal(model(images), untouched(images)))
                for module in model.modules():
                    self.assertNotIn("forward", module.__dict__)
                    self.assertFalse(module._forward_hooks or module._forward_pre_hooks)
                    self.assertTrue(getattr(module, "fused_attn", True))

    def test_from_a_model_to_a_run_with_values(self):
        recorder, _ = record(SmallViT(TimmAttention))
        recorder.save(self.folder / "maps", name="small", prefix_tokens=1)
        workload = self.folder / "maps" / "workload.json"
        kept = kept_by(recorder.averages()[0], 0.5)
        self.assertEqual(self.kept_entries(workload), kept.sum(axis=(2, 3)).tolist())
        config = {"machine": str(SOURCE / "configs/machines/vitcod.json"),
                  "workload": "maps/workload.json"}
        (self.folder / "run.json").write_text(json.dumps(config))
        self.simulate("run", self.folder / "run.json", "--out", self.folder / "out")
        result = json.loads((self.folder / "out" / "result.json").read_text())
        self.assertEqual(result["values"]["mismatches"], 0)
        self.assertEqual(result["workload"]["layers"], LAYERS)
        self.assertEqual(result["workload"]["nnz"], kept.sum())

    def test_masks_from_every_kind_of_file(self):
        recorder, _ = record(SmallViT(TimmAttention))
        recorder.save(self.folder, name="small")
        kept = kept_by(recorder.averages()[0], 0.3)
        np.savez(self.folder / "a.npz", masks=kept[:, None])  # layers, batch, heads, ...
        np.save(self.folder / "b.npy", kept.astype(np.float32))
        torch.save([torch.from_numpy(layer) for layer in kept], self.folder / "c.pt")
        torch.save({"masks": torch.from_numpy(~kept).int(), "step": torch.tensor(7)},
                   self.folder / "d.pth")
        torch.save(torch.from_numpy(np.stack([kept, kept])), self.folder / "e.pt")
        workload = json.loads((self.folder / "workload.json").read_text())
        workload["maps"] = {"kind": "masks", "files": ["mask.npy"]}
        (self.folder / "masked.json").write_text(json.dumps(workload))
        for file, options in (("a.npz", ["--polarity", "kept"]), ("b.npy", ["--polarity", "kept"]),
                              ("c.pt", ["--polarity", "kept"]), ("d.pth", ["--key", "masks"]),
                              ("e.pt", ["--polarity", "kept", "--batch-axis", "0"])):
            with self.subTest(file):
                done = self.export("masks", self.folder / file, *options, "--out",
                                   self.folder / "mask.npy")
                self.assertEqual(done.returncode, 0, done.stderr)
                np.testing.assert_array_equal(np.load(self.folder / "mask.npy"), ~kept)
                self.assertEqual(self.kept_entries(self.folder / "masked.json"),
                                 kept.sum(axis=(2, 3)).tolist())

    def test_attention_files_are_averaged_over_the_batch(self):
        random = np.random.default_rng(5)
        maps = random.gamma(0.5, size=(2, 6, 3, 5, 5)).astype(np.float32)
        maps /= maps.sum(-1, keepdims=True)
        # One tensor (batch, heads, queries, keys) a layer, as Hugging Face returns them.
        torch.save(tuple(torch.from_numpy(layer) for layer in maps), self.folder / "attentions.pt")
        done = self.export("attention", self.folder / "attentions.pt", "--batch-axis", "1", "--out",
                           self.folder / "attention.npy")
        self.assertEqual(done.returncode, 0, done.stderr)
        np.testing.assert_allclose(np.load(self.folder / "attention.npy"), maps.mean(1), atol=1e-6)

    def test_wrong_input_is_one_line(self):
        good = np.zeros((2, 3, 4, 4), dtype=bool)
        np.savez(self.folder / "two.npz", a=good, b=good)
        self.assertIn("one of a, b", self.refused("masks", self.folder / "two.npz"))
        np.save(self.folder / "m.npy", good[0])
        self.assertIn("found (3, 4, 4)", self.refused("masks", self.folder / "m.npy"))
        np.save(self.folder / "m.npy", good.astype(int) + 2)
        self.assertIn("0 and 1", self.refused("masks", self.folder / "m.npy"))
        self.assertIn("sum to 1", self.refused("attention", self.folder / "two.npz", "--key", "a"))
        np.save(self.folder / "m.npy", np.stack([good, ~good]))
        self.assertIn("that differ",
                      self.refused("masks", self.folder / "m.npy", "--batch-axis", "0"))
        self.assertIn("cannot read", self.refused("masks", self.folder / "none.pt"))
        (self.folder / "bad.pt").write_bytes(b"PK\x03\x04" + bytes(60))
        self.assertIn("bad.pt: cannot read", self.refused("masks", self.folder / "bad.pt"))

    def test_a_model_without_attention_is_refused(self):
        with self.assertRaisesRegex(export_maps.ExportError, "no attention module"):
            export_maps.AttentionRecorder(nn.Linear(2, 2)).__enter__()
        with export_maps.AttentionRecorder(SmallViT(TimmAttention)) as recorder:
            pass
        with self.assertRaisesRegex(export_maps.ExportError, "no attention seen in blocks.0, "):
            recorder.averages()


if __name__ == "__main__":
    SIMULATOR = sys.argv.pop(1)
    unittest.main()
