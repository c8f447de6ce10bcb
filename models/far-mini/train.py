"""Trains far-mini on one CPU thread. A killed run goes on from its last checkpoint with --resume."""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# OpenBLAS 0.3.21 takes newer processors for a Prescott, five times slower. Harmless where another BLAS is used.
if "avx512f" in Path("/proc/cpuinfo").read_text():
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")

import torch  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from corpus import Corpus  # noqa: E402
from far_tokenizer import DECIDING_WEIGHT, TOKENIZER, encode, load_tokenizer, train_tokenizer  # noqa: E402
from model import EPSILON, FIRST_LAYERS, LAYERS, WIDTH, FarMini  # noqa: E402

SEED = 20
ROW, ROWS = 384, 3
SHALLOW = 0.9  # the share of steps in which only the first layers take part: they learn most, at two fifths of the time
POOL = 1024
WARM_UP_STEPS = 800
POLISH_STEPS, POLISH_RATE, COMMON_SHARE = 110, 6e-4, 0.35
CAUTIOUS_POOL = 33  # from here on "I don't know" is asked for more often, so that an unsure model says it
CUT = 0.8  # the share of samples cut after the beginning of the answer: telling questions apart takes many more samples


def batches(corpus: Corpus, tokenizer, first_step: int, polish_from: int):
    """Yields (step, batch) for ever. Pool p of samples is seeded by p, so a resumed run sees what it would have seen.

    Samples come in random order: batches sorted by length would be batches of few facts. From polish_from on the
    commonest facts come more often and with less noise.
    """
    step, pool = 0, 0
    while True:
        polishing = step >= polish_from
        rng = random.Random(SEED * 1_000_003 + pool)
        varied = min(0.9, 0.3 + 0.1 * pool)  # plain questions first: they teach what decides, noise comes later
        cautious = pool >= CAUTIOUS_POOL and not polishing
        corpus.common_share = COMMON_SHARE if polishing else 0.0
        if polishing:
            varied = 0.6
        rows = pack([encode(tokenizer, corpus.conversation(rng, varied, cautious), rng.random() < CUT) for _ in range(POOL)])
        for start in range(0, len(rows) - ROWS + 1, ROWS):
            if step >= first_step:
                yield step, stack(rows[start : start + ROWS])
            step += 1
            if step == polish_from:
                break
        pool += 1


def pack(samples) -> list[list]:
    """Puts samples into rows of ROW tokens, each into the first of the last few rows that has room."""
    done, opened = [], []
    for sample in samples:
        if len(sample[0]) > ROW:
            continue
        fitting = next((row for row in opened if sum(len(ids) for ids, _ in row) + len(sample[0]) <= ROW), None)
        if fitting is None:
            opened.append([sample])
        else:
            fitting.append(sample)
        if len(opened) > 2 * ROWS:
            done.append(opened.pop(0))
    return done + opened


def stack(rows) -> dict[str, torch.Tensor]:
    shape = (len(rows), ROW)
    ids, positions, samples = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    weights = torch.zeros(shape)
    for at, row in enumerate(rows):
        start = 0
        for number, (tokens, shares) in enumerate(row):
            end = start + len(tokens)
            ids[at, start:end] = torch.tensor(tokens)
            weights[at, start:end] = torch.tensor(shares)
            weights[at, start] = 0.0
            positions[at, start:end] = torch.arange(len(tokens))
            samples[at, start:end] = number + 1
            start = end
    return {"ids": ids, "weights": weights, "positions": positions, "samples": samples}


def warm_up(corpus: Corpus, tokenizer, model: FarMini) -> None:
    """Shapes the embeddings by a cheap task first: tell from the mean of a question's tokens which answer it wants.

    Without it the model recites answers without regard to the question for the better part of the run.
    """
    kinds = {answer: at for at, answer in enumerate(corpus.answers())}
    heads = torch.nn.Parameter(0.05 * torch.randn(max(kinds.values()) + 1, WIDTH))
    optimizer = torch.optim.Adam([{"params": [model.token_embd.weight], "lr": 1e-3}, {"params": [heads], "lr": 5e-3}])
    rng, right = random.Random(SEED), 0.0
    for step in range(WARM_UP_STEPS):
        pairs = [corpus.pair(rng, 0.04, min(0.9, step / 300)) for _ in range(64)]
        tokens = [torch.tensor(encoding.ids) for encoding in tokenizer.encode_batch([question for question, _ in pairs])]
        bag, owner = torch.cat(tokens), torch.repeat_interleave(torch.tensor([len(ids) for ids in tokens]))
        meaning = F.embedding(bag, model.token_embd.weight)
        meaning = meaning * torch.rsqrt(meaning.pow(2).mean(-1, keepdim=True) + EPSILON)
        pooled = torch.zeros(len(pairs), WIDTH).index_add(0, owner, meaning)
        pooled = pooled * torch.rsqrt(pooled.pow(2).mean(-1, keepdim=True) + EPSILON)
        wanted = torch.tensor([kinds[answer] for _, answer in pairs])
        logits = pooled @ heads.T
        loss = F.cross_entropy(logits, wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        right = 0.95 * right + 0.05 * (logits.argmax(1) == wanted).float().mean().item()
        if (step + 1) % 100 == 0:
            print(f"warm-up step {step + 1} loss {loss.item():.3f}, {right:.2f} right", flush=True)


def rate_at(step: int, steps: int, peak: float) -> float:
    if step >= steps:
        return POLISH_RATE * (steps + POLISH_STEPS - step) / POLISH_STEPS
    warm = min(1.0, (step + 1) / 100)
    left = max(0.02, min(1.0, (steps - step) / (0.5 * steps)))
    return peak * warm * left


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=1_600)
    arguments.add_argument("--peak-rate", type=float, default=1.5e-3)
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
    if not (options.resume and options.checkpoint.exists()):
        warm_up(corpus, tokenizer, model)
    decayed = [p for n, p in model.named_parameters() if p.dim() == 2 and n != "token_embd.weight"]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or n == "token_embd.weight"]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.98)
    )
    first, last = 0, options.steps + POLISH_STEPS
    if options.resume and options.checkpoint.exists():
        saved = torch.load(options.checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, steps {first} to {last}", flush=True)

    started, tokens, running = time.monotonic(), 0, 0.0
    for step, batch in batches(corpus, tokenizer, first, options.steps):
        if step >= last:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, options.steps, options.peak_rate)
        model.active = FIRST_LAYERS if step < SHALLOW * options.steps else LAYERS
        weights = batch["weights"][:, 1:]
        places = weights > 0
        logits = model(batch["ids"][:, :-1], batch["positions"][:, :-1], batch["samples"][:, :-1], places)
        scale = weights[places]
        losses = F.cross_entropy(logits, batch["ids"][:, 1:][places], reduction="none")
        loss = (losses * scale).sum() / scale.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        tokens += int((batch["samples"] > 0).sum())
        deciding = losses.detach()[scale == DECIDING_WEIGHT].mean().item()
        running = deciding if running == 0 else 0.9 * running + 0.1 * deciding
        if (step + 1) % 50 == 0:
            pace = tokens / (time.monotonic() - started)
            print(f"step {step + 1} loss {loss.item():.3f}, at the deciding tokens {running:.3f}, {pace:.0f} tokens/s", flush=True)
        if (step + 1) % 200 == 0 or step + 1 == last:
            save(options.checkpoint, model, optimizer, step + 1)
        if step + 1 == options.steps:
            save(options.checkpoint.with_suffix(".unpolished"), model, optimizer, step + 1)
    save(options.checkpoint, model, optimizer, last)


def save(path: Path, model: FarMini, optimizer: torch.optim.Optimizer, step: int) -> None:
    partial = path.with_suffix(".partial")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, partial)
    partial.replace(path)


if __name__ == "__main__":
    main()
