"""writes parity.json: what trainer and runner have to agree on, for a few requests.

the states are the float encoder's; the scores are those of the decoder as exported, so the rust
decoder has to reproduce them to rounding. the runner's encoder (q8_0) has to come close.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file

from .data import Corpus, batch
from .model import Decoder, Encoder

CASES = [
    {"request": "stop web", "world": {"units": ["llm-osd", "web"]}},
    {"request": "write 'hi there' to a.txt", "world": {"files": ["b.txt"]}},
    {"request": "how warm is the processor?", "world": {}},
]


def as_exported(path, decoder):
    """the decoder with the numbers of its file."""
    tensors = load_file(path)
    state = {}
    for name in decoder.state_dict():
        if f"{name}.q" in tensors:
            state[name] = torch.from_numpy(tensors[f"{name}.q"].astype("f4") * tensors[f"{name}.s"][:, None])
        else:
            state[name] = torch.from_numpy(tensors[name])
    decoder.load_state_dict(state)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = json.loads((args.weights / "model.json").read_text())
    symbols = len(model["symbols"])
    encoder, decoder = Encoder(len(model["vocabulary"])), Decoder(symbols)
    encoder.load_state_dict(torch.load(args.checkpoint)["encoder"])
    as_exported(args.weights / "decoder.safetensors", decoder)
    encoder.eval()
    decoder.eval()
    cases, encoded, states = args.work / "parity.jsonl", args.work / "parity.bin", args.work / "parity.states"
    cases.write_text("".join(json.dumps(case | {"right": []}) + "\n" for case in CASES))
    tool = [args.tool]
    common = ["--table", args.table, "--cases", str(cases)]
    vocabulary = ["--vocabulary", str(args.base / "vocab.txt")]
    subprocess.run([*tool, "encode", *common, *vocabulary, "--out", str(encoded)], check=True)
    corpus = Corpus(encoded)
    with torch.no_grad():
        rows = [batch(corpus, [at], symbols) for at in range(len(CASES))]
        # rounded first, so that the file holds exactly what the scores were computed from.
        found = [torch.round(encoder(tokens, alive)[0] * 1000) / 1000 for tokens, alive, _, _ in rows]
        np.concatenate([state.numpy() for state in found]).astype("<f4").tofile(states)
        files = ["--model", args.weights / "model.json", "--decoder", args.weights / "decoder.safetensors"]
        decode = [*tool, "decode", *common, *map(str, files), "--states", str(states)]
        decoded = subprocess.run(decode, check=True, capture_output=True, text=True).stdout.splitlines()
        fixture = []
        for case, (tokens, alive, targets, _), state, line in zip(CASES, rows, found, decoded):
            said = json.loads(line)
            steps = [s["symbol"] if "symbol" in s else symbols + s["target"] for s in said["steps"]]
            scores = decoder(state[None], alive, targets, torch.tensor([steps]))[0]
            fixture.append(
                {
                    "request": case["request"],
                    "world": case["world"],
                    "tokens": tokens[0].tolist(),
                    "states": [[round(v, 3) for v in row] for row in state.tolist()],
                    "steps": said["steps"],
                    "scores": [[round(v, 3) for v in row] for row in scores.tolist()],
                    "outcome": said["outcome"],
                }
            )
    text = json.dumps({"symbols": symbols, "cases": fixture}, separators=(",", ":"))
    args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
