/** An observation as a reject's payload keeps it: who said what kind of thing. */
export interface RejectedObservation {
  readonly annotator: string
  readonly kind: string
}

/** The observations that a reject's payload keeps; none where it is of something else, such as a file. */
export function rejectedObservations(payload: string): RejectedObservation[] {
  const parsed: { observations?: unknown } | null = JSON.parse(payload)
  const observations: readonly unknown[] = Array.isArray(parsed?.observations) ? parsed.observations : []
  return observations.filter(isObservation)
}

function isObservation(value: unknown): value is RejectedObservation {
  return typeof value === 'object' && value !== null && 'annotator' in value && 'kind' in value
}
