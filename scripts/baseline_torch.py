#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times dense models with PyTorch on its CPU or CUDA device, and writes a baseline file.

    scripts/baseline_torch.py deit-tiny levit-128 --device cuda --out gpu.json

Models, scopes, repetitions and the file are those of vitcod-baseline (sim/baseline/README.md), with
these differences: attention is torch.nn.functional's scaled dot product where PyTorch has it, else
two products and a softmax; there is no int8; on a CUDA device float16 is measured too, and each
time includes the launch of its kernels, which small models are bound by.
Needs PyTorch and NumPy (Debian: python3-torch, and libopenblas0-pthread: without it PyTorch's
products on the CPU run on the reference BLAS, a hundred times slower, and the peak beside them too).
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time

LEAST_REPETITIONS = 30
WARM_UP_RUNS = 3
PEAK_SIDES = {"cpu": (768, 1024), "cuda": (4096, 8192)}
PEAK_RUNS = 7
CONFIGS = os.environ.get(
    "VITCOD_CONFIG_DIR",
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "configs"))


class InputError(Exception):
    """Wrong input: one line, exit status 2."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the command line in one line."""

    def error(self, message):
        raise InputError(f"{message} (see --help)")


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: {error}") from error


def load_model(name):
    """The shapes of a model: a name in configs/models, a model's file, or a workload's file."""
    is_file = name.endswith(".json") or "/" in name
    path = name if is_file else os.path.join(CONFIGS, "models", name + ".json")
    if not is_file and not os.path.exists(path):
        raise InputError(f'no model named "{name}" in configs/models')
    document = read_json(path)
    if isinstance(document, dict) and "model" in document:
        if document.get("layers") is not None:
            raise InputError(f"{path}: /layers: a baseline is of all layers")
        model = document["model"]
        if isinstance(model, str):
            beside = os.path.join(os.path.dirname(path), model)
            return load_model(beside if model.endswith(".json") or "/" in model else model)
        document = model
    if not isinstance(document, dict) or "groups" not in document:
        raise InputError(f"{path}: expected the shapes of a model, or a workload")
    return document


def blocks_of(model):
    """(group, queries, keys) of each attention block, in order."""
    for group in model["groups"]:
        queries = math.prod(group["query_grid"]) + model["prefix_tokens"]
        keys = math.prod(group["key_grid"]) + model["prefix_tokens"]
        for _ in range(group["num_blocks"]):
            yield group, queries, keys


def attention_macs(model):
    return sum(g["heads"] * q * k * (g["key_dim"] + g["value_dim"]) for g, q, k in blocks_of(model))


def model_macs(model):
    macs = attention_macs(model)
    side = model["image_size"]
    for layer in model["stem"]:
        side = -(-side // layer["stride"])
        macs += side**2 * layer["kernel"]**2 * layer["in_channels"] * layer["out_channels"]
    for group, queries, keys in blocks_of(model):
        key_width = group["heads"] * group["key_dim"]
        value_width = group["heads"] * group["value_dim"]
        macs += ((queries + keys) * key_width + keys * value_width) * group["width_in"]
        macs += queries * value_width * group["width_out"]
        macs += 2 * queries * group["width_out"] * group["mlp_hidden"]
    return macs + model["groups"][-1]["width_out"] * model["classes"]


def attention(torch, query, key, value):
    """softmax(Q K^T / sqrt(d)) V of (1, heads, tokens, features)."""
    fused = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
    if fused is not None:
        return fused(query, key, value)
    scores = (query * query.shape[-1]**-0.5) @ key.transpose(-2, -1)
    return scores.softmax(-1) @ value


def attention_run(torch, model, device, dtype):
    """A function that runs the attention of all blocks, each on operands of its own."""
    operands = []
    for group, queries, keys in blocks_of(model):
        shapes = ((queries, group["key_dim"]), (keys, group["key_dim"]), (keys, group["value_dim"]))
        operands.append([torch.randn(1, group["heads"], *shape, device=device, dtype=dtype)
                         for shape in shapes])

    def run():
        for query, key, value in operands:
            result = attention(torch, query, key, value)
        return result

    return run


def make_model(torch, model):
    """The whole model as a module: see "model" in sim/baseline/README.md."""
    nn = torch.nn
    is_vit = model.get("activation") == "gelu"
    if not is_vit and model.get("activation") != "hardswish":
        raise InputError(f'{model["name"]}: /activation: expected "gelu" or "hardswish"')
    activation = nn.GELU if is_vit else nn.Hardswish

    class Block(nn.Module):
        def __init__(self, group):
            super().__init__()
            self.group = group
            self.key_width = group["heads"] * group["key_dim"]
            self.value_width = group["heads"] * group["value_dim"]
            self.stride = -(-group["key_grid"][1] // group["query_grid"][1])
            joined = (2 if self.stride == 1 else 1) * self.key_width + self.value_width
            self.norm = nn.LayerNorm(group["width_in"]) if is_vit else nn.Identity()
            self.query = None if self.stride == 1 else nn.Linear(group["width_in"], self.key_width)
            self.joined = nn.Linear(group["width_in"], joined)
            self.of_heads = nn.Identity() if is_vit else activation()
            self.projection = nn.Linear(self.value_width, group["width_out"])
            self.mlp = nn.Sequential(
                nn.LayerNorm(group["width_out"]) if is_vit else nn.Identity(),
                nn.Linear(group["width_out"], group["mlp_hidden"]), activation(),
                nn.Linear(group["mlp_hidden"], group["width_out"]))

        def heads(self, rows, features):
            return rows.reshape(1, rows.shape[1], self.group["heads"], features).transpose(1, 2)

        def forward(self, tokens):
            rows = self.norm(tokens)
            parts = self.joined(rows)
            if self.query is None:
                query, key, value = parts.split([self.key_width] * 2 + [self.value_width], -1)
            else:
                grid = rows.reshape(1, *self.group["key_grid"], rows.shape[-1])
                chosen = grid[:, ::self.stride, ::self.stride].flatten(1, 2)
                query = self.query(chosen)
                key, value = parts.split([self.key_width, self.value_width], -1)
            result = attention(torch, self.heads(query, self.group["key_dim"]),
                               self.heads(key, self.group["key_dim"]),
                               self.heads(value, self.group["value_dim"]))
            result = self.projection(self.of_heads(result.transpose(1, 2).flatten(2)))
            tokens = tokens + result if self.group["residual"] else result
            return tokens + self.mlp(tokens)

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            stem = []
            for layer in model["stem"]:
                padding = 0 if layer["kernel"] == layer["stride"] else layer["kernel"] // 2
                stem += [nn.Conv2d(layer["in_channels"], layer["out_channels"], layer["kernel"],
                                   layer["stride"], padding), activation()]
            self.stem = nn.Sequential(*stem[:-1])
            width = model["stem"][-1]["out_channels"]
            tokens = math.prod(model["groups"][0]["key_grid"]) + model["prefix_tokens"]
            self.prefix = nn.Parameter(torch.randn(1, model["prefix_tokens"], width))
            self.positions = nn.Parameter(torch.randn(1, tokens, width))
            self.blocks = nn.Sequential(*(Block(group) for group, _, _ in blocks_of(model)))
            last = model["groups"][-1]["width_out"]
            self.norm = nn.LayerNorm(last) if is_vit else nn.Identity()
            self.classifier = nn.Linear(last, model["classes"])

        def forward(self, image):
            tokens = self.stem(image).flatten(2).transpose(1, 2)
            if model["prefix_tokens"] > 0:
                tokens = torch.cat((self.prefix, tokens), 1) + self.positions
            tokens = self.norm(self.blocks(tokens))
            return self.classifier(tokens[:, 0] if model["prefix_tokens"] > 0 else tokens.mean(1))

    return Model().eval()


def model_run(torch, model, device, dtype):
    module = make_model(torch, model).to(device, dtype)
    side = model["image_size"]
    image = torch.randn(1, model["stem"][0]["in_channels"], side, side, device=device, dtype=dtype)
    return lambda: module(image)


def timed_runs(torch, run, device, repetitions):
    """Seconds of each run, after untimed ones."""
    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    for _ in range(WARM_UP_RUNS):
        run()
    wait()
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        wait()
        seconds.append(time.perf_counter() - start)
    return seconds


def percentile(ordered, share):
    """At position share x (n - 1), between two samples in proportion."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def peak_gflops(torch, device, dtype):
    best = 0.0
    for side in PEAK_SIDES[device]:
        left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
        seconds = min(timed_runs(torch, lambda: left @ right, device, PEAK_RUNS))
        best = max(best, 2 * side**3 / seconds * 1e-9)
    return best


def processor_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def card_state(query):
    """What the driver's tool says of the card; None where there is none."""
    command = ["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return lines.splitlines()[0].strip() if lines.strip() else None


def describe_platform(torch, device):
    if device == "cpu":
        return {"name": processor_name(), "device": "cpu", "library": f"PyTorch {torch.__version__}"}
    found = {"name": torch.cuda.get_device_name(), "device": "gpu",
             "library": f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}"}
    for key, query in (("driver", "driver_version"), ("clocks", "clocks.sm,clocks.mem")):
        state = card_state(query)
        if state:
            found[key] = state
    return found


def measure(torch, model, scope, precision, threads, arguments, peak):
    torch.manual_seed(1)
    dtype = getattr(torch, precision)
    make = attention_run if scope == "attention" else model_run
    macs = attention_macs(model) if scope == "attention" else model_macs(model)
    run = make(torch, model, arguments.device, dtype)
    seconds = sorted(timed_runs(torch, run, arguments.device, arguments.repetitions))
    median, p5, p95 = (percentile(seconds, share) for share in (0.5, 0.05, 0.95))
    entry = {"model": model["name"], "scope": scope, "precision": precision, "unit": "us",
             "time": median * 1e6, "p5": p5 * 1e6, "p95": p95 * 1e6, "spread": (p95 - p5) / median,
             "repetitions": arguments.repetitions}
    if threads is not None:
        entry["threads"] = threads
    entry["gflops"] = 2 * macs / median * 1e-9
    entry["share_of_peak"] = entry["gflops"] / peak
    return entry


def parse_arguments(argv):
    parser = Parser(description="Times dense models with PyTorch.")
    parser.add_argument("model", nargs="+", help="name in configs/models, or a file")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--scope", nargs="+", choices=("attention", "model"),
                        default=["attention", "model"])
    parser.add_argument("--threads", nargs="+", type=int, help="CPU: default 1, and all cores")
    parser.add_argument("--repetitions", type=int, default=LEAST_REPETITIONS)
    parser.add_argument("--out", help="file for the results (JSON)")
    arguments = parser.parse_args(argv)
    if arguments.repetitions < LEAST_REPETITIONS:
        raise InputError(f"--repetitions: expected {LEAST_REPETITIONS} or more")
    if arguments.threads and min(arguments.threads) < 1:
        raise InputError("--threads: expected 1 or more")
    return arguments


def run_all(torch, arguments):
    models = [load_model(name) for name in arguments.model]
    device = arguments.device
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: PyTorch finds no CUDA device")
    precisions = ["float32", "float16"] if device == "cuda" else ["float32"]
    threads_list = [None]
    if device == "cpu":
        threads_list = arguments.threads or sorted({1, os.cpu_count() or 1})
    found = describe_platform(torch, device)
    document = {"schema": "vitcod-baseline/1", "name": f'{found["name"]}, PyTorch',
                "kind": "measured", "platform": found,
                "source": "scripts/baseline_torch.py of vitcod-sim",
                "conditions": "batch 1, every map entry kept, random weights; median of the "
                              "repetitions after three untimed runs",
                "peaks": [], "times": []}
    for precision in precisions:
        for threads in threads_list:
            if threads is not None:
                torch.set_num_threads(threads)
            peak = peak_gflops(torch, device, getattr(torch, precision))
            document["peaks"].append(
                {"precision": precision, "threads": threads or 1, "gflops": peak})
            for model in models:
                for scope in arguments.scope:
                    entry = measure(torch, model, scope, precision, threads, arguments, peak)
                    document["times"].append(entry)
                    print(f'{entry["model"]:<12} {scope:<10} {precision:<8} {threads or "-":>3} '
                          f'threads {entry["time"]:>10.1f} us ({entry["p5"]:.1f} to '
                          f'{entry["p95"]:.1f}) {entry["gflops"]:>8.1f} GFLOP/s, '
                          f'{100 * entry["share_of_peak"]:.0f} % of peak', flush=True)
    return document


def main(argv):
    try:
        arguments = parse_arguments(argv)
        try:
            import torch
        except ImportError as error:
            raise InputError("needs PyTorch (Debian: python3-torch)") from error
        with torch.no_grad():
            document = run_all(torch, arguments)
        if arguments.out:
            temporary = arguments.out + ".part"
            with open(temporary, "w", encoding="utf-8") as file:
                file.write(json.dumps(document, indent=2) + "\n")
            os.replace(temporary, arguments.out)
            print(f"written: {arguments.out}")
    except (InputError, KeyError, OSError) as error:
        what = f"the model has no {error}" if isinstance(error, KeyError) else error
        print(f"baseline_torch.py: {what}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
