# SPDX-License-Identifier: Apache-2.0
"""The shapes of configs/models, and what follows from them; for baseline_torch.py."""

import json
import math
import os

CONFIGS = os.environ.get(
    "VITCOD_CONFIG_DIR",
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "configs"))


class InputError(Exception):
    """Wrong input: one line, exit status 2."""


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
        if document.get("tokens") is not None:
            raise InputError(f"{path}: /tokens: a baseline keeps all tokens")
        model = document["model"]
        if isinstance(model, str):
            beside = os.path.join(os.path.dirname(path), model)
            return load_model(beside if model.endswith(".json") or "/" in model else model)
        document = model
    if not isinstance(document, dict) or "groups" not in document or "name" not in document:
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


def first_grid(model):
    """Rows and columns of the stem's input: the image's, or the tokens' where they are rows."""
    side = model.get("image_size")
    return (side, side) if side else tuple(model["groups"][0]["key_grid"])


def stem_padding(model, layer):
    """None around an embedding of patches, half a kernel around convolutions."""
    is_embedding = len(model["stem"]) == 1 and layer["kernel"] == layer["stride"]
    return 0 if is_embedding else (layer["kernel"] - 1) // 2


def places(size, kernel, stride, padding):
    return (size + 2 * padding - kernel) // stride + 1


def mlp_window(group):
    """Kernel, stride and padding of the MLP's second layer along a sequence."""
    kernel = group.get("mlp_kernel") or 1
    return kernel, group.get("mlp_stride") or 1, (kernel - 1) // 2


def model_macs(model):
    macs = attention_macs(model)
    grid = first_grid(model)
    for layer in model["stem"]:
        padding = stem_padding(model, layer)
        grid = [places(side, layer["kernel"], layer["stride"], padding) for side in grid]
        area = layer["kernel"]**2
        macs += math.prod(grid) * area * layer["in_channels"] * layer["out_channels"]
    for group, queries, keys in blocks_of(model):
        key_width = group["heads"] * group["key_dim"]
        value_width = group["heads"] * group["value_dim"]
        macs += ((queries + keys) * key_width + keys * value_width) * group["width_in"]
        macs += queries * value_width * group["width_out"]
        window = mlp_window(group)
        rows = queries + places(queries, *window) * window[0]
        macs += rows * group["width_out"] * group["mlp_hidden"]
    classifiers = model.get("classifiers") or 1
    return macs + classifiers * model["groups"][-1]["width_out"] * model["classes"]


def macs_of(model, scope):
    """Multiply-accumulates of a run. Raises InputError for a model that does not tell its shapes."""
    try:
        if scope == "model" and model.get("patch_samples") is not None:
            raise InputError(f'{model["name"]}: patch_samples: a baseline\'s embedding cannot grow')
        return attention_macs(model) if scope == "attention" else model_macs(model)
    except KeyError as error:
        raise InputError(f'{model["name"]}: the model has no {error}') from error
    except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError) as error:
        raise InputError(f'{model["name"]}: not the shapes of a model: {error}') from error
