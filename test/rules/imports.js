// Who may import what: the table of docs/architecture.md as data. ESLint enforces it (eslint.config.js).

/** Rooms below src/ that are features, and the rooms each may be composed of. No circle: eslint checks that too. */
export const composedOf = {
  artifact: [],
  audit: [],
  canary: ['audit', 'deploy', 'lock', 'traffic', 'artifact'],
  checks: [],
  deploy: ['artifact', 'audit', 'lock', 'traffic'],
  explain: [],
  init: [],
  flags: ['audit'],
  history: ['artifact', 'audit'],
  lock: ['audit'],
  router: ['traffic'],
  status: ['audit', 'deploy', 'flags', 'lock', 'traffic'],
  traffic: [],
};

/** Files of a feature that are pure: no I/O, no clock, no randomness. */
export const pure = [
  'plan',
  'decide',
  'parse',
  'facts',
  'delta',
  'health',
  'summary',
  'members',
  'id',
  'state',
  'wheel',
  'pick',
  'verdict',
  'table',
  'dora',
  'journal',
  'account',
  'actions',
  'batches',
  'decide-rolling',
  'decide-switch',
  'groups',
  'instance-report',
  'plan-document',
  'plan-shape',
  'progress',
  'resumed',
  'capacity',
  'probe-report',
];

/** Packages that pure files and config may use. */
export const pureLibraries = [
  'node:crypto',
  'node:path',
  'node:path/posix',
  'fast-xml-parser',
  'istanbul-lib-coverage',
  'fastest-levenshtein',
  'yaml',
];

/** Small shared values at the top of src/ that every room may use. */
export const shared = [
  'errors',
  'line',
  'loopback',
  'member',
  'secret',
  'verdict',
  'units',
  'suggest',
  'parse-url',
  'pool',
  'share',
  'store-keys',
  'version',
];

/** Long-running services: they may use the web framework they are built on. */
export const services = ['router'];
