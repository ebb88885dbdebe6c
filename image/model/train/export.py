"""writes the encoder as gguf, the decoder as int8 safetensors, and model.json."""

import json

import gguf
import numpy as np
import torch
from safetensors.numpy import save_file

from .model import ENCODER, SIZES, WIDTH


def encoder_gguf(encoder, pieces, path, name):
    """a bert gguf for llama.cpp: matrices in q8_0, no pooling."""
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_description("llm-os planner encoder, tuned from sentence-transformers/all-MiniLM-L6-v2")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(ENCODER["inner"])
    writer.add_block_count(ENCODER["layers"])
    writer.add_head_count(ENCODER["heads"])
    writer.add_layer_norm_eps(ENCODER["epsilon"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.NONE)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    # the planner cuts requests into pieces itself. with the 30,000 pieces in this file too, llama.cpp
    # would build its own tokenizer at each start: five times the time that loading takes otherwise.
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(len(pieces))
    writer.add_token_type_count(2)

    def plain(name, tensor):
        writer.add_tensor(name, tensor.detach().float().numpy().copy())

    def matrix(name, tensor):
        data = tensor.detach().float().numpy()
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quants.quantize(data, kind), raw_dtype=kind)

    def linear(name, module):
        matrix(f"{name}.weight", module.weight)
        plain(f"{name}.bias", module.bias)

    def norm(name, module):
        plain(f"{name}.weight", module.weight)
        plain(f"{name}.bias", module.bias)

    matrix("token_embd.weight", encoder.words.weight)
    plain("position_embd.weight", encoder.positions.weight)
    plain("token_types.weight", encoder.types.weight)
    norm("token_embd_norm", encoder.norm)
    for at, layer in enumerate(encoder.layers):
        linear(f"blk.{at}.attn_q", layer.query)
        linear(f"blk.{at}.attn_k", layer.key)
        linear(f"blk.{at}.attn_v", layer.value)
        linear(f"blk.{at}.attn_output", layer.out)
        norm(f"blk.{at}.attn_output_norm", layer.norm1)
        linear(f"blk.{at}.ffn_up", layer.up)
        linear(f"blk.{at}.ffn_down", layer.down)
        norm(f"blk.{at}.layer_output_norm", layer.norm2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def decoder_tensors(decoder):
    """int8 matrices with a scale a row (`.q`, `.s`); vectors stay f32."""
    tensors = {}
    for name, value in decoder.state_dict().items():
        value = value.float()
        if value.ndim == 2:
            scale = value.abs().amax(1).clamp(min=1e-12) / 127
            tensors[f"{name}.q"] = torch.round(value / scale[:, None]).to(torch.int8).numpy()
            tensors[f"{name}.s"] = scale.numpy()
        else:
            tensors[name] = np.ascontiguousarray(value.numpy())
    return tensors


def export(encoder, decoder, pieces, known, folder, name):
    """writes the three files of a model into `folder`. `known` has its symbols, kinds of names and common words."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder_gguf(encoder, pieces, folder / "encoder.gguf", name)
    save_file(decoder_tensors(decoder), folder / "decoder.safetensors")
    (folder / "decoder.safetensors").chmod(0o644)
    model = {"format": 1, "name": name, "sizes": SIZES} | known | {"vocabulary": pieces}
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    (folder / "model.json").write_text(text + "\n")
