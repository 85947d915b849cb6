"""Opens the exports of one snapshot with their real consumers.

check.py <folder with an export of each format> <expected JSON lines> <cache folder>

The JSON lines hold every sample: {"sample_id", "task", "prompt", "target", "width", "height", "answer"}, the answer as this
project's parser reads the target. Prints a line for each consumer; ends with status 1 when anything is not as expected.
"""

import contextlib
import glob
import io
import json
import os
import struct
import sys
import tarfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"

import datasets  # noqa: E402  (reads its settings when it is imported)
import torch  # noqa: E402
import torch.utils._pytree as pytree  # noqa: E402
import transformers  # noqa: E402
from PIL import Image  # noqa: E402
from pycocotools.coco import COCO  # noqa: E402
from transformers.models.florence2.processing_florence2 import Florence2Processor  # noqa: E402

faults = []


def check(holds, what):
    if not holds:
        faults.append(what)
    return holds


def json_lines(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def count(samples, *tasks):
    """Rows that became samples of these tasks: an export has them all, and those that are in no sample."""
    return sum(sample["task"] in tasks for sample in samples)


def processor():
    """Florence-2's processor as it is: parsing asks the tokenizer for nothing but the names of its special tokens."""
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4}
    tokenizer = transformers.BartTokenizer(vocab=words, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    tokenizer.image_token = "<image>"
    tokenizer.image_token_id = tokenizer.convert_tokens_to_ids("<image>")
    kinds = ["pure_text", "description_with_bboxes", "description_with_polygons", "polygons", "bboxes"]
    config = {kind: {} for kind in [*kinds, "description_with_bboxes_or_polygons"]}
    config["ocr"] = {"PATTERN": r"(.+?)" + r"<loc_(\d+)>" * 8, "AREA_THRESHOLD": 0.0}
    config["phrase_grounding"] = {"banned_grounding_tokens": json.loads(os.environ["UNGROUNDED_PHRASES"])}
    images = transformers.CLIPImageProcessor()
    return Florence2Processor(image_processor=images, tokenizer=tokenizer, post_processor_config=config)


def round_trip(samples):
    """What Hugging Face's processor reads in each target, beside what this project's parser does; whole pixels, as it has them."""
    florence2 = processor()
    different = 0
    for sample in samples:
        task = f"<{sample['task']}>"
        size = (sample["width"], sample["height"])
        answer = florence2.post_process_generation(text=sample["target"], task=task, image_size=size)[task]
        if answer != sample["answer"]:
            different += 1
            faults.append(f"{sample['sample_id']}: {json.dumps(answer)[:200]} and not {json.dumps(sample['answer'])[:200]}")
        if task in florence2.task_prompts_without_inputs:
            check(florence2._construct_prompts(task) == [sample["prompt"]], f"{sample['sample_id']}: prompt {sample['prompt']}")
    tasks = len({sample["task"] for sample in samples})
    print(f"florence2: {len(samples)} targets of {tasks} tasks through transformers {transformers.__version__}: {different} different")


def check_jsonl(folder, samples):
    """As maestro's JSONLDataset reads: three keys, the image beside the file, in folders of these three names."""
    expected = {sample["sample_id"]: sample for sample in samples}
    seen = 0
    for split in ("train", "valid", "test"):
        path = Path(folder) / split / "annotations.jsonl"
        for line in json_lines(path) if path.exists() else []:
            seen += 1
            sample = expected[line["sample_id"]]
            same = (line["prefix"], line["suffix"]) == (sample["prompt"], sample["target"])
            check(same, f"{path}: {line['sample_id']} is not the sample")
            image = path.parent / line["image"]
            if check(image.exists(), f"{image} is missing") and line["task"] in ("OD", "CAPTION"):
                with Image.open(image) as opened:
                    check(opened.size == (sample["width"], sample["height"]), f"{image}: {opened.size}")
    check(seen == len(samples), f"florence2-jsonl: {seen} lines of {len(samples)} samples")
    print(f"florence2-jsonl: {seen} lines with image, prefix, suffix")


def check_hf(folder, samples, cache):
    loaded = datasets.load_dataset(str(folder), cache_dir=cache)
    targets = {sample["sample_id"]: sample["target"] for sample in samples}
    seen = 0
    for split, rows in loaded.items():
        for row in rows:
            check(len(row["weights"]) == len(row["targets"]), f"hf: weights of {row['image_id']}")
            check(row["image"].size == (row["width"], row["height"]), f"hf: {row['image_id']} is {row['image'].size}")
            for sample_id, target in zip(row["sample_ids"], row["targets"], strict=True):
                seen += 1
                check(targets.get(sample_id) == target, f"hf: {sample_id} is not the sample")
    check(seen == len(samples), f"hf: {seen} of {len(samples)} samples")
    sizes = ", ".join(f"{split} {rows.num_rows}" for split, rows in loaded.items())
    print(f"hf: load_dataset of datasets {datasets.__version__}: {sizes} images, {seen} samples")


def check_webdataset(folder, samples):
    try:
        import webdataset

        paths = sorted(glob.glob(f"{folder}/*.tar"))
        groups = list(webdataset.WebDataset(paths, shardshuffle=False))
        reader = f"webdataset {webdataset.__version__}"
    except ImportError:
        groups, reader = list(tar_groups(folder)), "tarfile (the package webdataset is not there)"
    seen = 0
    for group in groups:
        described = json.loads(group["json"])
        others = ("json", "txt", "__key__", "__url__")
        check(any(len(body) > 0 for key, body in group.items() if key not in others), "no image")
        seen += len(described["samples"])
    check(seen == len(samples), f"webdataset: {seen} of {len(samples)} samples")
    print(f"webdataset: {reader}: {len(groups)} images, {seen} samples")


def tar_groups(folder):
    """Members that follow each other under one key, as WebDataset groups them: up to the first point of the base name."""
    for path in sorted(glob.glob(f"{folder}/*.tar")):
        group = {}
        with tarfile.open(path) as tar:
            for member in tar:
                key, extension = member.name.split(".", 1)
                if group and group["__key__"] != key:
                    yield group
                    group = {}
                group["__key__"] = key
                group[extension] = tar.extractfile(member).read()
        if group:
            yield group


def check_coco(folder, samples):
    images, boxes, masks, captions = 0, 0, 0, 0
    for path in sorted(glob.glob(f"{folder}/annotations/instances_*.json")):
        coco = read_coco(path)
        split = Path(path).stem.removeprefix("instances_")
        for image in coco.loadImgs(coco.getImgIds()):
            images += 1
            check((Path(folder) / split / image["file_name"]).exists(), f"coco: {image['file_name']} is missing")
        for annotation in coco.loadAnns(coco.getAnnIds()):
            boxes += 1
            if "segmentation" in annotation:
                masks += 1
                area = int(coco.annToMask(annotation).sum())
                check(area == annotation["area"], f"coco: the mask of {annotation['region_id']} is {area}")
        for kind in ("captions_", "captions_detailed_"):
            captions += len(read_coco(path.replace("instances_", kind)).anns)
    print(f"coco: pycocotools: {images} images, {boxes} boxes, {masks} masks, {captions} captions")
    check(boxes >= count(samples, "REGION_TO_CATEGORY"), f"coco: {boxes} boxes are too few")
    texts = count(samples, "CAPTION", "DETAILED_CAPTION", "MORE_DETAILED_CAPTION")
    check(captions >= texts, f"coco: {captions} captions of {texts}")


def read_coco(path):
    """pycocotools tells on standard output how it goes."""
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(path)


def check_odvg(folder, samples):
    """As Open-GroundingDino's and MMDetection's ODVGDataset read, key by key: neither is a package that pip installs as it is."""
    labels = json.loads((Path(folder) / "label_map.json").read_text())
    detections, phrases = 0, 0
    for path in sorted(glob.glob(f"{folder}/*/detection.odvg.jsonl")):
        for line in json_lines(path):
            check((Path(path).parent / line["filename"]).exists(), f"odvg: {line['filename']} is missing")
            instances = line["detection"]["instances"]
            detections += len(odvg_boxes(instances, line))
            for instance in instances:
                check(labels[str(instance["label"])] == instance["category"], f"odvg: label of {instance}")
    for path in sorted(glob.glob(f"{folder}/*/grounding.odvg.jsonl")):
        for line in json_lines(path):
            regions = line["grounding"]["regions"]
            phrases += len(odvg_boxes(regions, line))
            text = line["grounding"]["caption"].lower().strip()
            for region in regions:
                told = " ".join(text[start:end] for start, end in region["tokens_positive"])
                check(told == region["phrase"].lower(), f"odvg: {told!r} and not {region['phrase']!r}")
    print(f"odvg: {detections} boxes of {len(labels)} labels, {phrases} boxes of phrases")
    check(0 < detections <= count(samples, "REGION_TO_CATEGORY"), f"odvg: {detections} boxes")
    check(phrases >= count(samples, "CAPTION_TO_PHRASE_GROUNDING"), f"odvg: {phrases} boxes of phrases are too few")


def odvg_boxes(items, line):
    """One box to an item, as a tensor of them takes them, not empty and within the image."""
    boxes = torch.as_tensor([item["bbox"] for item in items], dtype=torch.float32).reshape(-1, 4)
    check(len(boxes) == len(items) > 0, f"odvg: {len(boxes)} boxes of {len(items)} items in {line['filename']}")
    limits = torch.tensor([line["width"], line["height"]])
    inside = bool((boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= limits).all() and (boxes[:, 2:] > boxes[:, :2]).all())
    check(inside, f"odvg: boxes of {line['filename']}")
    return boxes


def check_litdata(folder, samples):
    """With LitData where it is installed; else by its layout, with PyTorch's reading of the tree that the index names."""
    try:
        import litdata
    except ImportError:
        litdata = None
    items, seen = 0, 0
    for path in sorted(glob.glob(f"{folder}/*/index.json")):
        index = json.loads(Path(path).read_text())
        if not index["chunks"]:
            continue
        rows = litdata.StreamingDataset(str(Path(path).parent)) if litdata else litdata_items(Path(path).parent, index)
        for row in rows:
            items += 1
            seen += len(json.loads(row["samples"]))
            check(Image.open(io.BytesIO(row["image"])).size[0] > 0, f"litdata: {row['image_id']}")
    check(seen == len(samples), f"litdata: {seen} of {len(samples)} samples")
    reader = f"litdata {litdata.__version__}" if litdata else "by its layout (the package litdata is not there)"
    print(f"litdata-index: {reader}: {items} images, {seen} samples")


def litdata_items(folder, index):
    spec = pytree.treespec_loads(index["config"]["data_spec"])
    formats = index["config"]["data_format"]
    for chunk in index["chunks"]:
        body = (folder / chunk["filename"]).read_bytes()
        count = struct.unpack_from("<I", body)[0]
        check(count == chunk["chunk_size"], f"litdata: {chunk}")
        places = struct.unpack_from(f"<{count + 1}I", body, 4)
        check(places[-1] == len(body) and places[-1] - places[0] == chunk["chunk_bytes"], f"litdata: {chunk}")
        for begin in places[:-1]:
            sizes = struct.unpack_from(f"<{len(formats)}I", body, begin)
            at, values = begin + 4 * len(formats), []
            for size, kind in zip(sizes, formats, strict=True):
                part = body[at : at + size]
                values.append(part.decode() if kind == "str" else part)
                at += size
            yield pytree.tree_unflatten(values, spec)


folder, expected, cache = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
samples = json_lines(expected)
round_trip(samples)
check_jsonl(folder / "florence2-jsonl", samples)
check_hf(folder / "hf", samples, cache)
check_webdataset(folder / "webdataset", samples)
check_coco(folder / "coco", samples)
check_odvg(folder / "odvg", samples)
check_litdata(folder / "litdata-index", samples)
for fault in faults[:10]:
    print(f"  {fault}")
print("as expected" if not faults else f"{len(faults)} faults")
sys.exit(1 if faults else 0)
