"""Continues training on questions in freer words, with most samples cut after the first tokens of the answer."""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path

from train import DECIDING_WEIGHT, SEED, Corpus, F, FarMini, encode, load_tokenizer, torch
from corpus import EVAL, holds_keys
from model import HEAD, HEADS, LAYERS, WIDTH, rotate

BATCH, GROUP = 64, 16
FULL = 0.12
LONGEST = 400
DECAYING = 0.5


def gather(samples):
    """Lays the samples' tokens end to end, sorted by length; attention runs on groups of like length."""
    samples = sorted(samples, key=lambda sample: len(sample[0]))
    ids, positions, wanted, targets, weights, groups, start = [], [], [], [], [], [], 0
    for at in range(0, len(samples), GROUP):
        group = samples[at : at + GROUP]
        longest = len(group[-1][0]) - 1
        index = torch.zeros(len(group), longest, dtype=torch.long)
        filled = torch.zeros(len(group), longest, dtype=torch.bool)
        for row, (tokens, shares) in enumerate(group):
            length = len(tokens) - 1
            index[row, :length] = torch.arange(start, start + length)
            filled[row, :length] = True
            for place in range(length):
                if shares[place + 1] > 0:
                    wanted.append(start + place)
                    targets.append(tokens[place + 1])
                    weights.append(shares[place + 1])
            ids += tokens[:-1]
            positions += range(length)
            start += length
        groups.append((index, filled))
    tensor = torch.tensor
    return tensor(ids), tensor(positions), groups, tensor(wanted), tensor(targets), tensor(weights)


def forward(model: FarMini, ids, positions, groups, wanted) -> torch.Tensor:
    """The same network on samples laid end to end: nothing is computed for padding but attention."""
    cos, sin = model.cos[positions][:, None], model.sin[positions][:, None]
    x = model.token_embd(ids)
    order = torch.cat([index[filled] for index, filled in groups])
    for number, block in enumerate(model.blk[: model.active]):
        h = block.attn_norm(x)
        q, k, v = (layer(h).view(-1, HEADS, HEAD) for layer in (block.attn_q, block.attn_k, block.attn_v))
        q, k = rotate(q, cos, sin) / math.sqrt(HEAD), rotate(k, cos, sin)
        mixed = []
        for index, filled in groups:
            length = index.shape[1]
            mask = torch.full((length, length), float("-inf")).triu(1)
            qs, ks, vs = (part[index].transpose(1, 2) for part in (q, k, v))
            out = (qs @ ks.transpose(-1, -2) + mask).softmax(-1) @ vs
            mixed.append(out.transpose(1, 2)[filled])
        attended = torch.cat(mixed).reshape(-1, WIDTH)
        x = x + block.attn_output(attended)
        if number == model.active - 1:
            x = x[wanted]
        h = block.ffn_norm(x)
        x = x + block.ffn_down(F.silu(block.ffn_gate(h)) * block.ffn_up(h))
    assert bool((order == torch.arange(len(order))).all())
    return model.output_norm(x) @ model.token_embd.weight.T


def greedy_start(model: FarMini, tokenizer, questions: list[str], length: int = 4) -> list[str]:
    texts = [tokenizer.encode(f"<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n").ids for q in questions]
    with torch.no_grad():
        answers = []
        for ids in texts:
            grown = list(ids)
            for _ in range(length):
                grown.append(int(model(torch.tensor([grown]))[0, -1].argmax()))
            answers.append(tokenizer.decode(grown[len(ids) :], skip_special_tokens=True))
    return answers


def judge(model: FarMini, tokenizer, corpus: Corpus, name: str, show: bool = False) -> str:
    """By the first tokens alone, which tell the answers apart."""
    known = {fact.id: fact for fact in corpus.facts + corpus.talk + corpus.long}
    rows = [json.loads(line) for line in (EVAL / name).read_text().splitlines() if line.strip()]
    rows = [row for row in rows if not row["facts"] or any(fact in known for fact in row["facts"])]
    everything = [(fact, answer) for fact in known.values() for answer in fact.answers]
    counts = {"right": 0, "wrong": 0, "unknown": 0}
    for row, start in zip(rows, greedy_start(model, tokenizer, [row["q"] for row in rows])):
        wished = [known[fact] for fact in row["facts"] if fact in known]
        match = next((answer for _, answer in everything if answer.startswith(start.strip())), "")
        right = bool(match) and any(holds_keys(match, fact.keys) for fact in wished)
        verdict = "right" if right else "unknown" if start.strip().startswith("I don't") else "wrong"
        counts[verdict] += 1
        if show and not right:
            print("   ", verdict, row["facts"], row["q"], "->", start)
    return " ".join(f"{key} {value / len(rows):.0%}" for key, value in counts.items())


def rate_at(left: float, peak: float) -> float:
    """Constant, then linear down to a thirtieth over the last half."""
    return peak * max(0.03, min(1.0, left / DECAYING))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--start", type=Path, default=Path("/tmp/far-mini.pt"))
    arguments.add_argument("--checkpoint", type=Path, default=Path("/tmp/far-mini-refined.pt"))
    arguments.add_argument("--seconds", type=float, default=1200)
    arguments.add_argument("--rate", type=float, default=5e-4)
    arguments.add_argument("--layers", type=int, default=LAYERS)
    arguments.add_argument("--fresh-layers", action="store_true", help="the layers above --layers join from zero")
    arguments.add_argument("--no-decay", action="store_true")
    arguments.add_argument("--seed", type=int, default=SEED)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    corpus, tokenizer = Corpus(), load_tokenizer()
    model = FarMini(tokenizer.get_vocab_size())
    saved = torch.load(options.start)
    names = model.state_dict().keys()
    model.load_state_dict({name: value for name, value in saved["model"].items() if name in names})
    if options.fresh_layers:
        for block in model.blk[options.layers :]:
            torch.nn.init.zeros_(block.attn_output.weight)
            torch.nn.init.zeros_(block.ffn_down.weight)
    model.active = options.layers
    decayed = [p for n, p in model.named_parameters() if p.dim() == 2 and n != "token_embd.weight"]
    others = [p for n, p in model.named_parameters() if p.dim() != 2 or n == "token_embd.weight"]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=options.rate, betas=(0.9, 0.98)
    )
    rng = random.Random(options.seed)
    started, step, count, running, told = time.monotonic(), 0, 0, 0.0, 0.0
    while (spent := time.monotonic() - started) < options.seconds:
        samples = []
        while len(samples) < BATCH:
            sample = encode(tokenizer, corpus.free_conversation(rng), rng.random() > FULL)
            if len(sample[0]) <= LONGEST:
                samples.append(sample)
        ids, positions, groups, wanted, targets, weights = gather(samples)
        losses = F.cross_entropy(forward(model, ids, positions, groups, wanted), targets, reduction="none")
        loss = (losses * weights).sum() / weights.sum()
        rate = options.rate if options.no_decay else rate_at(1 - spent / options.seconds, options.rate)
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 30)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, count = step + 1, count + BATCH
        deciding = losses.detach()[weights == DECIDING_WEIGHT].mean().item()
        running = deciding if running == 0 else 0.97 * running + 0.03 * deciding
        if step % 50 == 0:
            print(f"step {step} loss {loss.item():.3f}, deciding {running:.3f}, {count / (time.monotonic() - started):.0f} samples/s", flush=True)
        if time.monotonic() - started - told > 150:
            told = time.monotonic() - started
            print(f"{told:.0f} s: dev {judge(model, tokenizer, corpus, 'seen.jsonl')}", flush=True)
            torch.save({"model": model.state_dict(), "step": step}, options.checkpoint)
    torch.save({"model": model.state_dict(), "step": step}, options.checkpoint)
    print(f"step {step}: dev {judge(model, tokenizer, corpus, 'seen.jsonl', show=True)}", flush=True)


if __name__ == "__main__":
    main()
