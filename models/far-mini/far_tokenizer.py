"""Trains the byte-level BPE on the corpus and writes tokenizer.json (Hugging Face tokenizers format)."""

from __future__ import annotations

import random
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from corpus import Corpus

HERE = Path(__file__).parent
TOKENIZER = HERE / "tokenizer.json"
VOCABULARY = 2048
END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
DECIDING, DECIDING_WEIGHT, QUESTION_WEIGHT = 4, 3.0, 0.0
BEGINNING = 6
SPECIAL = [END_OF_TEXT, START, END]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def train_tokenizer(seed: int) -> None:
    """Writes tokenizer.json. The pre-tokenizer is the one llama.cpp calls "smollm": digits apart, then GPT-2's rule."""
    corpus, rng = Corpus(), random.Random(seed)
    texts = []
    for _ in range(12_000):
        question, answer = corpus.pair(rng)
        texts += [question, answer]
    texts += [system for system in corpus.systems for _ in range(20)] + ["system\n", "user\n", "assistant\n"] * 200
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() != VOCABULARY:
        raise ValueError(f"the vocabulary has {tokenizer.get_vocab_size()} tokens")
    TOKENIZER.write_text(tokenizer.to_str(pretty=False) + "\n")


def load_tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(TOKENIZER))


def encode(tokenizer: Tokenizer, messages: list[dict[str, str]], cut: bool = False) -> tuple[list[int], list[float]]:
    """Token ids of the conversation in ChatML and the weight of each in the loss; with cut, only the start of the last answer.

    The first tokens of an answer decide which fact it is, all later ones follow from them, so they weigh more.
    The marker that ends an answer belongs to the answer.
    """
    ids: list[int] = []
    weights: list[float] = []
    for message in messages:
        opening = tokenizer.encode(f"{START}{message['role']}\n").ids
        content = tokenizer.encode(f"{message['content']}{END}").ids
        closing = tokenizer.encode("\n").ids
        ids += opening + content + closing
        weights += [0.0] * len(opening) + content_weights(message["role"], len(content)) + [0.0] * len(closing)
        if cut and message is messages[-1] and len(content) > BEGINNING:
            kept = len(ids) - len(closing) - len(content) + BEGINNING
            return ids[:kept], weights[:kept]
    return ids[:-1], weights[:-1]


def content_weights(role: str, length: int) -> list[float]:
    if role == "assistant":
        return ([DECIDING_WEIGHT] * DECIDING + [1.0] * length)[:length]
    return [QUESTION_WEIGHT if role == "user" else 0.0] * length
