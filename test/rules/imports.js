// Who may import what: the table of docs/architecture.md as data. ESLint enforces it (eslint.config.js).

/** Rooms below src/ that are features, and the rooms each may be composed of. No circle: eslint checks that too. */
export const composedOf = {
  artifact: [],
  audit: [],
  balancer: ['haproxy', 'traffic'],
  canary: ['audit', 'balancer', 'deploy', 'gates', 'haproxy', 'judge', 'lock', 'traffic', 'artifact'],
  checks: [],
  deploy: ['artifact', 'audit', 'balancer', 'lock', 'traffic'],
  explain: ['gates', 'haproxy', 'incidents', 'judge', 'rules'],
  incidents: ['messages'],
  init: [],
  flags: ['audit'],
  gates: [],
  guard: ['audit'],
  haproxy: ['traffic'],
  'http-server': [],
  history: ['artifact', 'audit'],
  judge: [],
  lock: ['audit'],
  messages: [],
  probes: ['balancer', 'gates', 'haproxy', 'judge', 'traffic'],
  rules: [],
  router: ['audit', 'http-server', 'judge', 'traffic', 'workers'],
  observe: ['balancer', 'canary', 'deploy', 'flags', 'lock', 'traffic'],
  status: ['artifact', 'balancer', 'canary', 'deploy', 'flags', 'lock', 'observe', 'traffic'],
  traffic: [],
  watch: [
    'audit',
    'canary',
    'deploy',
    'flags',
    'guard',
    'http-server',
    'incidents',
    'messages',
    'probes',
    'rules',
    'traffic',
  ],
  workers: [],
};

/** Rooms, and rooms within rooms, in which every file is pure: no I/O, no clock, no randomness. */
export const pureRooms = ['judge', 'rules', 'deploy/plan', 'deploy/decide'];

/** Names that promise it wherever they stand. */
export const pureNames = ['plan', 'decide', 'parse', 'facts', 'table'];

/** A file whose first comment says `Pure.` is held to it as well. */
export const saysPure = (text) => /\bPure\b/.test(/\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '');

/** What passes through a port as a value: pure files may know its shape, and nothing else of the ports. */
export const portValues = ['Found', 'HttpAnswer', 'InstanceLoad', 'OutgoingMessage', 'Sent', 'TrafficLoad'];

/** Packages that pure files and config may use. */
export const pureLibraries = [
  'node:crypto',
  'node:path',
  'node:path/posix',
  'fast-xml-parser',
  'istanbul-lib-coverage',
  'valibot',
  'yaml',
];

/** What stands at the top of src/: everything else is in a room. */
export const loose = ['errors', 'opener', 'store-keys', 'store-keys.operate', 'store-keys.docs'];

/** Rooms of small values that every room may use: texts and numbers, records, and the interfaces to the outside. */
export const common = ['shared', 'record', 'ports'];

/** Long-running services: they may use the web framework they are built on, and sockets of their own. */
export const services = ['http-server', 'probes', 'router', 'watch', 'workers'];
