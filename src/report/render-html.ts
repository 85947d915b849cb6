import type { Cell, ReportPlot, ReportSection, ReportTable } from './document.js'
import { escapeHtml } from './escape-html.js'
import { pageStyle } from './page-style.js'
import { plotSvg } from './plots.js'
import type { ReportDocument } from './report-document.js'

/** A report as one HTML page that needs nothing beside it: no script, no font and no picture from elsewhere. */
export function renderHtml({ title, facts, sections }: ReportDocument): string {
  const about = facts.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
  const links = sections.map((section, index) => `<a href="#part-${index}">${escapeHtml(section.title)}</a>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<dl>${about.join('')}</dl>
<nav>${links.join('')}</nav>
${sections.map(renderSection).join('\n')}
</body>
</html>
`
}

function renderSection({ title, paragraphs, tables, plots }: ReportSection, index: number): string {
  const drawn = plots.length === 0 ? '' : `<div class="plots">${plots.map(renderPlot).join('')}</div>`
  const parts = [`<h2>${escapeHtml(title)}</h2>`, renderParagraphs(paragraphs), ...tables.map(renderTable), drawn]
  return `<section id="part-${index}">\n${parts.filter((part) => part !== '').join('\n')}\n</section>`
}

function renderParagraphs(paragraphs: readonly string[]): string {
  if (paragraphs.length < 2) return paragraphs.map((each) => `<p>${escapeHtml(each)}</p>`).join('')
  return `<ul>${paragraphs.map((each) => `<li>${escapeHtml(each)}</li>`).join('')}</ul>`
}

function renderTable({ title, columns, rows, words = [], notes = [] }: ReportTable): string {
  const className = (column: number) => (words.includes(column) ? ' class="words"' : '')
  const head = columns.map((name, column) => `<th scope="col"${className(column)}>${escapeHtml(name)}</th>`)
  const body = rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? `<th scope="row">${cellHtml(cell)}</th>` : `<td${className(column)}>${cellHtml(cell)}</td>`,
    )
    return `<tr>${cells.join('')}</tr>`
  })
  return [
    `<h3>${escapeHtml(title)}</h3>`,
    ...notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
    `<div class="wide"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`,
  ].join('\n')
}

function cellHtml(cell: Cell): string {
  if (cell === null) return '–'
  if (typeof cell === 'string') return escapeHtml(cell)
  const { value, beside } = cell
  return `${value === null ? '–' : escapeHtml(value)}${beside === null ? '' : `<small>${escapeHtml(beside)}</small>`}`
}

function renderPlot(plot: ReportPlot): string {
  const square = plot.kind === 'heatmap' ? ' class="square"' : ''
  return `<figure${square}><figcaption>${escapeHtml(plot.title)}</figcaption>${plotSvg(plot)}</figure>`
}
