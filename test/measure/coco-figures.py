"""COCOeval's figures for each detector of golden/consensus/dev: the fixture of test/measure."""
import json, sys, io, contextlib
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
import numpy as np
D = sys.argv[1]
with contextlib.redirect_stdout(io.StringIO()):
    gt = COCO(f"{D}/ground-truth.json")
cats = {c["name"]: c["id"] for c in gt.dataset["categories"]}
parts = {"all": None, "val2017": "val2017", "train2017": "train2017"}
out = {}
for model in ["deimv2-femto", "picodet-s-416", "yolox-nano", "deimv2-atto", "nanodet-m-416", "fastestdet"]:
    raw = json.load(open(f"{D}/{model}.json"))["images"]
    res = []
    for img in gt.dataset["images"]:
        dets = sorted(raw.get(str(img["id"]), []), key=lambda d: -d[1])[:100]
        for l, s, x1, y1, x2, y2 in dets:
            res.append({"image_id": img["id"], "category_id": cats[l], "score": s, "bbox": [x1, y1, x2 - x1, y2 - y1]})
    out[model] = {}
    for part in parts:
        ids = [i["id"] for i in gt.dataset["images"] if part == "all" or i["part"] == part]
        with contextlib.redirect_stdout(io.StringIO()):
            e = COCOeval(gt, gt.loadRes(res), "bbox"); e.params.imgIds = ids; e.evaluate(); e.accumulate(); e.summarize()
        P = e.eval["precision"]
        per = {}
        for k, c in enumerate(e.params.catIds):
            p = P[:, :, k, 0, 2]; p = p[p > -1]
            if p.size: per[gt.cats[c]["name"]] = round(float(p.mean()), 12)
        f = {"stats": [round(float(x), 12) for x in e.stats]}
        pooled = {}
        for name, rng in zip(["all", "small", "medium", "large"], e.params.areaRng):
            s, h, n = [], [], 0
            for m in e.evalImgs:
                if m is None or m["aRng"] != rng: continue
                keep = ~m["dtIgnore"][0].astype(bool)
                s += list(np.asarray(m["dtScores"])[keep]); h += list((m["dtMatches"][0] > 0)[keep])
                n += int((np.asarray(m["gtIgnore"]) == 0).sum())
            pooled[name] = {"detections": len(s), "hits": int(sum(h)), "boxes": n}
            if name == "all" :
                s, h = np.array(s), np.array(h); edges = np.linspace(0, 1, 11); ece = 0
                for i in range(10):
                    m = (s <= edges[i+1]) & ((s > edges[i]) if i else (s >= 0))
                    if m.any(): ece += m.sum() * abs(s[m].mean() - h[m].mean())
                f["ece"] = round(float(ece / len(s)), 12)
        f["pooled"] = pooled
        if part == "all": f["by_label"] = per
        out[model][part] = f
print(json.dumps(out, indent=1))
