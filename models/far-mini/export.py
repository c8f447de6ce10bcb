"""Writes far-mini.gguf (Q8_0), manifest.json and eval/keys.json from a checkpoint."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import gguf
import numpy as np
import torch

from corpus import EVAL, Corpus
from far_tokenizer import END, END_OF_TEXT, SPECIAL, TEMPLATE, TOKENIZER, load_tokenizer
from model import CONTEXT, EPSILON, FEED_FORWARD, HEAD, HEADS, LAYERS, ROPE_BASE, WIDTH, FarMini

HERE = Path(__file__).parent
WEIGHTS = HERE / "far-mini.gguf"
MANIFEST = HERE / "manifest.json"
LARGEST_BYTES = 8_000_000
SHARPNESS = 2.0


def write_gguf(model: FarMini, path: Path) -> None:
    """No bos token is written: the template begins with a marker, and a bos would change every id that follows."""
    described = json.loads(TOKENIZER.read_text())
    vocabulary = described["model"]["vocab"]
    tokens = [token for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in described["model"]["merges"]]
    types = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("far-mini")
    writer.add_description("Demo model of the Far Labs network; knows a few facts about it and nothing else.")
    writer.add_license("MIT")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(vocabulary[END])
    writer.add_eot_token_id(vocabulary[END])
    writer.add_pad_token_id(vocabulary[END_OF_TEXT])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(TEMPLATE)
    for name, parameter in model.named_parameters():
        values = np.array(parameter.detach().tolist(), dtype=np.float32)
        full = name if name.endswith(".weight") else f"{name}.weight"
        if values.ndim == 2:
            packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(full, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(full, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest() -> None:
    manifest = {
        "id": "far-mini",
        "weights": {"file": WEIGHTS.name, "sha256": sha256(WEIGHTS)},
        "quantisation": "Q8_0",
        "context": CONTEXT,
        "tokenizer": {"file": TOKENIZER.name, "sha256": sha256(TOKENIZER)},
        "template": TEMPLATE,
        "engine": "llama.cpp",
    }
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")


def final_weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    """The trained weights with steeper logits: sampled at temperature 1, a model this small picks a wrong word now and then."""
    weights = torch.load(checkpoint)["model"]
    weights["output_norm.weight"] = weights["output_norm.weight"] * SHARPNESS
    return weights


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checkpoint", type=Path, default=Path("/tmp/far-mini-refined.pt"))
    arguments.add_argument("--weights", type=Path, default=WEIGHTS)
    options = arguments.parse_args()
    model = FarMini(load_tokenizer().get_vocab_size())
    model.load_state_dict(final_weights(options.checkpoint))
    write_gguf(model, options.weights)
    if options.weights != WEIGHTS:
        return
    if WEIGHTS.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"{WEIGHTS.name} is larger than {LARGEST_BYTES} bytes")
    write_manifest()
    EVAL.mkdir(exist_ok=True)
    rows = [f"  {json.dumps(key)}: {json.dumps(groups)}" for key, groups in Corpus().key_table().items()]
    (EVAL / "keys.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
