/** A booted host with a store, three instances on its loopback, and the router, installed as docs/traffic.md says. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { needs } from '../needs.ts';
import { bootsHosts, startNspawn } from '../hosts/nspawn.ts';
import { waitFor } from '../wait-for.ts';

const dist = resolve(import.meta.dirname, '../../../dist');
const TOKEN = 'full-token-of-the-host';
const ports = { 'web-1': 3001, 'web-2': 3002, 'canary-1': 3003 } as const;
type Name = keyof typeof ports;

export const publicPort = 8080;
export const unit = 'canopy-router-shop';

export interface RouterHost {
  readonly address: string;
  /** Runs a script as root on the host; $1, $2 … are `words`. A load of this process goes on meanwhile. */
  sh(script: string, ...words: string[]): Promise<string>;
  /** Writes /etc/canopy/shop.yml; `more` are lines below `traffic`, each indented by two. */
  configure(options?: { readonly stable?: readonly Name[]; readonly more?: string }): Promise<void>;
  /** Writes the unit that `canopy explain systemd` prints there; throws when systemd finds something in it. */
  install(kind: 'service' | 'socket'): Promise<void>;
  /** Asks the admin port, from the host itself. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  ask(method: string, path: string, body?: unknown): Promise<any>;
  /** Resolves when the admin port answers. */
  serves(): Promise<void>;
  /** A property of the service as systemd tells it. */
  show(property: string): Promise<string>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

export const needsRouterHost = needs(
  ...['root', 'redis-server', 'ps', 'ip', 'useradd', 'unshare', 'nsenter', 'setpriv', 'systemd-nspawn'],
  bootsHosts,
);

export async function startRouterHost(): Promise<RouterHost> {
  if (!existsSync(join(dist, 'canopy.js'))) throw new Error('dist/ is missing: npm run build');
  const host = await startNspawn();
  const sh: RouterHost['sh'] = async (script, ...words) => (await host.run(script, ...words)).trim();
  const put = async (file: string, text: string, mode = '644'): Promise<void> =>
    void (await sh('printf %s "$2" >"$1.new"; chmod "$3" "$1.new"; mv "$1.new" "$1"', file, text, mode));
  const self: RouterHost = {
    address: host.address,
    sh,
    configure: ({ stable = ['web-1'] as const, more = '' } = {}) =>
      put('/etc/canopy/shop.yml', yml(stable, more)),
    async install(kind) {
      const found = await sh(
        `file=/etc/systemd/system/$2.$1
canopy explain systemd --unit "$1" --config /etc/canopy/shop.yml >"$file"
systemctl daemon-reload
systemd-analyze verify "$file" 2>&1`,
        ...[kind, unit],
      );
      if (found !== '') throw new Error(`systemd-analyze verify: ${found}`);
    },
    async ask(method, path, body = null) {
      const words = [method, path, TOKEN, JSON.stringify(body)];
      const text = await sh('node -e "$@"', question, ...words);
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
    async serves() {
      await waitFor('the router', async () => (await self.ask('GET', '/healthz')) !== '');
    },
    show: (property) => sh('systemctl show --property "$1" --value "$2"', property, unit),
    log: () => sh('journalctl --no-pager --output cat --unit "$1"', unit),
    stop: () => host.stop(),
  };
  try {
    host.copy(dist, '/opt/canopy/dist');
    await sh(`ln -sf /opt/canopy/dist/bin/canopy.js /usr/bin/canopy
useradd --system --home-dir /var/lib/canopy --shell /usr/sbin/nologin canopy
mkdir -p /etc/canopy
systemd-run --quiet --unit store redis-server --port 6379 --save ""`);
    await put('/srv/app.js', app);
    await put('/etc/canopy/shop.env', `CANOPY_STORE=redis://127.0.0.1:6379\nCANOPY_TOKEN=${TOKEN}\n`, '600');
    for (const [name, port] of Object.entries(ports))
      await sh('systemd-run --quiet --unit "$1" node /srv/app.js "$1" "$2"', name, String(port));
    await self.configure();
    return self;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

const yml = (stable: readonly Name[], more: string): string => `app: shop
store: \${env:CANOPY_STORE}
environments:
  production:
    driver: local
    path: /srv/shop
    service: { start: "true", stop: "true", status: "true" }
    instances:
${stable.map(line).join('')}  canary:
    extends: production
    instances:
${line('canary-1')}traffic:
  listen: 0.0.0.0:${publicPort}
  admin: { token: "\${env:CANOPY_TOKEN}" }
  stable: production
  canary: canary
  weight: 25%
  sticky: none
  health: { path: /health, every: 100ms, timeout: 2s, rise: 1, fall: 3 }
${more}`;

const line = (name: Name): string =>
  `      - { name: ${name}, url: "http://127.0.0.1:${ports[name]}", path: /srv/${name} }\n`;

const app = `const [, , name, port] = process.argv;
require('node:http').createServer((request, answer) => {
  const ms = Number(new URL(request.url, 'http://at').searchParams.get('ms') ?? 0);
  setTimeout(() => answer.writeHead(200, { 'x-instance': name }).end(name), ms);
}).listen(Number(port), '127.0.0.1');
`;

/** On the host: the admin port is open there alone. */
const question = `const [, method, path, token, body] = process.argv;
fetch('http://127.0.0.1:8081' + path, {
  method,
  headers: { authorization: 'Bearer ' + token, connection: 'close' },
  body: body === 'null' ? undefined : body,
  signal: AbortSignal.timeout(5000),
}).then(async (answer) => {
  process.stdout.write(await answer.text());
  if (!answer.ok) throw new Error(method + ' ' + path + ': ' + answer.status);
});`;
