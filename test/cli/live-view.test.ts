import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { openLiveView } from '../../src/cli/live-view.js'
import { newProgress } from '../../src/run/run-progress.js'

function terminal(columns: number) {
  return Object.assign(new PassThrough(), { isTTY: true, columns }) as PassThrough & NodeJS.WriteStream
}

test.each([0, 20, 45, 200])('draws itself on a terminal of %i columns', async (columns) => {
  const progress = newProgress(['template-caption'])
  progress.ingest = { seen: 10, accepted: 10, refused: 0, done: true }
  progress.annotators.set('template-caption', 7)
  const output = terminal(columns)
  const view = openLiveView(progress, output)
  const [drawn] = await once(output, 'data')
  expect(String(drawn)).toMatch(/shards .*\n {2}template-caption .* 7 /)
  view.close()
})

test('what is said after the end does not erase the last view', () => {
  const output = terminal(80)
  const view = openLiveView(newProgress(['a']), output)
  view.close()
  view.log('stopped')
  const written = String(output.read())
  expect(written).toMatch(/shards .*\n.*\nstopped\n$/)
  expect(written).not.toContain('\x1b[0J')
})
