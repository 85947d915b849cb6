"""COCO figures of ranked detections and of decided regions. Called by main.ts; see README.md."""

import argparse
import contextlib
import io
import json
import sys

try:
    import numpy as np
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError as missing:
    sys.exit(
        f"This Python ({sys.executable}) lacks {missing.name}. Make one that has it and name it with --python:\n"
        "  python3 -m venv coco-venv && coco-venv/bin/pip install pycocotools numpy"
    )


def evaluate(truth, results, images):
    """COCOeval on boxes over some images: the 12 summary figures and the per-image matches."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.params.imgIds = images
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def pooled(evaluation):
    """Score and hit of every detection at IoU 0.5 over all classes, best first, and the number of true boxes.

    Matches of crowd boxes count neither as hit nor as miss.
    """
    scores, hits, boxes = [], [], 0
    of_all_sizes = evaluation.params.areaRng[0]
    for matches in evaluation.evalImgs:
        if matches is None or matches["aRng"] != of_all_sizes:
            continue
        counted = ~matches["dtIgnore"][0].astype(bool)
        scores.append(np.asarray(matches["dtScores"])[counted])
        hits.append((matches["dtMatches"][0] > 0)[counted])
        boxes += int((np.asarray(matches["gtIgnore"]) == 0).sum())
    if not scores:
        return np.zeros(0), np.zeros(0, bool), boxes
    scores, hits = np.concatenate(scores), np.concatenate(hits)
    order = np.argsort(-scores, kind="mergesort")
    return scores[order], hits[order], boxes


def operating_points(scores, hits, boxes):
    """Precision, recall and F1 after each detection."""
    found = np.cumsum(hits)
    precision = found / np.arange(1, len(hits) + 1)
    recall = found / boxes
    return precision, recall, 2 * precision * recall / np.maximum(precision + recall, 1e-12)


def ranked_line(name, evaluation):
    stats = evaluation.stats
    scores, hits, boxes = pooled(evaluation)
    precision, recall, f1 = operating_points(scores, hits, boxes)
    best = int(np.argmax(f1))
    return (
        f"{name:24} {stats[0]:.4f} {stats[1]:.4f} {stats[2]:.4f} {stats[8]:.4f}   "
        f"{precision[best]:.3f} / {recall[best]:.3f} / {f1[best]:.3f}  at {scores[best]:.3f}"
    )


def decided_line(name, evaluation):
    scores, hits, boxes = pooled(evaluation)
    if len(hits) == 0:
        return f"{name:24} no regions; {boxes} true boxes"
    precision, recall, f1 = operating_points(scores, hits, boxes)
    return (
        f"{name:24} precision {precision[-1]:.4f}  recall {recall[-1]:.4f}  F1 {f1[-1]:.4f}  "
        f"({len(hits)} regions, {boxes} true boxes)"
    )


def parts_of(truth):
    """All images, then each part that the truth names."""
    images = truth.dataset["images"]
    parts = {"all": sorted(image["id"] for image in images)}
    for part in sorted({image["part"] for image in images if "part" in image}):
        parts[part] = sorted(image["id"] for image in images if image.get("part") == part)
    return parts


def named_results(pairs):
    for pair in pairs:
        name, path = pair.split("=", 1)
        with open(path, encoding="utf-8") as file:
            yield name, json.load(file)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--truth", required=True)
    arguments.add_argument("--ranked", action="append", default=[], help="name=file")
    arguments.add_argument("--decided", action="append", default=[], help="name=file")
    given = arguments.parse_args()
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(given.truth)
    for part, images in parts_of(truth).items():
        print(f"\n{part}: {len(images)} images")
        print(f"{'':24} AP     AP50   AP75   AR100    best precision / recall / F1 at IoU 0.5")
        for name, results in named_results(given.ranked):
            print(ranked_line(name, evaluate(truth, results, images)) if results else f"{name:24} nothing")
        for name, results in named_results(given.decided):
            print(decided_line(name, evaluate(truth, results, images)) if results else f"{name:24} nothing")


main()
