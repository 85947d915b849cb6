import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** Imports that break a rule: file, what it imports, the rule. */
const forbidden: [file: string, imported: string, rule: string][] = [
  ['schemas/a.ts', '../src/storage/a.js', 'schemas-import-zod-only'],
  ['schemas/b.ts', 'node:fs', 'schemas-import-zod-only'],
  ['schemas/c.ts', 'sharp', 'schemas-import-zod-only'],
  ['src/storage/b.ts', '../ingest/a.js', 'kernel-imports-kernel'],
  ['src/models/b.ts', '../../workers/ocr/index.js', 'kernel-imports-kernel'],
  ['src/ingest/b.ts', '../consensus/a.js', 'stages-meet-through-schemas'],
  ['src/consensus/b.ts', '../run/a.js', 'stages-meet-through-schemas'],
  ['src/annotate/b.ts', '../../workers/ocr/index.js', 'stages-meet-through-schemas'],
  ['src/run/b.ts', '../../pipelines/a.js', 'run-imports-no-edge'],
  ['src/run/c.ts', '../cli/a.js', 'nothing-imports-cli'],
  ['workers/ocr/b.ts', '../detect/index.js', 'workers-know-the-contract-only'],
  ['workers/ocr/c.ts', '../../src/annotate/a.js', 'workers-know-the-contract-only'],
  ['workers/registry.ts', './ocr/a.js', 'registry-lists-workers'],
  ['pipelines/b.ts', '../workers/ocr/index.js', 'pipelines-import-schemas-only'],
  ['src/inspector/b.ts', '../ingest/a.js', 'inspector-reads-only'],
  ['src/report/b.ts', '../consensus/a.js', 'report-reads-only'],
  ['src/report/c.ts', '../run/a.js', 'report-reads-only'],
  ['src/dataset/b.ts', '../../test/a.js', 'shipped-code-stands-alone'],
  ['src/queue/b.ts', 'vitest', 'shipped-code-without-dev-dependencies'],
  ['src/queue/c.ts', './missing.js', 'resolvable'],
]
const allowed: [file: string, imported: string][] = [
  ['schemas/d.ts', 'zod'],
  ['src/dataset/d.ts', '../storage/a.js'],
  ['src/ingest/d.ts', '../storage/a.js'],
  ['src/run/d.ts', '../ingest/a.js'],
  ['workers/ocr/d.ts', '../../src/annotate/contract.js'],
  ['workers/ocr/e.ts', './a.js'],
  ['src/report/d.ts', '../dataset/a.js'],
  ['src/report/e.ts', '../run/run-ledger.js'],
  ['src/cli/d.ts', '../../workers/ocr/index.js'],
  ['test/d.ts', '../src/cli/a.js'],
]
const targets = [
  ...[
    'schemas',
    'src/storage',
    'src/ingest',
    'src/consensus',
    'src/run',
    'src/annotate',
    'src/dataset',
    'src/cli',
    'pipelines',
    'test',
  ],
  ...['workers/ocr'],
].map((folder) => `${folder}/a.ts`)
const cycle: [file: string, imported: string][] = [
  ['src/feed/one.ts', './two.js'],
  ['src/feed/two.ts', './one.js'],
]

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

describe('the import rules', () => {
  let folder = ''
  let violations: Violation[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-imports-'))
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      await copyFile(join(checkout, name), join(folder, name))
    }
    await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'))
    for (const file of [
      ...targets,
      'workers/ocr/index.ts',
      'workers/detect/index.ts',
      'src/annotate/contract.ts',
      'src/run/run-ledger.ts',
    ]) {
      await write(file, 'export const a = 1\n')
    }
    for (const [file, imported] of [...forbidden, ...allowed, ...cycle]) await write(file, `import '${imported}'\n`)
    violations = await cruise(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function write(file: string, text: string) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }

  it.each(forbidden)('%s may not import %s', (file, _imported, rule) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule)
  })

  it.each(allowed)('%s may import %s', (file) => {
    expect(violations.filter(({ from }) => from === file)).toEqual([])
  })

  it('refuse cycles', () => {
    expect(violations.some(({ from, rule }) => from === 'src/feed/one.ts' && rule.name === 'no-cycles')).toBe(true)
  })
})

/** Runs dependency-cruiser, which ends with the number of violations as its exit code. */
async function cruise(folder: string): Promise<Violation[]> {
  const cli = join(checkout, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const cliArguments = [
    cli,
    '--config',
    '.dependency-cruiser.cjs',
    '-T',
    'json',
    'schemas',
    'src',
    'workers',
    'pipelines',
    'test',
  ]
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, cliArguments, { cwd: folder, maxBuffer: 1e8 }, (error, stdout) =>
      stdout === '' ? reject(error) : resolve(stdout),
    )
  })
  const { summary }: { summary: { violations: Violation[] } } = JSON.parse(output)
  return summary.violations
}
