/** A rule that two decisions were made with differently: null where one has none of this name. */
export interface ChangedRule {
  /** Path of the key, as `--set consensus.<key>` names it. */
  readonly key: string
  readonly before: unknown
  readonly after: unknown
}

/** What differs between two sets of rules, by key; lists count as one value. */
export function changedRules(before: object, after: object): ChangedRule[] {
  const [old, now] = [new Map(leaves(before)), new Map(leaves(after))]
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort()
  return keys
    .map((key) => ({ key, before: old.get(key) ?? null, after: now.get(key) ?? null }))
    .filter((rule) => JSON.stringify(rule.before) !== JSON.stringify(rule.after))
}

function leaves(rules: object, prefix = ''): [key: string, value: unknown][] {
  return Object.entries(rules).flatMap(([name, value]): [string, unknown][] => {
    const key = `${prefix}${name}`
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leaves(value, `${key}.`)
      : [[key, value]]
  })
}
