import { describe, expect, it } from 'vitest'
import { readModelJson } from '../../src/models/model-config.js'
import { textFiles } from './text-files.js'

describe('readModelJson', () => {
  it('reads a JSON file by its path in the pack', async () => {
    const files = await textFiles({ 'config.json': '{"model_type": "d_fine", "id2label": {"0": "person"}}' })
    expect(await readModelJson(files, 'config.json')).toEqual({ model_type: 'd_fine', id2label: { 0: 'person' } })
  })

  it('names what is missing and what there is', async () => {
    const files = await textFiles({ 'config.json': '{}' })
    await expect(readModelJson(files, 'preprocessor_config.json')).rejects.toMatchObject({
      code: 'model_invalid',
      message: 'The model needs the file preprocessor_config.json; its files are: config.json.',
    })
    await expect(readModelJson(new Map(), 'config.json')).rejects.toThrow('its files are: none')
  })

  it('names a file that is not JSON, or gone', async () => {
    const files = await textFiles({ 'config.json': '{"model_type": ' })
    files.set('generation_config.json', '/nowhere/generation_config.json')
    await expect(readModelJson(files, 'config.json')).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining('config.json'),
    })
    await expect(readModelJson(files, 'generation_config.json')).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/^generation_config\.json .*ENOENT/),
    })
  })
})
