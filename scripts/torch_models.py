# SPDX-License-Identifier: Apache-2.0
"""The dense models of baseline_torch.py as modules of PyTorch, from the shapes of configs/models.

What they compute is described under "model" in sim/baseline/README.md. A model is the JSON object
of its file; tokens are (1, tokens, channels).
"""

import math

import torch
from model_shapes import mlp_window, stem_padding
from torch import nn

ACTIVATIONS = {"gelu": nn.GELU, "relu": nn.ReLU, "hardswish": nn.Hardswish}


def attention(query, key, value):
    """softmax(Q K^T / sqrt(d)) V of (1, heads, tokens, features)."""
    fused = getattr(nn.functional, "scaled_dot_product_attention", None)
    if fused is not None:
        return fused(query, key, value)
    scores = (query * query.shape[-1]**-0.5) @ key.transpose(-2, -1)
    return scores.softmax(-1) @ value


def has_norms(model):
    """Whether blocks normalise their inputs (ViT), or have that in their weights (LeViT)."""
    return model["activation"] != "hardswish"


def norm(width, is_there):
    return nn.LayerNorm(width, eps=1e-6) if is_there else nn.Identity()


class Mlp(nn.Module):
    """Two layers with a residual; the second may take several tokens of a sequence for each row."""

    def __init__(self, model, group):
        super().__init__()
        width, hidden = group["width_out"], group["mlp_hidden"]
        kernel, self.stride, padding = mlp_window(group)
        self.first = nn.Sequential(norm(width, has_norms(model)), nn.Linear(width, hidden),
                                   ACTIVATIONS[model["activation"]]())
        self.is_windowed = kernel > 1 or self.stride > 1
        self.second = (nn.Conv1d(hidden, width, kernel, self.stride, padding)
                       if self.is_windowed else nn.Linear(hidden, width))

    def forward(self, tokens):
        hidden = self.first(tokens)
        if not self.is_windowed:
            return tokens + self.second(hidden)
        made = self.second(hidden.transpose(1, 2)).transpose(1, 2)
        return tokens[:, ::self.stride][:, :made.shape[1]] + made


class Block(nn.Module):
    """Attention with its projections, and the MLP behind it."""

    def __init__(self, model, group):
        super().__init__()
        self.group = group
        self.key_width = group["heads"] * group["key_dim"]
        self.value_width = group["heads"] * group["value_dim"]
        is_subsampling = group["query_grid"] != group["key_grid"]
        self.stride = -(-group["key_grid"][0] // group["query_grid"][0])
        joined = (1 if is_subsampling else 2) * self.key_width + self.value_width
        self.norm = norm(group["width_in"], has_norms(model))
        self.query = nn.Linear(group["width_in"], self.key_width) if is_subsampling else None
        self.joined = nn.Linear(group["width_in"], joined)
        self.of_heads = nn.Identity() if has_norms(model) else ACTIVATIONS[model["activation"]]()
        self.projection = nn.Linear(self.value_width, group["width_out"])
        self.mlp = Mlp(model, group)

    def heads(self, rows, features):
        return rows.reshape(1, rows.shape[1], self.group["heads"], features).transpose(1, 2)

    def operands(self, rows):
        """Q, K and V by one product; by two where not every row asks."""
        parts = self.joined(rows)
        if self.query is None:
            return parts.split([self.key_width] * 2 + [self.value_width], -1)
        grid = rows.reshape(1, *self.group["key_grid"], rows.shape[-1])
        asking = grid[:, ::self.stride, ::self.stride].flatten(1, 2)
        return self.query(asking), *parts.split([self.key_width, self.value_width], -1)

    def forward(self, tokens):
        query, key, value = self.operands(self.norm(tokens))
        result = attention(self.heads(query, self.group["key_dim"]),
                           self.heads(key, self.group["key_dim"]),
                           self.heads(value, self.group["value_dim"]))
        result = self.projection(self.of_heads(result.transpose(1, 2).flatten(2)))
        return self.mlp(tokens + result if self.group["residual"] else result)


class Model(nn.Module):
    """From the image, (1, channels, rows, columns), to a list of each classifier's scores."""

    def __init__(self, model):
        super().__init__()
        stem = []
        for layer in model["stem"]:
            stem += [nn.Conv2d(layer["in_channels"], layer["out_channels"], layer["kernel"],
                               layer["stride"], stem_padding(model, layer)),
                     ACTIVATIONS[model["activation"]]()]
        self.stem = nn.Sequential(*stem[:-1])
        self.num_prefix = model["prefix_tokens"]
        width, last = model["stem"][-1]["out_channels"], model["groups"][-1]["width_out"]
        tokens = math.prod(model["groups"][0]["key_grid"]) + self.num_prefix
        self.prefix = nn.Parameter(torch.randn(1, self.num_prefix, width))
        self.positions = (nn.Parameter(torch.randn(1, tokens, width)) if has_norms(model)
                          else None)
        self.pre_norm = norm(width, bool(model.get("pre_norm")))
        self.blocks = nn.Sequential(*(Block(model, group) for group in model["groups"]
                                      for _ in range(group["num_blocks"])))
        self.norm = norm(last, has_norms(model))
        self.classifiers = nn.ModuleList(nn.Linear(last, model["classes"])
                                         for _ in range(model.get("classifiers") or 1))

    def forward(self, image):
        tokens = self.stem(image).flatten(2).transpose(1, 2)
        if self.positions is not None:
            tokens = torch.cat((self.prefix, tokens), 1) + self.positions
        tokens = self.norm(self.blocks(self.pre_norm(tokens)))
        pooled = None if self.num_prefix > 0 else tokens.mean(1)
        return [classifier(tokens[:, i] if pooled is None else pooled)
                for i, classifier in enumerate(self.classifiers)]
