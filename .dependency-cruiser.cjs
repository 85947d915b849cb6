/**
 * Who may import whom: the table of the design, checked by `npm run arch`. Types count as imports.
 *
 *   schemas                                    zod only
 *   storage, queue, models, dataset, measure   schemas, kernel (which these are)
 *   ingest, annotate, consensus, rounds, feed  schemas, kernel, never each other
 *   run                                        schemas, kernel, the stages
 *   workers/x                                  schemas, kernel, the annotator contract, never another worker
 *   report                                     schemas, storage, dataset, measure, run's read side
 *   pipelines                                  schemas
 *   inspector                                  schemas, dataset, storage, run
 *   cli                                        everything; nothing imports cli
 *
 * infra/ and test/ may import what they need, and nothing that ships imports them.
 */
const shipped = '^(schemas|src|workers|pipelines)/'
const kernel = '^src/(storage|queue|models|dataset|measure)/'
const stages = '^src/(ingest|annotate|consensus|rounds|feed)/'
const contract = '^src/annotate/contract[.]ts$'

/** A folder may import code of this project only where `to` matches. */
function mayImportOnly(name, comment, from, to) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from },
    to: { path: `${shipped}|^infra/|^test/`, pathNot: to },
  }
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing, or a third one is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'schemas-import-zod-only',
      comment: 'Schemas say what the data is: pure, no input or output, so that everything may depend on them.',
      severity: 'error',
      from: { path: '^schemas/' },
      to: { pathNot: ['^schemas/', '(^|/)node_modules/zod/'] },
    },
    mayImportOnly(
      'kernel-imports-kernel',
      'Storage, queue, models, dataset and measure are what the stages stand on: they know schemas and each other.',
      kernel,
      ['^schemas/', kernel],
    ),
    mayImportOnly(
      'stages-meet-through-schemas',
      'A stage knows schemas, the kernel and itself; what passes between stages is data.',
      '^src/(ingest|annotate|consensus|rounds|feed)/',
      ['^schemas/', kernel, '^src/$1/'],
    ),
    mayImportOnly(
      'run-imports-no-edge',
      'Run drives the stages; annotators and pipelines are handed to it by the command line.',
      '^src/run/',
      ['^schemas/', kernel, stages, '^src/run/'],
    ),
    mayImportOnly(
      'workers-know-the-contract-only',
      'An annotator knows schemas, the kernel, the annotator contract and its own folder: never another annotator.',
      '^workers/([^/]+)/',
      ['^schemas/', kernel, contract, '^workers/$1/'],
    ),
    mayImportOnly('registry-lists-workers', 'The registry is a list of annotators, by name.', '^workers/[^/]+[.]ts$', [
      '^schemas/',
      contract,
      '^workers/[^/]+/index[.]ts$',
    ]),
    mayImportOnly(
      'pipelines-import-schemas-only',
      'A recipe names annotators by typed strings: it can be read, checked and shipped without them.',
      '^pipelines/',
      ['^schemas/', '^pipelines/'],
    ),
    mayImportOnly('inspector-reads-only', 'The inspector looks at what was committed.', '^src/inspector/', [
      '^schemas/',
      '^src/(dataset|storage|run|inspector)/',
    ]),
    mayImportOnly('report-reads-only', 'The report adds up what was committed and decides nothing.', '^src/report/', [
      '^schemas/',
      '^src/(dataset|storage|measure|report)/',
      '^src/run/(coco-truth|committed-images|observation-keys|round-plan|run-ledger|run-summary|shard-checkpoints)[.]ts$',
    ]),
    {
      name: 'nothing-imports-cli',
      comment: 'The command line is where everything is put together: the last layer.',
      severity: 'error',
      from: { path: shipped, pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'shipped-code-stands-alone',
      comment: 'What runs in production needs nothing from infra/ or test/.',
      severity: 'error',
      from: { path: shipped },
      to: { path: '^(infra|test)/' },
    },
    {
      name: 'shipped-code-without-dev-dependencies',
      comment: 'A package that production needs is a dependency, not a dev dependency.',
      severity: 'error',
      from: { path: shipped },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'An import leads to a file or to a package of package.json.',
      severity: 'error',
      from: { path: '^(schemas|src|workers|pipelines|infra|test)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'A package that is imported stands in package.json.',
      severity: 'error',
      from: { path: '^(schemas|src|workers|pipelines|infra|test)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
