// Who may import what: the table of docs/architecture.md as data. ESLint enforces it (eslint.config.js).

/** Rooms below src/ that are features, and the rooms each may be composed of. No circle: eslint checks that too. */
export const composedOf = {
  artifact: [],
  audit: [],
  balancer: ['haproxy', 'traffic'],
  canary: ['audit', 'balancer', 'deploy', 'gates', 'haproxy', 'judge', 'lock', 'traffic', 'artifact'],
  checks: [],
  deploy: ['artifact', 'audit', 'balancer', 'lock', 'traffic'],
  explain: ['gates', 'haproxy', 'judge'],
  init: [],
  flags: ['audit'],
  gates: [],
  haproxy: ['traffic'],
  history: ['artifact', 'audit'],
  judge: [],
  lock: ['audit'],
  router: ['audit', 'judge', 'traffic', 'workers'],
  status: ['audit', 'balancer', 'deploy', 'flags', 'lock', 'traffic'],
  traffic: [],
  workers: [],
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
  'lines',
  'weights',
  'wanted',
  'counted',
  'cfg',
  'activation',
  'messages',
  'tend',
  'merge-metrics',
  'merge-told',
  'place',
  'cookie',
  'ask',
  'confidence',
  'circuit',
  'warm',
  'pace',
  'excess',
  'fault',
  'frames',
  'sample',
  'reply',
  'json',
];

/** Rooms in which every file is pure. */
export const pureRooms = ['judge'];

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
  'columns',
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
export const services = ['router', 'workers'];
