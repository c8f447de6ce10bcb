"""The llama architecture in PyTorch, with rotary embedding on interleaved pairs as llama.cpp computes it."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, LAYERS, HEADS, FEED_FORWARD, CONTEXT = 256, 4, 4, 704, 1024
HEAD = WIDTH // HEADS
FIRST_LAYERS = 2
ROPE_BASE, EPSILON = 10_000.0, 1e-5


class Norm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * self.weight


def rotary_table() -> tuple[torch.Tensor, torch.Tensor]:
    frequency = ROPE_BASE ** (-torch.arange(0, HEAD, 2).float() / HEAD)
    angle = torch.outer(torch.arange(CONTEXT).float(), frequency)
    return angle.cos(), angle.sin()


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn_norm, self.ffn_norm = Norm(), Norm()
        self.attn_q = nn.Linear(WIDTH, WIDTH, bias=False)
        self.attn_k = nn.Linear(WIDTH, WIDTH, bias=False)
        self.attn_v = nn.Linear(WIDTH, WIDTH, bias=False)
        self.attn_output = nn.Linear(WIDTH, WIDTH, bias=False)
        self.ffn_gate = nn.Linear(WIDTH, FEED_FORWARD, bias=False)
        self.ffn_up = nn.Linear(WIDTH, FEED_FORWARD, bias=False)
        self.ffn_down = nn.Linear(FEED_FORWARD, WIDTH, bias=False)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        rows, length, _ = x.shape
        h = self.attn_norm(x)
        q, k, v = (
            layer(h).view(rows, length, HEADS, HEAD).transpose(1, 2) for layer in (self.attn_q, self.attn_k, self.attn_v)
        )
        scores = rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(-1, -2) / math.sqrt(HEAD) + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, WIDTH)
        x = x + self.attn_output(mixed)
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class FarMini(nn.Module):
    """Token ids in, logits out; the embedding is also the output matrix."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.token_embd = nn.Embedding(vocabulary, WIDTH)
        self.blk = nn.ModuleList(Block() for _ in range(LAYERS))
        self.active = LAYERS
        self.output_norm = Norm()
        cos, sin = rotary_table()
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        nn.init.normal_(self.token_embd.weight, std=0.02)
        for name, parameter in self.blk.named_parameters():
            if parameter.dim() == 2:
                deep = name.endswith(("attn_output.weight", "ffn_down.weight"))
                late = int(name.split(".")[0]) >= FIRST_LAYERS
                # A layer whose outputs start at zero changes nothing when it joins.
                nn.init.normal_(parameter, std=(0.0 if late else 0.05) if deep else 0.05)

    def forward(
        self,
        ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        samples: torch.Tensor | None = None,
        wanted: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """With positions and samples (shaped as ids) a row may hold several samples that do not see each other.

        wanted picks the places whose logits are computed; then the result is flat.
        """
        length = ids.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        cos, sin = self.cos[:length], self.sin[:length]
        if positions is not None and samples is not None:
            apart = samples[:, :, None] != samples[:, None, :]
            mask = mask.masked_fill(apart, float("-inf"))[:, None]
            cos, sin = self.cos[positions][:, None], self.sin[positions][:, None]
        x = self.token_embd(ids)
        for block in self.blk[: self.active]:
            x = block(x, cos, sin, mask)
        if wanted is not None:
            x = x[wanted]
        return self.output_norm(x) @ self.token_embd.weight.T
