/** The files of the world in which controllers die: services that write down what is done to them, and a canopy.yml. */
import type { Sshd } from '../ssh/sshd.ts';

export interface FaultShape {
  readonly instances: number;
  readonly driver: 'local' | 'ssh';
  /** Keys of the rollout: `batch: 2, maxUnavailable: 2`. */
  readonly rollout: string;
  /** Services that may be restarted at once; 1 by default. */
  readonly together?: number;
  /** Every hook there is, on the servers and on this machine; else `once` alone. */
  readonly hooks?: 'every';
  /** Tags of the instances in turn: the groups of a blue-green environment. */
  readonly tags?: readonly string[];
}

export const tagAt = ({ tags }: FaultShape, at: number): string => tags?.[at % tags.length] ?? 'all';

interface Place extends FaultShape {
  readonly sshd: Pick<Sshd, 'port' | 'user'>;
  readonly knownHosts: string;
  readonly ports: readonly number[];
  readonly path: (instance: string) => string;
  readonly proxy: number;
  readonly admin: number;
}

/**
 * Tells its release; a bad one does so with 500 on web-2 and web-3, one of each group. `shared/up` gets a line a process,
 * `shared/cuts` a line for each request that was cut.
 */
export const faultSource = (version: string, bad: boolean): string => `// version ${version}
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { CANOPY_RELEASE, CANOPY_INSTANCE, PORT } = process.env;
let inFlight = 0;
let stopping = false;
const cut = (what) => appendFileSync('../../shared/cuts', CANOPY_INSTANCE + ' ' + CANOPY_RELEASE + ' ' + what + '\\n');
const server = createServer((request, answer) => {
  if (request.url !== '/health') {
    inFlight += 1;
    if (stopping) cut('late');
    answer.on('close', () => (inFlight -= 1));
  }
  answer.writeHead(${bad ? '/web-[23]/.test(CANOPY_INSTANCE) ? 500 : 200' : '200'}, { 'x-release': CANOPY_RELEASE, 'x-instance': CANOPY_INSTANCE });
  answer.end('version ${version}');
});
// Its number and when it began: a number may be another's later.
const self = process.pid + ' ' + readFileSync('/proc/self/stat', 'utf8').split(') ').pop().split(' ')[19];
server.listen(Number(PORT), '127.0.0.1', () => appendFileSync('../../shared/up', self + ' ' + CANOPY_RELEASE + '\\n'));
process.on('SIGTERM', () => {
  stopping = true;
  if (inFlight > 0) cut('under way: ' + inFlight);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
`;

// A process that has ended stays as a zombie until somebody reaps it: that is not running any more.
const runs = `grep -qs "^State:.[^ZX]" "/proc/$(cat ../../shared/app.pid)/status"`;
// Both take a moment: there is a middle in which the controller can die. All servers write into one list who is at work.
const start = [
  'sleep 0.1',
  'nohup node app.js >/dev/null 2>&1 & echo $! > ../../shared/app.pid',
  'echo "end $CANOPY_INSTANCE $CANOPY_RELEASE" >> ../../../../witness',
];
const stop = [
  'echo "begin $CANOPY_INSTANCE $CANOPY_RELEASE" >> ../../../../witness',
  'kill "$(cat ../../shared/app.pid)"',
  `for i in $(seq 100); do ${runs} || exit 0; sleep 0.05; done; kill -9 "$(cat ../../shared/app.pid)"`,
];

const noting = (hook: string, folder: string): string =>
  `sleep 0.1; echo "${hook} $CANOPY_RELEASE" >> ${folder}/shared/${hook}`;
const hooksThere = {
  prepare: noting('prepare', '../..'),
  once: noting('once', '../..'),
  after: noting('after', '../..'),
};
// This one has no mark until it has ended: a death in the middle runs it again.
const hooksHere = {
  once: { run: noting('once', '../servers/$CANOPY_INSTANCE/shop'), on: 'agent' },
  failure: { run: noting('failure', '../servers/$CANOPY_INSTANCE/shop'), on: 'agent' },
};

export function faultConfig(place: Place): string {
  const { sshd, ports, driver, path } = place;
  const instances = ports.map((port, at) => {
    const name = `web-${at + 1}`;
    const host = driver === 'ssh' ? `host: ${sshd.user}@127.0.0.1:${sshd.port}, ` : '';
    return `{ name: ${name}, ${host}path: "${path(name)}", url: "http://127.0.0.1:${port}", env: { PORT: ${port} }, tags: [${tagAt(place, at)}] }`;
  });
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app.js, package.json] }
ssh: { knownHosts: ${place.knownHosts}, key: "\${env:CANOPY_SSH_KEY_FILE:-}", config: /dev/null, connectTimeout: 5s }
environments:
  production:
    driver: ${driver}
    service: ${JSON.stringify({ start, stop, status: runs })}
    health: { path: /health, release: x-release, within: 4s, every: 50ms, rise: 2 }
    rollout: { healthyFor: 0s, drain: 5s, ${place.rollout} }
    lock: { lease: 3s, wait: 20s }
    hooks: ${JSON.stringify(place.hooks === 'every' ? { ...hooksThere, ...hooksHere } : { once: hooksThere.once })}
    instances:
${instances.map((line) => `      - ${line}`).join('\n')}
traffic:
  listen: 127.0.0.1:${place.proxy}
  admin: { listen: 127.0.0.1:${place.admin}, token: "\${env:CANOPY_TOKEN:-}" }
  stable: production
  weight: 0%
  sticky: none
  health: { path: /health, every: 100ms, timeout: 2s, rise: 1, fall: 3 }
`;
}
