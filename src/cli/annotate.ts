import { Command } from 'commander'
import type { AnnotateFlags } from './annotate-files.js'
import { wholeNumber } from './arguments.js'
import { environmentHelp } from './environment.js'
import { addWorkerFlags } from './worker-flags.js'

const examples = `
<annotator> is pack/entry (see fld models list) or a JSON file:
  {"annotator": "detect", "family": "yolox", "folder": "./weights",
   "options": {"decoder": "yolox", ...}, "vocabulary": "coco80"}
with the model files in "folder" (relative to the JSON file), and a vocabulary by name or as a list of labels.

Grounding, masks, similarity and captions of regions need what earlier stages of a run decide: give texts with --text,
texts and regions by image in a JSON file with --decided:
  {"cat.jpg": {"texts": ["a cat on a sofa."],
               "regions": [{"label": "cat", "box": [10, 20, 200, 180], "texts": ["a tabby"]}]}}
OWLv2 looks for phrases that are known: {"text": "a cat on a sofa.", "phrases": ["a cat", "a sofa"]}.

Examples:
  fld annotate starter/nanodet --images cat.jpg dog.jpg
  fld annotate starter/ppocr --images ./scans --json > lines.jsonl
  fld annotate ./my-detector.json --images ./photos --json
  fld annotate fld5b/grounding-dino-tiny --images cat.jpg --text "a cat on a sofa."
  fld annotate fld5b/slimsam --images cat.jpg --decided boxes.json --json

Exit code 3 when an image could not be annotated; its line says why.
${environmentHelp}`

/** `fld annotate`. */
export function command(): Command {
  const annotate = new Command('annotate')
    .description('Runs one annotator on a few pictures, without a run, and prints its observations.')
    .argument('<annotator>', 'pack/entry, or a JSON file')
    .requiredOption('--images <files...>', 'image files or folders')
    .option('--text <texts...>', 'texts about every image, for annotators that need texts')
    .option('--decided <file>', 'texts and regions by image, for annotators that need them')
    .option('--json', 'a JSON line per image')
    .option('--batch <n>', 'images handed over at once', wholeNumber({ min: 1, max: 256 }), 8)
  return addWorkerFlags(annotate)
    .addHelpText('after', examples)
    .action(async (annotator: string, flags: AnnotateFlags) => {
      const { annotateFiles } = await import('./annotate-files.js')
      process.exitCode = await annotateFiles(annotator, flags)
    })
}
