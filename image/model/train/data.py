"""reads the corpus that `llm-os-corpus generate` wrote, and makes batches of it."""

import numpy as np
import torch

PAD = 0


class Corpus:
    """examples as slices of one array of u16; the format is in `corpus/src/store.rs`."""

    def __init__(self, path):
        self.flat = np.fromfile(path, dtype="<u2").astype(np.int64)
        self.starts = []
        at = 0
        while at < len(self.flat):
            self.starts.append(at)
            tokens, targets, steps = self.flat[at : at + 3]
            at += 3 + tokens + 2 * targets + steps
        self.starts = np.array(self.starts)

    def __len__(self):
        return len(self.starts)

    def lengths(self):
        """tokens of each example."""
        return self.flat[self.starts]

    def get(self, index):
        """token ids, target ranges (n × 2), steps."""
        at = self.starts[index]
        tokens, targets, steps = self.flat[at : at + 3]
        at += 3
        ids = self.flat[at : at + tokens]
        at += tokens
        ranges = self.flat[at : at + 2 * targets].reshape(-1, 2)
        at += 2 * targets
        return ids, ranges, self.flat[at : at + steps]


def batch(corpus, indices, symbols, mask_share=0.0, unknown=100, generator=None):
    """tensors of several examples. a target's number in a step starts after the symbols."""
    items = [corpus.get(index) for index in indices]
    rows = len(items)
    tokens = torch.full((rows, max(len(i[0]) for i in items)), PAD)
    alive = torch.zeros(tokens.shape, dtype=torch.bool)
    targets = torch.zeros((rows, max(len(i[1]) for i in items), 2), dtype=torch.long)
    steps = torch.full((rows, max(1, max(len(i[2]) for i in items))), -1)
    for row, (ids, ranges, said) in enumerate(items):
        tokens[row, : len(ids)] = torch.from_numpy(ids)
        alive[row, : len(ids)] = True
        targets[row, : len(ranges)] = torch.from_numpy(ranges)
        steps[row, : len(said)] = torch.from_numpy(said)
    if mask_share > 0:
        # a few pieces become unknown, so that no single word decides.
        lost = torch.rand(tokens.shape, generator=generator) < mask_share
        lost &= alive & (tokens != 101) & (tokens != 102)
        tokens[lost] = unknown
    return tokens, alive, targets, steps


def epochs(corpus, size, seed):
    """batches of indices for ever: random, but of similar length within a batch."""
    random = np.random.default_rng(seed)
    lengths = corpus.lengths()
    while True:
        order = random.permutation(len(corpus))
        batches = []
        chunk = size * 64
        for start in range(0, len(order), chunk):
            part = order[start : start + chunk]
            part = part[np.argsort(lengths[part], kind="stable")]
            batches.extend(part[at : at + size] for at in range(0, len(part), size))
        for at in random.permutation(len(batches)):
            yield batches[at]
