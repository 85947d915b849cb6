import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEnvironment } from '../../src/cli/environment.js'
import { prepareRun } from '../../src/cli/prepare-run.js'
import { pullModels } from '../../src/cli/pull-view.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-pull-view-'))
  await mkdir(join(folder, 'photos'))
  await writeFile(join(folder, 'pack.json'), JSON.stringify({ name: 'mine', description: 'None.', entries: [nowhere] }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const nowhere = {
  name: 'nowhere',
  annotator: 'detect',
  family: 'yolox',
  licence: 'none',
  origin: 'nowhere',
  files: [{ path: 'nowhere.onnx', sha256: '0'.repeat(64), bytes: 1, sources: ['folder:nowhere.onnx'] }],
  options: { decoder: 'yolox', input: { size: 416, resize: 'letterbox', order: 'BGR' }, nms_iou: 0.65 },
  vocabulary: 'coco80',
}

async function pulled(required: boolean): Promise<void> {
  const use = { use: './pack.json/nowhere', required }
  const pipeline = join(folder, `required-${required}.yaml`)
  const stages = [{ name: 'specialists', annotators: [use, 'starter/template-caption'] }]
  await writeFile(pipeline, JSON.stringify({ name: 'street', stages }))
  const environment = readEnvironment({ FLD_CACHE: join(folder, 'cache') })
  const images = join(folder, 'photos')
  const prepared = await prepareRun({
    pipeline,
    images,
    out: join(folder, 'out'),
    set: [],
    allowHosts: [],
    environment,
  })
  await pullModels(prepared.plan, environment).finally(prepared.close)
}

test('an annotator without its model files stops a run only where it is required', async () => {
  await expect(pulled(true)).rejects.toMatchObject({ code: 'model_unavailable' })
  await expect(pulled(false)).resolves.toBeUndefined()
})
