#!/bin/sh
# the types that the encoder's matrices can be stored in, side by side in one run: size, what is
# right on `dev`, and the time of a request, each twice and in turns. needs what make.sh sets up.
#
#   KINDS="q8_0 q4_0"   which ones
set -eu
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/llm-os"
work="$cache/train/types"
kinds="${KINDS:-f16 q8_0 q5_1 q5_0 q4_1 q4_0}"
(cd "$root" && cargo build --release -p llm-modeld)
runner="${CARGO_TARGET_DIR:-$root/target}/release/llm-modeld"
for kind in $kinds; do
    "$cache/train-venv/bin/python" -m train.quantise --weights weights --kind "$kind" --out "$work/$kind"
done
for round in 1 2; do
    for kind in $kinds; do
        scores=$("$runner" --eval eval/dev.jsonl --embedded "$work/$kind" --json --mistakes 0 \
            --table "$root/userland/capability/capabilities.json" | tail -n 1)
        bytes=$(stat -c %s "$work/$kind/encoder.gguf")
        echo "$round $kind $bytes bytes $scores"
    done
done
