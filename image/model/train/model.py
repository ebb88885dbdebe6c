"""the encoder (bert, as in all-MiniLM-L6-v2) and the pointing decoder.

the decoder's twin is `userland/planner/src/decoder.rs`: names, shapes and arithmetic agree.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH = 384
ENCODER = {"layers": 6, "heads": 12, "inner": 1536, "epsilon": 1e-12}
SIZES = {"width": WIDTH, "heads": 6, "layers": 2, "inner": 1024, "steps": 128, "targets": 160}


def attend(query, key, value, bias):
    """attention written out: torch's fused one for the cpu takes twice as long to learn from.
    shapes are rows × heads × length × size; `bias` is added to the scores."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    return torch.softmax(scores + bias, -1) @ value


def bias_of(mask):
    """0 where the mask is true, far below everything elsewhere."""
    return torch.zeros(mask.shape).masked_fill(~mask, -1e4)


class EncoderLayer(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=ENCODER["epsilon"])
        self.up = nn.Linear(WIDTH, ENCODER["inner"])
        self.down = nn.Linear(ENCODER["inner"], WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=ENCODER["epsilon"])
        self.dropout = dropout

    def forward(self, x, bias):
        rows, length, _ = x.shape
        heads = ENCODER["heads"]

        def split(y):
            return y.view(rows, length, heads, WIDTH // heads).transpose(1, 2)

        y = attend(split(self.query(x)), split(self.key(x)), split(self.value(x)), bias)
        y = self.out(y.transpose(1, 2).reshape(rows, length, WIDTH))
        x = self.norm1(x + F.dropout(y, self.dropout, self.training))
        y = self.down(F.gelu(self.up(x)))
        return self.norm2(x + F.dropout(y, self.dropout, self.training))


class Encoder(nn.Module):
    def __init__(self, pieces=30522, positions=512, dropout=0.1):
        super().__init__()
        self.words = nn.Embedding(pieces, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=ENCODER["epsilon"])
        self.layers = nn.ModuleList(EncoderLayer(dropout) for _ in range(ENCODER["layers"]))

    def forward(self, tokens, alive):
        at = torch.arange(tokens.shape[1])
        x = self.norm(self.words(tokens) + self.positions(at) + self.types.weight[0])
        bias = bias_of(alive[:, None, None, :])
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def load_base(self, tensors):
        """takes the weights of the published sentence encoder."""

        def take(module, name):
            module.weight.data.copy_(tensors[f"{name}.weight"])
            if getattr(module, "bias", None) is not None:
                module.bias.data.copy_(tensors[f"{name}.bias"])

        take(self.words, "embeddings.word_embeddings")
        take(self.positions, "embeddings.position_embeddings")
        take(self.types, "embeddings.token_type_embeddings")
        take(self.norm, "embeddings.LayerNorm")
        for at, layer in enumerate(self.layers):
            name = f"encoder.layer.{at}"
            take(layer.query, f"{name}.attention.self.query")
            take(layer.key, f"{name}.attention.self.key")
            take(layer.value, f"{name}.attention.self.value")
            take(layer.out, f"{name}.attention.output.dense")
            take(layer.norm1, f"{name}.attention.output.LayerNorm")
            take(layer.up, f"{name}.intermediate.dense")
            take(layer.down, f"{name}.output.dense")
            take(layer.norm2, f"{name}.output.LayerNorm")


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x, memory, bias):
        heads = SIZES["heads"]

        def split(y):
            return y.view(y.shape[0], y.shape[1], heads, WIDTH // heads).transpose(1, 2)

        y = attend(split(self.query(x)), split(self.key(memory)), split(self.value(memory)), bias)
        return self.out(y.transpose(1, 2).reshape(x.shape))


class DecoderLayer(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.own = Attention()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.cross = Attention()
        self.norm3 = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, SIZES["inner"])
        self.down = nn.Linear(SIZES["inner"], WIDTH)
        self.drop = nn.Dropout(dropout)

    def forward(self, x, memory, before, alive):
        y = self.norm1(x)
        x = x + self.drop(self.own(y, y, before))
        x = x + self.drop(self.cross(self.norm2(x), memory, alive))
        return x + self.drop(self.down(F.relu(self.up(self.norm3(x)))))


class Decoder(nn.Module):
    """scores of the next step: symbols first, then targets."""

    def __init__(self, symbols, dropout=0.1):
        super().__init__()
        self.count = symbols
        # one more embedding is the start.
        self.symbols = nn.Embedding(symbols + 1, WIDTH)
        self.symbol_bias = nn.Parameter(torch.zeros(symbols))
        self.positions = nn.Embedding(SIZES["steps"], WIDTH)
        self.target_positions = nn.Embedding(SIZES["targets"], WIDTH)
        self.memory_norm = nn.LayerNorm(WIDTH)
        self.pointed = nn.Linear(WIDTH, WIDTH)
        self.point_query = nn.Linear(WIDTH, WIDTH)
        self.point_key = nn.Linear(WIDTH, WIDTH)
        self.layers = nn.ModuleList(DecoderLayer(dropout) for _ in range(SIZES["layers"]))
        self.last_norm = nn.LayerNorm(WIDTH)
        for table in (self.symbols, self.positions, self.target_positions):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, states, alive, targets, steps):
        memory = self.memory_norm(states)
        # the mean over each target's tokens, as a matrix product.
        at = torch.arange(states.shape[1])
        share = ((at >= targets[..., :1]) & (at < targets[..., 1:])).float()
        share = share / share.sum(-1, keepdim=True).clamp(min=1)
        number = torch.arange(targets.shape[1]).clamp(max=SIZES["targets"] - 1)
        pointable = share @ memory + self.target_positions(number)

        before = F.pad(steps[:, :-1], (1, 0), value=-1)
        is_target = before >= self.count
        as_symbol = torch.where((before < 0) | is_target, torch.full_like(before, self.count), before)
        index = (before - self.count).clamp(min=0)[..., None].expand(-1, -1, WIDTH)
        as_target = torch.gather(pointable, 1, index)
        x = torch.where(is_target[..., None], self.pointed(as_target), self.symbols(as_symbol))
        x = x + self.positions(torch.arange(steps.shape[1]).clamp(max=SIZES["steps"] - 1))
        there = bias_of(alive[:, None, None, :])
        earlier = bias_of(torch.ones(steps.shape[1], steps.shape[1], dtype=torch.bool).tril())
        for layer in self.layers:
            x = layer(x, memory, earlier, there)
        h = self.last_norm(x)
        symbols = h @ self.symbols.weight[: self.count].T + self.symbol_bias
        keys = self.point_key(pointable)
        points = self.point_query(h) @ keys.transpose(1, 2) / math.sqrt(WIDTH)
        there = targets[..., 1] > 0
        points = points.masked_fill(~there[:, None, :], -1e9)
        return torch.cat([symbols, points], -1)
