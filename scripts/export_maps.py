#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Attention maps and masks of a PyTorch vision transformer as the .npy files that a workload takes.

From a model, in a script of your own (averages over all images that go through the model):

    from export_maps import AttentionRecorder
    with AttentionRecorder(model) as recorder, torch.no_grad():
        for images, _ in loader:
            model(images)
    recorder.save("maps", name="my-model", prefix_tokens=1)

writes maps/attention0.npy (one file a group of layers of one shape), maps/model.json and
maps/workload.json, which `vitcod-sim workload info maps/workload.json` and a run take as they are.

From files (.pt, .pth, .npz, .npy) that hold maps already:

    export_maps.py attention attentions.pt --out attention.npy     # averaged over the batch
    export_maps.py masks masks.npz --polarity kept --out mask.npy  # written as True = pruned
"""
import argparse
import json
import math
import pathlib
import sys

import numpy as np


class ExportError(Exception):
    """Input that cannot be exported: one line."""


# --- Recording ---


def _softmax_inputs_of(module):
    """The child that gets a module's attention after softmax, by the layouts of timm (attn_drop)
    and Hugging Face (dropout beside query and key); None for other modules."""
    children = dict(module.named_children())
    if "attn_drop" in children and hasattr(module, "num_heads"):
        return children["attn_drop"]
    if {"query", "key", "dropout"} <= children.keys():
        return children["dropout"]
    return None


class AttentionRecorder:
    """Sums up the attention (batch, heads, queries, keys) of each attention module of `model` while
    it is entered, in the order in which the modules first run.

    Knows timm's Attention, torch.nn.MultiheadAttention (torchvision) and Hugging Face's
    ViTSelfAttention, and modules like them. The model computes what it always does; where it would
    not form the attention (fused kernels), the plain way is chosen meanwhile."""

    def __init__(self, model):
        self._model = model
        self._undo = []
        self._names = {}  # module -> its name
        self._sums = {}  # name -> float64 array (heads, queries, keys)
        self._images = {}  # name -> images in the sum
        self._features = {}  # name -> (key_dim, value_dim)

    def __enter__(self):
        import torch

        try:
            self._use_plain_attention()
            for name, module in self._model.named_modules():
                if isinstance(module, torch.nn.MultiheadAttention):
                    self._watch_multihead(name, module)
                elif (softmax := _softmax_inputs_of(module)) is not None:
                    self._watch_module(name, module, softmax)
            if not self._names:
                raise ExportError(
                    f"{type(self._model).__name__} has no attention module of a known layout "
                    "(timm, torch.nn.MultiheadAttention, Hugging Face)")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    def _set(self, owner, attribute, value):
        """Sets an attribute until the recorder is left."""
        before = owner.__dict__.get(attribute)
        had = attribute in owner.__dict__
        setattr(owner, attribute, value)
        self._undo.append(
            lambda: setattr(owner, attribute, before) if had else delattr(owner, attribute))

    def _use_plain_attention(self):
        config = getattr(self._model, "config", None)
        if hasattr(config, "_attn_implementation"):
            self._set(config, "_attn_implementation", "eager")
        for module in self._model.modules():
            if getattr(module, "fused_attn", False):
                self._set(module, "fused_attn", False)

    def _watch_module(self, name, module, softmax):
        heads = getattr(module, "num_heads", None) or getattr(module, "num_attention_heads")
        seen = []  # within one call: the attention must not count twice

        def before(*_):
            seen.clear()

        def at_softmax(_, inputs):
            if not seen and inputs[0].dim() == 4:
                seen.append(True)
                self._add(name, inputs[0])

        def after(_, inputs, output):
            # Hugging Face returns the attention, where its dropout is a function and no module.
            if not seen and isinstance(output, tuple) and len(output) > 1:
                if output[1] is not None and output[1].dim() == 4:
                    self._add(name, output[1])
            hidden = inputs[0].shape[-1] if inputs else 0
            self._features.setdefault(name, (hidden // heads, hidden // heads))

        self._names[module] = name
        for handle in (module.register_forward_pre_hook(before),
                       softmax.register_forward_pre_hook(at_softmax),
                       module.register_forward_hook(after)):
            self._undo.append(handle.remove)

    def _watch_multihead(self, name, module):
        forward = module.forward

        def recording(*arguments, need_weights=True, average_attn_weights=True, **options):
            if len(arguments) > 3:
                raise ExportError(f"{name}: expected query, key and value alone to be positional")
            output, weights = forward(*arguments, need_weights=True, average_attn_weights=False,
                                      **options)
            self._add(name, weights if weights.dim() == 4 else weights[None])
            if not need_weights:
                return output, None
            return output, weights.mean(dim=-3) if average_attn_weights else weights

        self._names[module] = name
        self._features[name] = (module.head_dim, module.head_dim)
        self._set(module, "forward", recording)

    def _add(self, name, attention):
        values = attention.detach().double().cpu().numpy()
        total = values.sum(axis=0)
        if name not in self._sums:
            self._sums[name] = total
            self._images[name] = len(values)
        elif self._sums[name].shape != total.shape:
            raise ExportError(
                f"{name}: expected maps of shape {self._sums[name].shape} in every call, "
                f"found {total.shape}")
        else:
            self._sums[name] += total
            self._images[name] += len(values)

    def averages(self):
        """Per group of consecutive layers of one shape, float32 (layers, heads, queries, keys)."""
        return [np.stack([self._average(name) for name in group]) for group in self._groups()]

    def _average(self, name):
        return (self._sums[name] / self._images[name]).astype(np.float32)

    def _groups(self):
        missing = [name for name in self._names.values() if name not in self._sums]
        if missing:
            raise ExportError(
                f"no attention seen in {', '.join(missing)}: no image went through it, or it runs "
                "in a fused kernel (for Hugging Face: load with attn_implementation=\"eager\")")
        groups = []
        for name, total in self._sums.items():
            if groups and self._sums[groups[-1][-1]].shape == total.shape:
                groups[-1].append(name)
            else:
                groups.append([name])
        return groups

    def save(self, folder, name, prefix_tokens=1, theta_p=0.5):
        """Writes attention<i>.npy a group, model.json and workload.json into `folder`.
        prefix_tokens: tokens before the patches (class, distillation, register). theta_p: the
        workload's cut-off of pruning, to be changed there."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        groups, files = [], []
        for index, (layers, maps) in enumerate(zip(self._groups(), self.averages())):
            files.append(f"attention{index}.npy")
            np.save(folder / files[-1], maps)
            key_dim, value_dim = self._features[layers[0]]
            groups.append({
                "name": f"group{index}", "num_blocks": len(layers), "heads": maps.shape[1],
                "query_grid": _grid(maps.shape[2], prefix_tokens),
                "key_grid": _grid(maps.shape[3], prefix_tokens),
                "key_dim": key_dim, "value_dim": value_dim})
        model = {"name": name, "prefix_tokens": prefix_tokens, "groups": groups}
        workload = {"model": "model.json", "scope": "attention",
                    "maps": {"kind": "attention", "files": files, "theta_p": theta_p},
                    "polarization": {"theta_d_fraction": 0.25}}
        for file, content in (("model.json", model), ("workload.json", workload)):
            (folder / file).write_text(json.dumps(content, indent=2) + "\n")


def _grid(tokens, prefix_tokens):
    """Rows and columns of patches: a square if they make one, else a sequence."""
    patches = tokens - prefix_tokens
    if patches < 1:
        raise ExportError(f"expected fewer than {tokens} prefix tokens, found {prefix_tokens}")
    side = math.isqrt(patches)
    return [side, side] if side * side == patches else [1, patches]


# --- Files ---


def _numpy(value):
    return value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)


def _entry(content, key, file):
    """The array of a file, or of the entry `key` of its dictionary; a list is one array a layer."""
    if hasattr(content, "keys"):
        names = list(content.keys())
        if key is None and len(names) == 1:
            key = names[0]
        if key not in names:
            found = "no --key" if key is None else f'--key "{key}"'
            raise ExportError(
                f"{file}: expected --key to be one of {', '.join(names)}, found {found}")
        content = content[key]
    if isinstance(content, (list, tuple)):
        shapes = {tuple(_numpy(layer).shape) for layer in content}
        if len(shapes) != 1:
            raise ExportError(f"{file}: expected layers of one shape, found {sorted(shapes)}")
        return np.stack([_numpy(layer) for layer in content])
    return _numpy(content)


def load(file, key=None):
    """The array in a .pt, .pth, .npz or .npy file."""
    ending = pathlib.Path(file).suffix
    try:
        if ending in (".pt", ".pth"):
            import torch
            return _entry(torch.load(file, map_location="cpu", weights_only=True), key, file)
        if ending in (".npz", ".npy"):
            return _entry(np.load(file, allow_pickle=False), key, file)
    except ExportError:
        raise
    except Exception as error:  # whatever a damaged file makes of its reader
        raise ExportError(f"{file}: cannot read: {str(error).splitlines()[0]}") from error
    raise ExportError(f"{file}: expected a file .pt, .pth, .npz or .npy, found \"{ending}\"")


def _batch_axis(array, chosen, file):
    """The axis of the batch of an array of 5 axes; None without one."""
    if array.ndim == 4 and chosen is None:
        return None
    if array.ndim == 5 and chosen is not None and 0 <= chosen < 3:
        return chosen
    ones = [axis for axis in range(3) if array.ndim == 5 and array.shape[axis] == 1]
    if len(ones) == 1 and chosen is None:
        return ones[0]
    raise ExportError(
        f"{file}: expected (layers, heads, queries, keys), or one axis more and --batch-axis 0 to "
        f"2, found {array.shape}")


def attention_of(array, batch_axis=None, file="array"):
    """Averaged attention float32 (layers, heads, queries, keys) whose rows sum to 1."""
    axis = _batch_axis(array, batch_axis, file)
    maps = np.asarray(array, dtype=np.float64)
    if axis is not None:
        maps = maps.mean(axis=axis)
    if not np.isfinite(maps).all() or (maps < 0).any():
        raise ExportError(f"{file}: expected attention after softmax, found negative or no numbers")
    sums = maps.sum(axis=-1)
    worst = sums.flat[np.argmax(np.abs(sums - 1))]
    if abs(worst - 1) > 1e-2:
        raise ExportError(f"{file}: expected rows that sum to 1, found a sum of {worst:.6g}")
    return (maps / sums[..., None]).astype(np.float32)


def masks_of(array, polarity, batch_axis=None, file="array"):
    """Masks bool (layers, heads, queries, keys), True = pruned; `polarity` says what 1 means in
    `array`: "pruned" or "kept"."""
    axis = _batch_axis(array, batch_axis, file)
    if axis is not None:
        first = np.take(array, [0], axis=axis)
        if (array != first).any():
            raise ExportError(f"{file}: expected one mask for all images, found masks that differ")
        array = first.squeeze(axis)
    if not ((array == 0) | (array == 1)).all():
        raise ExportError(f"{file}: expected 0 and 1 alone")
    return (array == 1) if polarity == "pruned" else (array == 0)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("kind", choices=("attention", "masks"))
    parser.add_argument("input", help=".pt, .pth, .npz or .npy")
    parser.add_argument("--out", required=True, help=".npy to write")
    parser.add_argument("--key", help="entry of a dictionary or an archive")
    parser.add_argument("--batch-axis", type=int, help="axis of the images, if there is one")
    parser.add_argument("--polarity", choices=("pruned", "kept"), default="pruned",
                        help="masks: what 1 means in the input (pruned)")
    options = parser.parse_args(arguments)
    try:
        array = load(options.input, options.key)
        if options.kind == "attention":
            maps = attention_of(array, options.batch_axis, options.input)
        else:
            maps = masks_of(array, options.polarity, options.batch_axis, options.input)
        with open(options.out, "wb") as file:
            np.save(file, maps)
    except (ExportError, OSError) as error:
        print(f"export_maps: {error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {options.kind} {maps.shape}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
