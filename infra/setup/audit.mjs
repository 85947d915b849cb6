import { spawnSync } from 'node:child_process'

// Asks the registry whether a dependency that users get has a known fault of high severity. A registry that cannot be asked (no
// network, a mirror without the endpoint) is said loudly and fails nothing: it says nothing about the dependencies.

const asked = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], { encoding: 'utf8' })
const report = parse(asked.stdout)

if (asked.error) {
  process.stderr.write(`NOT AUDITED: npm cannot be run: ${asked.error.message}\n`)
  process.exit(1)
}
if (report?.metadata === undefined) {
  const why = report?.error?.summary || report?.message || asked.stderr.trim().split('\n')[0] || 'it gave no answer'
  const away = isAway(report)
  const what = away ? 'the registry could not be asked for known faults of the dependencies' : 'npm did not ask'
  process.stderr.write(`NOT AUDITED: ${what}: ${why}\n`)
  process.exit(away ? 0 : 1)
}
for (const { name, severity, via } of Object.values(report.vulnerabilities)) {
  const titles = via.map((each) => (typeof each === 'string' ? `through ${each}` : `${each.title} ${each.url}`))
  process.stderr.write(`${severity}: ${name}: ${titles.join('; ')}\n`)
}
const { total, high, critical } = report.metadata.vulnerabilities
process.stdout.write(
  `audit: ${total} known faults in what users get, ${high + critical} of high or critical severity\n`,
)
process.exit(high + critical > 0 ? 1 : 0)

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Whether there was nobody to answer: no network, or a registry without the endpoint. Any other error is ours to mend. */
function isAway(answer) {
  if ([404, 405, 501].includes(answer?.statusCode)) return true
  return /E(NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|AI_AGAIN|HOSTUNREACH|NETUNREACH)|EAI_AGAIN/.test(
    answer?.message ?? '',
  )
}
