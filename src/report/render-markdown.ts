import type { Cell, DistributionPlot, ReportPlot, ReportSection, ReportTable } from './document.js'
import type { ReportDocument } from './report-document.js'

/** What stands where there is no figure. */
const nothing = '-'

/** A report as Markdown with GitHub's tables, which also reads well in a terminal. Distributions are drawn as one line each. */
export function renderMarkdown({ title, facts, sections }: ReportDocument): string {
  const about = facts.map(([name, value]) => `- ${plain(name)}: ${plain(value)}`).join('\n')
  return `${[`# ${plain(title)}`, about, ...sections.map(renderSection)].join('\n\n')}\n`
}

function renderSection({ title, paragraphs, tables, plots }: ReportSection): string {
  const said = paragraphs.length > 1 ? [paragraphs.map((each) => `- ${plain(each)}`).join('\n')] : paragraphs.map(plain)
  return [`## ${plain(title)}`, ...said, ...tables.map(renderTable), ...plots.flatMap(renderPlot)].join('\n\n')
}

function renderTable({ title, columns, rows, words = [], notes = [] }: ReportTable): string {
  const cells = [columns.map(plain), ...rows.map((row) => row.map(cellText))]
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)))
  const isWords = (column: number) => column === 0 || words.includes(column)
  const line = (row: readonly string[]) => {
    const padded = row.map((cell, column) =>
      isWords(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) => (isWords(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  const [head = [], ...body] = cells
  const table = [line(head), line(rule), ...body.map(line)].join('\n')
  return [`### ${plain(title)}`, ...notes.map(plain), table].join('\n\n')
}

function cellText(cell: Cell): string {
  if (cell === null) return nothing
  if (typeof cell === 'string') return plain(cell)
  const { value, beside } = cell
  return `${value === null ? nothing : plain(value)}${beside === null ? '' : ` (${plain(beside)})`}`
}

function renderPlot(plot: ReportPlot): string[] {
  return plot.kind === 'distribution' ? [distributionLines(plot)] : []
}

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

function distributionLines({ title, axis, series, marks = [] }: DistributionPlot): string {
  const width = Math.max(...series.map(({ name }) => name.length))
  const lines = series.map(({ name, histogram }) => {
    const { counts, lowest, highest } = histogram
    const most = Math.max(1, ...counts)
    const bars = counts.map((count) => blocks[Math.ceil((count / most) * (blocks.length - 1))] ?? '').join('')
    return `${name.padEnd(width)}  ${lowest} |${bars}| ${highest}`
  })
  const asked = marks.length === 0 ? '' : `; ${marks.map(({ name, value }) => `${name} ${value}`).join(', ')}`
  return [`${plain(title)}: ${plain(axis)}${plain(asked)}`, '', '```', ...lines, '```'].join('\n')
}

/** What Markdown or HTML would take for their own; control characters, which a terminal would obey, are replaced. Underscores inside words mean nothing to it. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '\ufffd')
    .replace(/[\\`*|<>[\]]/g, '\\$&')
}
