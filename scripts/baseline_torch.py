#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times dense models with PyTorch on its CPU or CUDA device, and writes a baseline file.

    scripts/baseline_torch.py deit-tiny levit-128 --device cuda --out gpu.json

Models, scopes, repetitions and the file are those of vitcod-baseline (sim/baseline/README.md), with
these differences: attention is torch.nn.functional's scaled dot product where PyTorch has it, else
two products and a softmax; there is no int8; on a CUDA device float16 is measured too, float32 is
that alone (no TF32), and each time includes the launch of its kernels, which small models are bound
by.
Needs PyTorch and NumPy (Debian: python3-torch, and libopenblas0-pthread: without it PyTorch's
products on the CPU run on the reference BLAS, a hundred times slower, and the peak beside them too).
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

from model_shapes import InputError, blocks_of, first_grid, load_model, macs_of

LEAST_REPETITIONS = 30
WIDE_SPREAD = 0.1
WARM_UP_RUNS = 3
PEAK_SIDES = {"cpu": (768, 1024), "cuda": (4096, 8192)}
PEAK_SECONDS = 0.5


class Parser(argparse.ArgumentParser):
    """Says what is wrong with the command line in one line."""

    def error(self, message):
        raise InputError(f"{message} (see --help)")


def attention_run(torch, model, device, dtype):
    """A function that runs the attention of all blocks, each on operands of its own."""
    import torch_models

    operands = []
    for group, queries, keys in blocks_of(model):
        shapes = ((queries, group["key_dim"]), (keys, group["key_dim"]), (keys, group["value_dim"]))
        operands.append([torch.randn(1, group["heads"], *shape, device=device, dtype=dtype)
                         for shape in shapes])

    def run():
        for query, key, value in operands:
            result = torch_models.attention(query, key, value)
        return result

    return run


def model_run(torch, model, device, dtype):
    import torch_models

    if model.get("activation") not in torch_models.ACTIVATIONS:
        raise InputError(f'{model["name"]}: /activation: expected one of '
                         f'{", ".join(torch_models.ACTIVATIONS)}')
    module = torch_models.Model(model).eval().to(device, dtype)
    image = torch.randn(1, model["stem"][0]["in_channels"], *first_grid(model), device=device,
                        dtype=dtype)
    return lambda: module(image)


def wait_for(torch, device):
    if device == "cuda":
        torch.cuda.synchronize()


def timed_run(torch, run, device):
    start = time.perf_counter()
    run()
    wait_for(torch, device)
    return time.perf_counter() - start


def timed_runs(torch, run, device, repetitions):
    """Seconds of each run, after untimed ones."""
    for _ in range(WARM_UP_RUNS):
        run()
    wait_for(torch, device)
    return [timed_run(torch, run, device) for _ in range(repetitions)]


def percentile(ordered, share):
    """At position share x (n - 1), between two samples in proportion."""
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def peak_gflops(torch, device, dtype):
    """The best of large products in half a second for each size."""
    best = 0.0
    for side in PEAK_SIDES[device]:
        left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
        until = time.perf_counter() + PEAK_SECONDS
        seconds = [min(timed_runs(torch, lambda: left @ right, device, 3))]
        while time.perf_counter() < until:
            seconds.append(timed_run(torch, lambda: left @ right, device))
        best = max(best, 2 * side**3 / min(seconds) * 1e-9)
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


def statistics_of(seconds):
    seconds = sorted(seconds)
    median, p5, p95 = (percentile(seconds, share) for share in (0.5, 0.05, 0.95))
    return {"time": median * 1e6, "p5": p5 * 1e6, "p95": p95 * 1e6, "spread": (p95 - p5) / median}


def measure(torch, model, scope, precision, threads, arguments):
    torch.manual_seed(1)
    dtype = getattr(torch, precision)
    make = attention_run if scope == "attention" else model_run
    macs = macs_of(model, scope)
    run = make(torch, model, arguments.device, dtype)
    best, attempts = None, 0
    while best is None or (best["spread"] > WIDE_SPREAD and attempts < arguments.attempts):
        attempts += 1
        found = statistics_of(timed_runs(torch, run, arguments.device, arguments.repetitions))
        if best is None or found["spread"] < best["spread"]:
            best = found
    entry = {"model": model["name"], "scope": scope, "precision": precision, "unit": "us", **best,
             "repetitions": arguments.repetitions, "attempts": attempts}
    if threads is not None:
        entry["threads"] = threads
    entry["gflops"] = 2 * macs / best["time"] * 1e-3
    print(f'{entry["model"]:<22} {scope:<10} {precision:<8} {threads or "-":>3} threads '
          f'{entry["time"]:>10.1f} us ({entry["p5"]:.1f} to {entry["p95"]:.1f}, spread '
          f'{100 * entry["spread"]:.1f} %) {entry["gflops"]:>8.1f} GFLOP/s', flush=True)
    return entry


def parse_arguments(argv):
    parser = Parser(description="Times dense models with PyTorch.")
    parser.add_argument("model", nargs="+", help="name in configs/models, or a file")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--scope", nargs="+", choices=("attention", "model"),
                        default=["attention", "model"])
    parser.add_argument("--threads", nargs="+", type=int, help="CPU: default 1, and all cores")
    parser.add_argument("--repetitions", type=int, default=LEAST_REPETITIONS)
    parser.add_argument("--attempts", type=int, default=1, help="measure again, so often in all, "
                        "while the spread is above 10 %%; the least spread is kept")
    parser.add_argument("--out", help="file for the results (JSON)")
    arguments = parser.parse_args(argv)
    if arguments.repetitions < LEAST_REPETITIONS:
        raise InputError(f"--repetitions: expected {LEAST_REPETITIONS} or more")
    if arguments.attempts < 1:
        raise InputError("--attempts: expected 1 or more")
    if arguments.threads and min(arguments.threads) < 1:
        raise InputError("--threads: expected 1 or more")
    return arguments


def configurations(torch, arguments):
    """Precision and threads of each; None where the device has no threads to choose."""
    if arguments.device == "cuda":
        if not torch.cuda.is_available():
            raise InputError("--device cuda: PyTorch finds no CUDA device")
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        return [("float32", None), ("float16", None)]
    return [("float32", threads)
            for threads in arguments.threads or sorted({1, os.cpu_count() or 1})]


def peaks_of(torch, arguments, wanted):
    peaks = {}
    for precision, threads in wanted:
        if threads is not None:
            torch.set_num_threads(threads)
        peaks[precision, threads] = peak_gflops(torch, arguments.device, getattr(torch, precision))
    return peaks


def times_of(torch, arguments, wanted, models):
    times = []
    for precision, threads in wanted:
        if threads is not None:
            torch.set_num_threads(threads)
        for model in models:
            for scope in arguments.scope:
                times.append(measure(torch, model, scope, precision, threads, arguments))
    return times


def run_all(torch, arguments):
    models = [load_model(name) for name in arguments.model]
    for model in models:
        for scope in arguments.scope:
            macs_of(model, scope)  # refuses what could not run before anything does
    wanted = configurations(torch, arguments)
    before = peaks_of(torch, arguments, wanted)
    times = times_of(torch, arguments, wanted, models)
    after = peaks_of(torch, arguments, wanted)
    peaks = {key: max(before[key], after[key]) for key in wanted}
    for entry in times:
        key = (entry["precision"], entry.get("threads"))
        entry["share_of_peak"] = entry["gflops"] / peaks[key]
    for (precision, threads), peak in peaks.items():
        shares = [100 * entry["share_of_peak"] for entry in times
                  if (entry["precision"], entry.get("threads")) == (precision, threads)]
        print(f'{precision:<8} {threads or "-":>3} threads: a large product reaches {peak:.1f} '
              f'GFLOP/s, these models {min(shares):.0f} to {max(shares):.0f} % of it')
    found = describe_platform(torch, arguments.device)
    return {"schema": "vitcod-baseline/1", "name": f'{found["name"]}, PyTorch',
            "kind": "measured", "platform": found,
            "source": "scripts/baseline_torch.py of vitcod-sim",
            "conditions": "batch 1, every map entry kept, random weights; median of the "
                          "repetitions after three untimed runs",
            "peaks": [{"precision": precision, "threads": threads or 1, "gflops": peak}
                      for (precision, threads), peak in peaks.items()],
            "times": times}


def main(argv):
    try:
        arguments = parse_arguments(argv)
        try:
            import torch
        except ImportError as error:
            raise InputError("needs PyTorch (Debian: python3-torch)") from error
        temporary = arguments.out + ".part" if arguments.out else os.devnull
        with open(temporary, "w", encoding="utf-8") as file:  # before minutes of measuring
            try:
                with torch.no_grad():
                    file.write(json.dumps(run_all(torch, arguments), indent=2) + "\n")
            except BaseException:
                if arguments.out:
                    os.remove(temporary)
                raise
        if arguments.out:
            os.replace(temporary, arguments.out)
            print(f"written: {arguments.out}")
    except (InputError, OSError) as error:
        print(f"baseline_torch.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
