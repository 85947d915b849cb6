import { boxSizes } from '../measure/index.js'
import type { DetectionAccuracy, SourceAccuracy } from './detection-accuracy.js'
import { type Cell, decimal, type ReportSection, type ReportTable, whole } from './document.js'

/** How right sources and committed regions are, over all boxes and by their size. */
export function accuracySection(accuracy: DetectionAccuracy | null): ReportSection {
  const title = 'Accuracy'
  if (accuracy === null) {
    const paragraphs = [
      'No labels: nothing is known of how right the boxes are. `fld report --truth <coco.json>` measures against some.',
    ]
    return { title, paragraphs, tables: [], plots: [] }
  }
  const { truth, images, labelled, boxes, sources, committed } = accuracy
  const rows = [...sources, ...(committed === null ? [] : [committed])]
  const held = `Held against ${truth}: ${whole(boxes)} boxes on ${whole(images)} images of the run (${whole(labelled)} are labelled).`
  const because =
    'The committed regions are not measured: this run took the labels of its source among them, and they would be held against themselves.'
  return {
    title,
    paragraphs: committed === null ? [held, because] : [held],
    tables: [overall(rows), bySize(rows)],
    plots: [],
  }
}

function overall(rows: readonly SourceAccuracy[]): ReportTable {
  return {
    title: 'Sources and committed regions',
    columns: ['source', 'images', 'AP', 'AP50', 'from score', 'precision', 'recall', 'F1'],
    rows: rows.map((each): Cell[] => [
      nameOf(each),
      whole(each.images),
      ...[each.ap, each.ap50, each.threshold, each.precision, each.recall, each.f1].map((figure) => decimal(figure, 3)),
    ]),
    notes: [
      "AP is COCO's, over raw scores, of the 100 best boxes of an image. Precision, recall and F1: IoU .5, labels pooled, of a source from the score that gives it the best F1; of the committed regions all.",
      'Images: the labelled ones that a source was heard on. It is measured over these alone, so that what it could not do is no miss; figures over different images do not compare.',
    ],
  }
}

function bySize(rows: readonly SourceAccuracy[]): ReportTable {
  const columns = boxSizes.flatMap((size) => [`${size}: AP`, 'precision', 'recall'])
  return {
    title: 'By size of the true box',
    columns: ['source', ...columns],
    rows: rows.map((each): Cell[] => [
      nameOf(each),
      ...boxSizes.flatMap((size) => {
        const { ap, precision, recall } = each.by_size[size]
        return [ap, precision, recall].map((figure) => decimal(figure, 3))
      }),
    ]),
    notes: ['Small below 32 x 32 pixels, large from 96 x 96, of the original image. Same thresholds as above.'],
  }
}

function nameOf({ annotator }: SourceAccuracy): string {
  return annotator ?? 'committed regions'
}
