"""Trains far-mini on one CPU thread. A killed run goes on from its last checkpoint with --resume."""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from corpus import Corpus  # noqa: E402
from far_tokenizer import TOKENIZER, encode, load_tokenizer, train_tokenizer  # noqa: E402
from model import CONTEXT, FarMini  # noqa: E402

SEED = 20
TOKENS_PER_STEP = 1_024
POOL = 512


def batches(corpus: Corpus, tokenizer, first_step: int):
    """Yields (step, ids, weights) for ever. A pool of samples is cut into batches of about equal length; pool p is seeded by p."""
    step, pool = 0, 0
    while True:
        rng = random.Random(SEED * 1_000_003 + pool)
        samples = sorted((encode(tokenizer, corpus.conversation(rng)) for _ in range(POOL)), key=lambda sample: len(sample[0]))
        groups, group = [], []
        for sample in samples:
            if group and len(sample[0]) * (len(group) + 1) > TOKENS_PER_STEP:
                groups.append(group)
                group = []
            group.append(sample)
        groups.append(group)
        rng.shuffle(groups)
        for chosen in groups:
            if step >= first_step:
                yield step, *pad(chosen)
            step += 1
        pool += 1


def pad(group) -> tuple[torch.Tensor, torch.Tensor]:
    width = min(max(len(ids) for ids, _ in group), CONTEXT)
    ids = torch.zeros(len(group), width, dtype=torch.long)
    weights = torch.zeros(len(group), width)
    for row, (tokens, shares) in enumerate(group):
        length = min(len(tokens), width)
        ids[row, :length] = torch.tensor(tokens[:length])
        weights[row, :length] = torch.tensor(shares[:length])
    return ids, weights


def rate_at(step: int, steps: int, peak: float) -> float:
    warm = min(1.0, (step + 1) / 100)
    left = max(0.02, min(1.0, (steps - step) / (0.5 * steps)))
    return peak * warm * left


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=6_000)
    arguments.add_argument("--peak-rate", type=float, default=2e-3)
    arguments.add_argument("--checkpoint", type=Path, default=Path("/tmp/far-mini.pt"))
    arguments.add_argument("--resume", action="store_true")
    arguments.add_argument("--new-tokenizer", action="store_true")
    options = arguments.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    if options.new_tokenizer or not TOKENIZER.exists():
        train_tokenizer(SEED)
    corpus, tokenizer = Corpus(), load_tokenizer()
    model = FarMini(tokenizer.get_vocab_size())
    decayed = [p for n, p in model.named_parameters() if p.dim() == 2 and n != "token_embd.weight"]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or n == "token_embd.weight"]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.98)
    )
    first = 0
    if options.resume and options.checkpoint.exists():
        saved = torch.load(options.checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, steps {first} to {options.steps}", flush=True)

    started, tokens, running = time.monotonic(), 0, 0.0
    for step, ids, weights in batches(corpus, tokenizer, first):
        if step >= options.steps:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, options.steps, options.peak_rate)
        logits = model(ids[:, :-1])
        losses = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
        scale = weights[:, 1:].flatten()
        loss = (losses * scale).sum() / scale.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += ids.numel()
        running = loss.item() if running == 0 else 0.98 * running + 0.02 * loss.item()
        if (step + 1) % 50 == 0:
            pace = tokens / (time.monotonic() - started)
            print(f"step {step + 1} loss {running:.4f} {pace:.0f} tokens/s", flush=True)
        if (step + 1) % 200 == 0 or step + 1 == options.steps:
            save(options.checkpoint, model, optimizer, step + 1)
    save(options.checkpoint, model, optimizer, options.steps)


def save(path: Path, model: FarMini, optimizer: torch.optim.Optimizer, step: int) -> None:
    partial = path.with_suffix(".partial")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, partial)
    partial.replace(path)


if __name__ == "__main__":
    main()
