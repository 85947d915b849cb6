"""COCO figures of ranked detections and of decided regions. Called by main.ts; see README.md."""

import argparse
import contextlib
import io
import json
import re
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
    """A line of figures, and the best F1."""
    stats = evaluation.stats
    scores, hits, boxes = pooled(evaluation)
    precision, recall, f1 = operating_points(scores, hits, boxes)
    best = int(np.argmax(f1))
    line = (
        f"{name:24} {stats[0]:.4f} {stats[1]:.4f} {stats[2]:.4f} {stats[8]:.4f}   "
        f"{stats[3]:.4f} {stats[4]:.4f} {stats[5]:.4f}   "
        f"{precision[best]:.3f} / {recall[best]:.3f} / {f1[best]:.3f}  at {scores[best]:.3f}"
    )
    return line, float(f1[best])


def decided_line(name, evaluation):
    """A line of figures, and the F1."""
    scores, hits, boxes = pooled(evaluation)
    if len(hits) == 0:
        return f"{name:24} no regions; {boxes} true boxes", 0.0
    precision, recall, f1 = operating_points(scores, hits, boxes)
    line = (
        f"{name:24} precision {precision[-1]:.4f}  recall {recall[-1]:.4f}  F1 {f1[-1]:.4f}  "
        f"({len(hits)} regions, {boxes} true boxes)"
    )
    return line, float(f1[-1])


def parts_of(truth, fitted_on):
    """All images and each part that the truth names; after a fit those that it was made on, and first the others."""
    images = truth.dataset["images"]
    everything = sorted(image["id"] for image in images)
    if fitted_on is not None:
        fitted = {image["id"] for image in images if belongs(image, fitted_on)}
        held_out = [image for image in everything if image not in fitted]
        return {"held out from the fit": held_out, f"fitted on ({fitted_on})": sorted(fitted), "all": everything}
    parts = {"all": everything}
    for part in sorted({image["part"] for image in images if "part" in image}):
        parts[part] = sorted(image["id"] for image in images if image.get("part") == part)
    return parts


def belongs(image, asked):
    return image["part"] == asked if "part" in image else re.search(asked, image["file_name"]) is not None


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
    arguments.add_argument("--fused", default="fused candidates", help="the ranked name that is no single detector")
    arguments.add_argument("--fitted-on", help="a part, or a regular expression on file names, that a calibration was fitted on")
    given = arguments.parse_args()
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(given.truth)
    for part, images in parts_of(truth, given.fitted_on).items():
        print_part(truth, part, images, given)


def print_part(truth, part, images, given):
    print(f"\n{part}: {len(images)} images")
    print(f"{'':24} AP     AP50   AP75   AR100    AP small medium large   best precision / recall / F1 at IoU 0.5")
    single = {}
    for name, results in named_results(given.ranked):
        line, f1 = ranked_line(name, evaluate(truth, results, images)) if results else (f"{name:24} nothing", 0.0)
        print(line)
        if name != given.fused:
            single[name] = f1
    for name, results in named_results(given.decided):
        line, f1 = decided_line(name, evaluate(truth, results, images)) if results else (f"{name:24} nothing", 0.0)
        print(line)
        if single:
            best = max(single, key=single.get)
            print(f"{'':24} F1 {f1 - single[best]:+.4f} against the best of the best points of single detectors ({best}, {single[best]:.4f})")


main()
