import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { DistributionPlot, HeatmapPlot } from '../../src/report/document.js'
import { addValue, newHistogram } from '../../src/report/histogram.js'
import { plotSvg } from '../../src/report/plots.js'
import { renderHtml } from '../../src/report/render-html.js'
import { renderMarkdown } from '../../src/report/render-markdown.js'
import type { ReportDocument } from '../../src/report/report-document.js'
import { htmlFaults } from './html-faults.js'

const histogram = newHistogram(0, 1, 4)
for (const value of [0.1, 0.1, 0.6]) addValue(histogram, value)
const distribution: DistributionPlot = {
  kind: 'distribution',
  title: 'Scores <of> "all"',
  axis: 'score & more',
  series: [{ name: 'a|b', histogram }],
  marks: [{ name: 'threshold', value: 0.3 }],
}
const heatmap: HeatmapPlot = { kind: 'heatmap', title: 'Centres', size: 2, counts: [0, 3, 1, 0] }
const document: ReportDocument = {
  title: 'Run <b>x</b> & co',
  facts: [['source', '/photos/"a"|b']],
  sections: [
    {
      title: 'One',
      paragraphs: ['first', 'second <i>'],
      tables: [
        {
          title: 'Figures',
          columns: ['what', 'figure', 'words'],
          rows: [
            ['a|b', { value: '7.10', beside: '7.95' }, null],
            ['`c`', { value: null, beside: '1' }, 'x_y z\u0000'],
          ],
          words: [2],
          notes: ['a note'],
        },
      ],
      plots: [distribution, heatmap],
    },
  ],
}

describe('the page of a report', () => {
  const html = renderHtml(document)

  test('is well-formed, whatever stands in it', () => {
    expect(htmlFaults(html)).toEqual([])
    expect(html).toContain('<title>Run &lt;b&gt;x&lt;/b&gt; &amp; co</title>')
  })

  test('the check of it finds faults', () => {
    expect(htmlFaults('<p>a & b</p>')).toHaveLength(1)
    expect(htmlFaults('<p><b>a</p></b>')).toHaveLength(2)
    expect(htmlFaults('<p class=x>a</p>')).not.toEqual([])
    expect(htmlFaults('<p>a')).toHaveLength(1)
  })

  test('needs nothing beside it', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|(src|href)="(?!#)/)
    expect(html).toContain('prefers-color-scheme: dark')
    expect(html).toContain('name="viewport"')
  })

  test("shows figures beside FLD-5B's, and a dash where there is none", () => {
    expect(html).toContain('<td>7.10<small>7.95</small></td>')
    expect(html).toContain('<td>–<small>1</small></td>')
  })

  test.each([
    ['a distribution', distribution],
    ['a heatmap', heatmap],
  ])('%s is a picture that an SVG reader draws', async (_, plot) => {
    const drawn = await sharp(Buffer.from(plotSvg(plot))).stats()
    expect(drawn.channels.some(({ max, min }) => max > min)).toBe(true)
  })

  test('a heatmap draws a rectangle for each cell that has something, darkest where most is', () => {
    expect(plotSvg(heatmap).match(/<rect class="heat"[^>]*>/g)).toEqual([
      '<rect class="heat" x="12" y="0" width="12" height="12" fill-opacity="1.00"/>',
      '<rect class="heat" x="0" y="12" width="12" height="12" fill-opacity="0.33"/>',
    ])
  })
})

describe('the Markdown of a report', () => {
  const lines = renderMarkdown(document).split('\n')

  test('has tables whose columns all rows share', () => {
    const table = lines.filter((line) => line.startsWith('|'))
    expect(table).toEqual([
      '| what  |      figure | words  |',
      '| ----- | ----------: | ------ |',
      '| a\\|b  | 7.10 (7.95) | -      |',
      '| \\`c\\` |       - (1) | x_y z� |',
    ])
  })

  test('draws a distribution as a line', () => {
    expect(lines).toContain('a|b  0 |█ ▄ | 1')
    expect(lines).toContain('Scores \\<of\\> "all": score & more; threshold 0.3')
  })
})
