/** The files of the small world: its application and its canopy.yml. */
export interface WorldConfig {
  readonly sshd: { readonly port: number; readonly user: string };
  readonly ports: readonly number[];
  readonly path: (instance: string) => string;
  readonly knownHosts: string;
  /** Added as they are: a traffic section, more keys of the environment, a rollout. */
  readonly traffic: string;
  readonly extra: string;
  readonly rollout: string;
  /** Where an instance is reached; the sshd of the world without it. */
  readonly host?: (at: number) => string;
  /** More keys of one instance. */
  readonly each: (at: number) => string;
  /** Of the lock; 3s without it. */
  readonly lease?: string;
  /** Replaces the service of the instances. */
  readonly service: string;
}

/** An application that tells its release; a bad one answers 500 for ever. */
export const appSource = (version: string, bad: boolean): string => `// version ${version}
import { createServer } from 'node:http';
const server = createServer((request, answer) => {
  answer.writeHead(${bad ? 500 : 200}, { 'x-release': process.env.CANOPY_RELEASE, 'x-instance': process.env.CANOPY_INSTANCE });
  answer.end('version ${version}');
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

// A process that has ended stays as a zombie until somebody reaps it: that is not running any more.
const runs = `grep -qs "^State:.[^ZX]" "/proc/$(cat ../../shared/app.pid)/status"`;
const commands = `{ start: 'nohup node app.js >/dev/null 2>&1 & echo $! > ../../shared/app.pid', stop: ['kill "$(cat ../../shared/app.pid)"', 'for i in $(seq 100); do ${runs} || exit 0; sleep 0.05; done; kill -9 "$(cat ../../shared/app.pid)"'], status: '${runs}' }`;

export function configOf(config: WorldConfig): string {
  const instances = config.ports.map((port, at) => {
    const name = `web-${at + 1}`;
    const host = config.host?.(at) ?? `${config.sshd.user}@127.0.0.1:${config.sshd.port}`;
    return `      - { name: ${name}, host: "${host}", path: "${config.path(name)}", url: "http://127.0.0.1:${port}", env: { PORT: ${port} }${config.each(at)} }`;
  });
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app.js, package.json] }
ssh: { knownHosts: ${config.knownHosts}, key: "\${env:CANOPY_SSH_KEY_FILE:-}", config: /dev/null, connectTimeout: 3s }
environments:
  production:
    service: ${config.service || commands}
    health: { path: /health, release: x-release, within: 5s, every: 50ms, rise: 2 }
    rollout: { healthyFor: 0s, drain: 5s, ${config.rollout} }
    lock: { lease: ${config.lease ?? '3s'} }
${config.extra}
    instances:
${instances.join('\n')}
${config.traffic}
`;
}
