import { accuracySection } from './accuracy-section.js'
import { annotationSection } from './annotation-statistics.js'
import { byteText, type ReportSection, whole } from './document.js'
import { rejectSection } from './reject-statistics.js'
import type { RunReport } from './report-figures.js'
import { agreementSection } from './source-agreement.js'
import { sourceSection } from './source-costs.js'
import { coverageSection } from './spatial-coverage.js'
import { semanticsSection } from './text-semantics.js'

/** A report as it is read: from what the run is and what stands out to the details. */
export interface ReportDocument {
  readonly title: string
  /** What was run, as names and values. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly sections: readonly ReportSection[]
}

/** Puts a report in words and tables; the same for Markdown and HTML. */
export function reportDocument(report: RunReport): ReportDocument {
  const { summary, annotations, semantics, coverage, agreement, rejects, sources, accuracy, hints } = report
  return {
    title: `Run ${summary.run}, round ${summary.round}`,
    facts: factsOf(report),
    sections: [
      {
        title: 'What stands out',
        paragraphs: hints.length === 0 ? ['Nothing is far from FLD-5B.'] : hints,
        tables: [],
        plots: [],
      },
      annotationSection(annotations, summary.images),
      semanticsSection(semantics),
      coverageSection(coverage),
      agreementSection(agreement),
      accuracySection(accuracy),
      rejectSection(rejects),
      sourceSection(sources, summary.images),
    ],
  }
}

function factsOf({ summary, closed_at, replay_of }: RunReport): [string, string][] {
  const { rows } = summary
  const count = (table: string) => whole(rows[table] ?? 0) ?? ''
  return [
    ['state', `${summary.state.replace('_', ' ')}, ${summary.committed} of ${summary.shards ?? '?'} shards`],
    [
      'images',
      `${whole(summary.images)} (${whole(summary.refused)} refused, ${whole(summary.quarantined)} quarantined)`,
    ],
    ['texts', count('text')],
    ['regions', count('region_text')],
    ['triplets', count('phrase_region')],
    ['rejects', count('rejects')],
    ['size of the tables', byteText(summary.bytes)],
    ['pipeline', summary.pipeline],
    ['source', summary.source],
    ['begun', summary.created_at],
    ['closed', closed_at ?? 'not yet'],
    ...(replay_of === null
      ? []
      : [['decided again', `${replay_of.run}, round ${replay_of.round}`] as [string, string]]),
  ]
}
