import { expect, test } from 'vitest'
import { packEntrySchema } from '../../schemas/pack.js'
import { type PlannedAnnotator, plannedAnnotatorSchema } from '../../schemas/run.js'
import { loadedAnnotators } from '../../src/run/loaded-annotators.js'

function planned(version: number | null, name = 'base'): PlannedAnnotator {
  const files = [{ path: 'config.json', sha256: String(version ?? 0).repeat(64), bytes: 1, sources: ['s3://b/k'] }]
  return plannedAnnotatorSchema.parse({
    ...{ name, use: `checkpoint/${name}`, required: true, stage: 's', resource: 'cpu', needs: 'image', digest: 'd' },
    checkpoint: version === null ? null : { name, version },
    entry: packEntrySchema.parse({ name, annotator: 'any', family: name, licence: 'none', files }),
  })
}

/** What was loaded and disposed, in order. */
function recorder(fails: () => boolean = () => false) {
  const events: string[] = []
  const annotators = loadedAnnotators(async ({ name, checkpoint }) => {
    const label = `${name}@${checkpoint?.version ?? 'pack'}`
    if (fails()) throw new Error(`no ${label}`)
    events.push(`load ${label}`)
    return { annotate: async () => [], dispose: async () => void events.push(`dispose ${label}`) }
  })
  return { events, annotators }
}

const nothing = async () => undefined

test('each is loaded once; two versions of a checkpoint stay and the one least lately used goes', async () => {
  const { events, annotators } = recorder()
  for (const version of [1, 2, 1, 2, 1, 3]) await annotators.use(planned(version), nothing)
  for (let index = 0; index < 5; index += 1) await annotators.use(planned(null, `net-${index}`), nothing)
  const nets = [0, 1, 2, 3, 4].map((index) => `load net-${index}@pack`)
  expect(events).toEqual(['load base@1', 'load base@2', 'load base@3', 'dispose base@2', ...nets])
  await annotators.close()
  expect(events.slice(-7)).toEqual([
    'dispose base@1',
    'dispose base@3',
    ...[0, 1, 2, 3, 4].map((index) => `dispose net-${index}@pack`),
  ])
})

test('one that is worked with stays until that is done', async () => {
  const { events, annotators } = recorder()
  await annotators.use(planned(1), async () => {
    for (const version of [2, 3, 4]) await annotators.use(planned(version), nothing)
    expect(events).not.toContain('dispose base@1')
  })
  expect(events).toContain('dispose base@1')
  expect(events.filter((event) => event.startsWith('dispose'))).toHaveLength(2)
})

test('what decides before an annotator does not load it again', async () => {
  const { events, annotators } = recorder()
  for (const digest of ['a', 'b', 'c']) await annotators.use({ ...planned(1), digest }, nothing)
  expect(events).toEqual(['load base@1'])
})

test('a failure to load is not kept', async () => {
  let broken = true
  const { events, annotators } = recorder(() => broken)
  await expect(annotators.use(planned(1), nothing)).rejects.toThrow('no base@1')
  broken = false
  await annotators.use(planned(1), nothing)
  expect(events).toEqual(['load base@1'])
})
