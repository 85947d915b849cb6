import type { RejectRow, ShardAnnotations, TextRow } from '../../schemas/annotation.js'
import type { ShardAttempt } from '../../src/dataset/commit.js'

const shared = { round: 0, support: ['picodet', 'yolox'], votes: 2, score: 0.75, rule: 'votes', checkpoints: null }

/** The annotations of a shard of two images, told apart by who wrote them. */
export function annotationsBy(writer: string, shard: string): ShardAnnotations {
  const text = (image_id: string): TextRow => ({
    ...{ ...shared, image_id, shard, text_id: `${image_id}-t0`, granularity: 'brief', text: `written by ${writer}` },
    ...{ tokens: 3, objects: null, attributes: null, actions: null, proper_nouns: null },
    ...{ object_complexity: null, action_complexity: null, similarity: null, labels: null, unsupported_labels: null },
  })
  const reject = (reason: string): RejectRow => ({
    ...{ ...shared, image_id: 'b', shard, kind: 'object', payload: '{"label":"dog"}', stage: 'consensus' },
    ...{ reason, failed: '{"votes":1}' },
  })
  const rejects = [reject('too_few_votes'), reject('too_few_votes'), reject('too_small')]
  return { text: [text('b'), text('a')], region_text: [], phrase_region: [], rejects }
}

/** An attempt at a shard of run `run`, round 0. */
export function attemptBy(writer: string, run: string, shard = '000000'): ShardAttempt {
  const annotations = annotationsBy(writer, shard)
  return { run, round: 0, shard, attempt: writer, annotations, images: 2, refused: 1, absent: { ocr: 'not loaded' } }
}
