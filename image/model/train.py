"""trains the embedded model, scores it as it goes, and exports it. `make.sh` calls it.

the length is given in steps (the same weights again) or in minutes (whatever fits).
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as processes
import torch.nn.functional as F
from safetensors.torch import load_file

from train.calibrate import calibrate
from train.data import Corpus, batch, epochs
from train.export import export
from train.model import Decoder, Encoder

ENCODER_RATE = 6e-5
DECODER_RATE = 6e-4
# errors are values first: pointers and listed values weigh more than types and keys.
VALUE_WEIGHT = 2.0
# the decoder knows nothing at first. until this part of the training it learns alone, which costs
# half as much an example, and its first mistakes do not shake the encoder.
ALONE = 0.06
# workers learn on their own and take the mean of their weights every so many steps. threads of one
# process wait for each other at every operation, which on a busy machine costs more than they bring.
MEAN_EVERY = 16
# what is scored and exported is the mean of the weights over the last part of the training: so much
# of it is kept at each of those steps. it errs less than any single state does.
KEPT = 0.98


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="folder of the published encoder")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--tool", type=Path, required=True, help="the llm-os-corpus program")
    parser.add_argument("--table", type=Path, required=True, help="capabilities.json")
    parser.add_argument("--cases", type=Path, required=True, help="evaluation requests")
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and encoded cases")
    parser.add_argument("--out", type=Path, required=True, help="where the model's files go")
    parser.add_argument("--name", default="planner-2")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rank", type=int, help="be this one of the workers, started one by one")
    parser.add_argument("--batch", type=int, default=24, help="examples a step and worker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=8, help="minutes between scores")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--start", type=Path, help="a checkpoint whose weights to begin with")
    return parser.parse_args()


def states(encoder, corpus):
    """encoder states of every example, one after the other, without padding."""
    rows = []
    with torch.no_grad():
        for index in range(len(corpus)):
            tokens, alive, _, _ = batch(corpus, [index], 0)
            rows.append(encoder(tokens, alive)[0].numpy())
    return np.concatenate(rows).astype("<f4")


def score(args, encoder, decoder, pieces, known, folder, last=False):
    """exports, and lets the runner's own decoder score the evaluation requests. the `last` time its
    confidence is calibrated first."""
    encoder.eval()
    decoder.eval()
    export(encoder, decoder, pieces, known, folder, args.name)
    encoded = args.work / "cases.bin"
    tool = [str(args.tool)]
    common = ["--table", str(args.table), "--cases", str(args.cases)]
    vocabulary = ["--vocabulary", str(args.base / "vocab.txt")]
    subprocess.run([*tool, "encode", *common, *vocabulary, "--out", str(encoded)], check=True)
    path = args.work / "states.bin"
    states(encoder, Corpus(encoded)).tofile(path)
    files = ["--model", folder / "model.json", "--decoder", folder / "decoder.safetensors", "--states", path]

    def run(command):
        line = [*tool, command, *common, *map(str, files)]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout

    if last:
        calibrate(run("decode"), folder / "model.json")
    encoder.train()
    decoder.train()
    return run("score")


def share(parameters, stop):
    """every worker gets the mean of all; says whether any of them wants to stop."""
    with torch.no_grad():
        flat = torch.cat([p.flatten() for p in parameters] + [torch.tensor([float(stop)])])
        dist.all_reduce(flat)
        flat /= dist.get_world_size()
        at = 0
        for p in parameters:
            p.copy_(flat[at : at + p.numel()].view_as(p))
            at += p.numel()
    return flat[-1].item() > 0


def learn(rank, args):
    """one worker; the first one also scores, saves and prints."""
    lead = rank == 0
    store = f"file://{args.work}/rendezvous"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=args.workers)
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    pieces = (args.base / "vocab.txt").read_text().split("\n")
    pieces = pieces[:-1] if pieces[-1] == "" else pieces
    listed = subprocess.run(
        [str(args.tool), "symbols", "--table", str(args.table)], check=True, capture_output=True, text=True
    )
    known = json.loads(listed.stdout)
    symbols = known["symbols"]
    encoder = Encoder(len(pieces))
    encoder.load_base(load_file(args.base / "model.safetensors"))
    decoder = Decoder(len(symbols))
    frozen = [encoder.words, encoder.positions, encoder.types, encoder.norm]
    # the pieces stay as published: most of them are never said in any corpus made here.
    for module in frozen:
        module.requires_grad_(False)
    groups = [
        {"params": [p for p in encoder.parameters() if p.requires_grad], "rate": ENCODER_RATE},
        {"params": list(decoder.parameters()), "rate": DECODER_RATE},
    ]
    parameters = [p for group in groups for p in group["params"]]
    slow = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    checkpoint = args.work / "checkpoint.pt"
    step, spent = 0, 0.0
    if args.resume and checkpoint.exists():
        saved = torch.load(checkpoint)
        encoder.load_state_dict(saved["encoder"])
        decoder.load_state_dict(saved["decoder"])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent = saved["step"], saved["spent"]
    elif args.start:
        saved = torch.load(args.start)
        encoder.load_state_dict(saved["encoder"])
        decoder.load_state_dict(saved["decoder"])
    for mean, p in zip(slow, parameters):
        mean.copy_(p.detach())
    if args.resume and checkpoint.exists() and "slow" in saved:
        slow = saved["slow"]
    corpus = Corpus(args.corpus)
    if lead:
        print(f"{len(corpus)} examples, {len(symbols)} symbols, from step {step}", flush=True)
    weights = torch.ones(len(symbols))
    for at, symbol in enumerate(symbols):
        if symbol.startswith("value:"):
            weights[at] = VALUE_WEIGHT
    seed = 1000 * args.seed + 10 * step + rank
    torch.manual_seed(seed)
    noise = torch.Generator().manual_seed(seed)
    first, began, shown, losses = step, time.time() - spent, time.time(), []

    def save():
        saved = {"encoder": encoder.state_dict(), "decoder": decoder.state_dict()}
        saved |= {"optimizer": optimizer.state_dict(), "step": step, "spent": spent, "slow": slow}
        torch.save(saved, checkpoint)

    def swap():
        """the mean in the place of the weights, or back."""
        with torch.no_grad():
            for mean, p in zip(slow, parameters):
                kept = p.detach().clone()
                p.copy_(mean)
                mean.copy_(kept)

    batches, made = epochs(corpus, args.batch, seed), args.corpus.stat().st_mtime
    while True:
        if step % 64 == 0 and args.corpus.stat().st_mtime != made:
            # a better corpus may be put in the old one's place while this runs.
            corpus, made = Corpus(args.corpus), args.corpus.stat().st_mtime
            batches = epochs(corpus, args.batch, seed + step)
        indices = next(batches)
        spent = time.time() - began
        progress = step / args.steps if args.steps else spent / 60 / args.minutes
        if step % MEAN_EVERY == 0 and step > first:
            over = share(parameters, progress >= 1)
            if lead:
                torch._foreach_lerp_(slow, [p.detach() for p in parameters], 1 - KEPT)
            if over:
                break
        warm = min(1.0, (step - first + 1) / 100)
        only = progress < ALONE and not args.start
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * warm * max(0.02, 1 - progress)
        tokens, alive, targets, steps = batch(corpus, indices, len(symbols), 0.02, generator=noise)
        # half the bits where the processor multiplies them faster; weights and sums stay f32.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.set_grad_enabled(not only):
                encoded = encoder(tokens, alive)
            logits = decoder(encoded, alive, targets, steps)
        logits = logits.float()
        loss = F.cross_entropy(logits.flatten(0, 1), steps.flatten(), ignore_index=-1, reduction="none")
        said = steps.flatten()
        weight = torch.where(said >= len(symbols), VALUE_WEIGHT, weights[said.clamp(0, len(symbols) - 1)])
        weight = weight * (said >= 0)
        loss = (loss * weight).sum() / weight.sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
        step += 1
        if lead and step % 50 == 0:
            rate = (step - first) * args.batch * args.workers / max(1.0, time.time() - began)
            mean = np.mean(losses[-50:])
            print(f"step {step} loss {mean:.4f} {spent / 60:.1f} min, {rate:.0f} a second", flush=True)
        if lead and time.time() - shown > 60 * args.every:
            shown = time.time()
            save()
            swap()
            print(score(args, encoder, decoder, pieces, known, args.out).split("\n")[0], flush=True)
            swap()
    if lead:
        swap()
        save()
        report = score(args, encoder, decoder, pieces, known, args.out, last=True)
        (args.work / "report.txt").write_text(report)
        print(report, flush=True)
    dist.barrier()
    dist.destroy_process_group()


def main():
    args = options()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.rank is not None:
        learn(args.rank, args)
        return
    (args.work / "rendezvous").unlink(missing_ok=True)
    processes.spawn(learn, (args,), nprocs=args.workers)


if __name__ == "__main__":
    main()
