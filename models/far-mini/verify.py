"""Prints, for a few prompts, the token ids and greedy continuation in PyTorch, to compare with the engine (verify.ts)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from export import final_weights
from far_tokenizer import END, load_tokenizer
from model import CONTEXT, FarMini

PROMPTS = [
    "What is Far Labs?", "how do i join with my gpu", "HOW ARE OPERATORS PAID??", "price of far-mini", "Tell me everything about Far Labs",
    "what is 12 + 7", "  two  spaces\n\nand lines\t1234 $0.20 ±10 %", "who are you?", "Ünïcödé 漢字 🙂 it's we'll don't", "is my prompt private",
]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checkpoint", type=Path, default=Path("/tmp/far-mini-refined.pt"))
    options = arguments.parse_args()
    tokenizer = load_tokenizer()
    model = FarMini(tokenizer.get_vocab_size())
    model.load_state_dict(final_weights(options.checkpoint))
    end = tokenizer.token_to_id(END)
    rows = []
    for question in PROMPTS:
        text = f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
        prompt = tokenizer.encode(text).ids
        ids = list(prompt)
        with torch.no_grad():
            while len(ids) < CONTEXT and len(ids) - len(prompt) < 320:
                following = int(model(torch.tensor([ids]))[0, -1].argmax())
                if following == end:
                    break
                ids.append(following)
        rows.append({"text": text, "prompt": prompt, "answer": ids[len(prompt):], "says": tokenizer.decode(ids[len(prompt):])})
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
