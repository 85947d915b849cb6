/**
 * What a run amounts to: the figures of the Florence-2 paper for its annotations, how its sources agree, what was rejected
 * and why, what it took. It reads what the ledger makes visible and decides nothing; figures are gathered shard by shard
 * and written as Markdown, as a page, and as they are.
 */
export { readKnownBoxes } from './known-boxes.js'
export { renderHtml } from './render-html.js'
export { renderMarkdown } from './render-markdown.js'
export { reportDocument } from './report-document.js'
export type { RunReport } from './report-figures.js'
export { reportRun } from './run-report.js'
