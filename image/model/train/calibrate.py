"""how often the model is right, by how probable it finds what it says: written into model.json.

the confidence that a person sees is a share of right outcomes, measured on `dev`; the line is the
isotonic fit, each block counted as if it had one more case, a wrong one.
"""

import json


def line(cases):
    """points (probability, share right) of (probability, right) pairs; both rise."""
    blocks = []
    for probability, right in sorted(cases):
        blocks.append([probability, int(right), 1])
        while len(blocks) > 1 and share(blocks[-2]) >= share(blocks[-1]):
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last)]
    # few cases say little: small blocks join the next.
    joined = []
    for block in blocks:
        if joined and joined[-1][2] < 12:
            joined[-1] = [a + b for a, b in zip(joined[-1], block)]
        else:
            joined.append(block)
    points, last = [], 0.0
    for total, right, count in joined:
        last = max(last, right / (count + 1))
        points.append((round(total / count, 4), round(last, 4)))
    return points


def share(block):
    return block[1] / block[2]


def calibrate(decoded, model):
    """fits the line to the lines of `llm-os-corpus decode`, and writes it into the file `model`."""
    cases = []
    for text in decoded.splitlines():
        case = json.loads(text)
        if case["probabilities"]:
            cases.append((case["probability"], case["exact"]))
    known = json.loads(model.read_text())
    vocabulary = known.pop("vocabulary")
    known |= {"calibration": line(cases), "vocabulary": vocabulary}
    model.write_text(json.dumps(known, ensure_ascii=False, separators=(",", ":")) + "\n")
    return known["calibration"]
