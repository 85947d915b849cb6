import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const testFiles = {
  'good.test.ts': "import { it } from 'vitest'\nit('a', () => {})\nit('b', () => {})\nit.skip('c', () => {})\n",
  'bad.test.ts': "import { expect, it } from 'vitest'\nit('a', () => { expect(1).toBe(2) })\nit('b', () => {})\n",
  'broken.test.ts': "throw new Error('cannot be loaded')\n",
}

describe('count-tests', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(checkout, 'node_modules/.fld-count-tests-'))
    for (const [name, text] of Object.entries(testFiles)) await writeFile(join(folder, name), text)
    await writeFile(join(folder, 'vitest.config.ts'), 'export default {}\n')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function countsOf(...files: string[]): Promise<string> {
    const report = join(folder, `${files.join('-')}.json`)
    const vitest = join(checkout, 'node_modules/vitest/vitest.mjs')
    const reporter = ['--reporter=json', `--outputFile=${report}`]
    await node(folder, [vitest, 'run', '--root', folder, ...reporter, ...files])
    return (await node(folder, [join(checkout, 'infra/setup/count-tests.mjs'), report])).stdout
  }

  it('counts what vitest reports, with a file that cannot be loaded as one failure', async () => {
    expect(await countsOf('good')).toBe('(1 skipped)\n2 passed, 0 failed\n')
    expect(await countsOf('good', 'bad', 'broken')).toBe('(1 skipped)\n3 passed, 2 failed\n')
  })

  it('fails where there is no report', async () => {
    const script = join(checkout, 'infra/setup/count-tests.mjs')
    const { code, stdout } = await node(tmpdir(), [script, join(folder, 'absent.json')])
    expect([code, stdout]).toEqual([1, ''])
  })
})

function node(cwd: string, scriptArguments: string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, scriptArguments, { cwd }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout })
    })
  })
}
