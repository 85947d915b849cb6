import type { CardOptions, ExportFormat } from './export-format.js'

/** What a card is about. */
export interface CardSubject extends CardOptions {
  readonly format: { readonly name: string; readonly layout: Pick<ExportFormat, 'frontMatter' | 'reading'> }
  readonly run: string
  readonly round: number
  /** What the run amounts to, in Markdown. */
  readonly report: string
}

/** The dataset card of an export, README.md: where it is from, how it is opened, what the run amounts to. */
export function datasetCard({ format, run, round, report, ...options }: CardSubject): string {
  const front = format.layout.frontMatter?.(options)
  const parts = [
    ...(front === undefined ? [] : [`---\n${front}\n---`]),
    `# ${run}`,
    `Exported by fld as \`${format.name}\` from run \`${run}\`, round ${round}; splits ${options.splits.join(', ')}.`,
    format.layout.reading(options),
    report,
  ]
  return parts.join('\n\n')
}
