// What the build replaces in packages, file by file. Of ioredis goes what only a cluster, pipelines, streams of keys, tracing,
// HIMPORT or Redis Cloud need; of ssh2 what only a server needs, and SFTP; of yaml the tags of YAML 1.1.

const requires = (name, path, put) => [`const ${name} = require("${path}");`, `const ${name} = ${put};`];
const exported = (name, path) => [`var ${name} = require("${path}");`, `var ${name} = {};`];
/** What waits for an answer is a handful: a list does, and is a fortieth of the queue's code. */
const queue =
  'class extends Array { peekFront() { return this[0]; } peekAt(at) { return this[at]; } remove(at, count) { return this.splice(at, count); } }';
/** Node's own, loaded at its first use. */
const lateTls = requires('tls_1', 'tls', '{ connect: (options) => require("tls").connect(options) }');

const ioredis = [
  {
    file: /\/ioredis\/built\/index\.js$/,
    replace: [
      exported('cluster_1', './cluster'),
      exported('Pipeline_1', './Pipeline'),
      exported('ScanStream_1', './ScanStream'),
      exported('SentinelConnector_1', './connectors/SentinelConnector'),
    ],
  },
  {
    file: /\/ioredis\/built\/Redis\.js$/,
    replace: [
      requires('Deque', 'denque', queue),
      requires('cluster_1', './cluster', '{}'),
      requires('ScanStream_1', './ScanStream', '{}'),
      // src/drivers/redis/sentinel.ts hands it in where there are Sentinels.
      requires('SentinelConnector_1', './connectors/SentinelConnector', '{}'),
      requires('transaction_1', './transaction', '{ addTransactionSupport() {} }'),
      requires(
        'HimportCoordinator_1',
        './himport/HimportCoordinator',
        '{ hasHimportCoordinator: Symbol("none"), isInternalHimportCommand: () => false }',
      ),
      requires(
        'tracing_1',
        './tracing',
        '{ traceConnect: (connect) => connect(), traceCommand: (command) => command() }',
      ),
      requires('HimportCoordinator_2', './himport/HimportCoordinator', '{ cloneHimportFieldsets() {} }'),
    ],
  },
  {
    file: /\/ioredis\/built\/redis\/event_handler\.js$/,
    replace: [
      requires('HimportCoordinator_1', '../himport/HimportCoordinator', '{ getHimportBinding() {} }'),
    ],
  },
  {
    file: /\/ioredis\/built\/utils\/Commander\.js$/,
    replace: [
      requires('autoPipelining_1', '../autoPipelining', '{ shouldUseAutoPipelining: () => false }'),
      requires('Script_1', '../Script', '{}'),
    ],
  },
  {
    // Slots are of a cluster, timeouts in arguments of commands that block.
    file: /\/ioredis\/built\/Command\.js$/,
    replace: [
      requires('calculateSlot', 'cluster-key-slot', 'null'),
      requires('argumentParsers_1', './utils/argumentParsers', '{}'),
    ],
  },
  {
    // With DEBUG set it would print what is sent, passwords too. The profiles are certificates of Redis Cloud.
    file: /\/ioredis\/built\/utils\/index\.js$/,
    replace: [
      requires('debug_1', './debug', '{ default: () => Object.assign(() => {}, { enabled: false }) }'),
      requires('TLSProfiles_1', '../constants/TLSProfiles', '{ default: {} }'),
    ],
  },
  {
    file: /\/ioredis\/built\/connectors\/index\.js$/,
    replace: [requires('SentinelConnector_1', './SentinelConnector', '{}')],
  },
  { file: /\/ioredis\/built\/connectors\/StandaloneConnector\.js$/, replace: [lateTls] },
  {
    // What TypeScript makes of a private method, 190 times: the function itself does.
    file: /\/ioredis\/built\/resp\/decoder\.js$/,
    replace: [[/__classPrivateFieldGet\(this, _Decoder_instances, "m", (_Decoder_\w+)\)/g, '$1']],
  },
  {
    // failoverDetector is off: a lost connection is found by itself.
    file: /\/ioredis\/built\/connectors\/SentinelConnector\/index\.js$/,
    replace: [lateTls, requires('FailoverDetector_1', './FailoverDetector', '{}')],
  },
  {
    // The other file is for Node before 7.
    file: /\/redis-errors\/index\.js$/,
    replace: [
      [
        `process.version.charCodeAt(1) < 55 && process.version.charCodeAt(2) === 46
  ? require('./lib/old') // Node.js < 7
  : require('./lib/modern')`,
        `require('./lib/modern')`,
      ],
    ],
  },
  {
    // Used by an error of the parser that this ioredis does not have any more.
    file: /\/redis-errors\/lib\/modern\.js$/,
    replace: [["const assert = require('assert')", "const assert = () => require('assert')"]],
  },
];

/** Files go over by cat: SFTP is a sixth of the library. */
const noSftp = ["const { SFTP } = require('./protocol/SFTP.js');", 'const SFTP = null;'];

const ssh2 = [
  {
    // Canopy is no SSH server, makes no keys, and has its own HTTP over SSH.
    file: /\/ssh2\/lib\/index\.js$/,
    replace: [
      ["Server: require('./server.js'),", ''],
      ["...require('./keygen.js'),", ''],
      ["} = require('./http-agents.js');", '} = {};'],
      ["} = require('./protocol/SFTP.js');", '} = {};'],
    ],
  },
  {
    file: /\/ssh2\/lib\/utils\.js$/,
    replace: [noSftp],
  },
  {
    // Each new connection would have the server sign with all its keys, and check that, to tell a listener that Canopy has not.
    file: /\/ssh2\/lib\/client\.js$/,
    replace: [
      noSftp,
      [
        `hostKeysProve(this, data, (err, keys) => {
                if (err)
                  return;
                this.emit('hostkeys', keys);
              });`,
        '',
      ],
    ],
  },
];

const without = (name, path) => [`import { ${name} } from './${path}.js';\n`, ''];
/** Imports of a file that only its functions use, none of which is called. */
const unused = (name, imports) => ({
  file: new RegExp(`/yaml/browser/dist/${name}\\.js$`),
  replace: imports.map(([names, path]) => [`import ${names} from '${path}.js';\n`, '']),
});
/**
 * src/config/file/yaml.ts asks for the core schema and none of the older tags. It walks the nodes itself and writes none: what makes values of
 * them, and text, is never called.
 */
const yaml = [
  {
    file: /\/yaml\/browser\/dist\/schema\/tags\.js$/,
    replace: [
      without('schema as schema$1', 'json/schema'),
      without('schema as schema$2', 'yaml-1.1/schema'),
      without('binary', 'yaml-1.1/binary'),
      without('merge', 'yaml-1.1/merge'),
      without('omap', 'yaml-1.1/omap'),
      without('pairs', 'yaml-1.1/pairs'),
      without('set', 'yaml-1.1/set'),
      without('timestamp, intTime, floatTime', 'yaml-1.1/timestamp'),
      ["    ['json', schema$1],\n    ['yaml11', schema$2],\n    ['yaml-1.1', schema$2]\n", ''],
      [
        "    'tag:yaml.org,2002:binary': binary,\n    'tag:yaml.org,2002:merge': merge,\n    'tag:yaml.org,2002:omap': omap,\n    'tag:yaml.org,2002:pairs': pairs,\n    'tag:yaml.org,2002:set': set,\n    'tag:yaml.org,2002:timestamp': timestamp\n",
        '',
      ],
      ['    binary,\n    bool', '    bool'],
      ['    floatTime,\n', ''],
      ['    intTime,\n', ''],
      ['    omap,\n    pairs,\n', ''],
      ['    merge,\n    null', '    null'],
      ['    set,\n    timestamp\n', ''],
    ],
  },
  unused('doc/Document', [
    ['{ stringifyDocument }', '../stringify/stringifyDocument'],
    ['{ toJS }', '../nodes/toJS'],
    ['{ anchorNames, findNewAnchor, createNodeAnchors }', './anchors'],
    ['{ applyReviver }', './applyReviver'],
    ['{ createNode }', './createNode'],
  ]),
  unused('doc/directives', [['{ visit }', '../visit']]),
  unused('nodes/Alias', [
    ['{ anchorIsValid }', '../doc/anchors'],
    ['{ visit }', '../visit'],
    ['{ toJS }', './toJS'],
  ]),
  unused('nodes/Collection', [['{ createNode }', '../doc/createNode']]),
  unused('nodes/Node', [
    ['{ applyReviver }', '../doc/applyReviver'],
    ['{ toJS }', './toJS'],
  ]),
  unused('nodes/Pair', [
    ['{ createNode }', '../doc/createNode'],
    ['{ stringifyPair }', '../stringify/stringifyPair'],
    ['{ addPairToJSMap }', './addPairToJSMap'],
  ]),
  unused('nodes/Scalar', [['{ toJS }', './toJS']]),
  unused('nodes/YAMLMap', [
    ['{ stringifyCollection }', '../stringify/stringifyCollection'],
    ['{ addPairToJSMap }', './addPairToJSMap'],
  ]),
  unused('nodes/YAMLSeq', [
    ['{ createNode }', '../doc/createNode'],
    ['{ stringifyCollection }', '../stringify/stringifyCollection'],
    ['{ toJS }', './toJS'],
  ]),
  {
    file: /\/yaml\/browser\/dist\/index\.js$/,
    replace: [["export { visit, visitAsync } from './visit.js';\n", '']],
  },
  unused('schema/common/string', [['{ stringifyString }', '../../stringify/stringifyString']]),
  {
    file: /\/yaml\/browser\/dist\/parse\/cst\.js$/,
    replace: [
      ["export { createScalarToken, resolveAsScalar, setScalarValue } from './cst-scalar.js';\n", ''],
      ["export { stringify } from './cst-stringify.js';\n", ''],
      ["export { visit } from './cst-visit.js';\n", ''],
    ],
  },
];

export const edits = [...ioredis, ...ssh2, ...yaml];
