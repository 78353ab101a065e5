/** Services that are started by commands of canopy.yml, while somebody else holds their port: nothing but the processes tells. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { endWithUs } from '../../support/with-us.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

/** Tells nothing of its release. */
const source = (version: string): string => `// version ${version}
import { createServer } from 'node:http';
createServer((request, answer) => answer.end()).listen(Number(process.env.PORT), '127.0.0.1');
`;

/** In short what pm2 does: it holds the port, and its workers run in the release that was current when it was told to reload. */
const daemon = `import cluster from 'node:cluster';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
const folder = process.argv[2];
let old = [];
const reload = () => {
  const cwd = realpathSync(join(folder, 'current'));
  cluster.setupPrimary({ exec: join(cwd, 'app.js'), cwd });
  const gone = old;
  const next = cluster.fork();
  old = [next];
  next.once('listening', () => gone.forEach((worker) => worker.kill()));
};
process.on('SIGHUP', reload);
reload();
`;

describe('a port of a service by commands', function () {
  this.timeout(120_000);
  let world: World;
  let foreign: ChildProcess | null = null;
  let count = 0;
  before(needs('redis-server', 'sshd', 'git'));
  beforeEach(async () => {
    world = await startWorld(1);
    mkdirSync(join(world.path('web-1'), 'shared'), { recursive: true });
    check();
  });
  afterEach(async () => {
    foreign?.kill('SIGKILL');
    foreign = null;
    await world?.stop();
  });

  function check(service = '', health = '{ path: /health, within: 2s, every: 50ms, rise: 2 }'): void {
    world.configure({ service });
    const file = join(world.repo, 'canopy.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/health: \{.*/, `health: ${health}`));
  }
  async function deploy(outcome: readonly [number, string]) {
    world.commit(`${(count += 1)}`, false, source(`${count}`));
    expect((await world.canopy(['package'])).code).to.equal(0);
    const { code, json, stderr } = await world.canopy(['deploy', '--environment', 'production']);
    expect([code, json.outcome], stderr).to.deep.equal(outcome);
    return { json, stderr };
  }
  async function occupy(): Promise<void> {
    const script = `require('http').createServer((q, a) => a.end()).listen(${world.ports[0]}, '127.0.0.1', () => console.log('up'))`;
    foreign = spawn('node', ['-e', script], { cwd: world.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    endWithUs(foreign);
    if (foreign.stdout) await once(foreign.stdout, 'data');
  }

  it('is proven by the process that works in the release', async () => {
    const { json, stderr } = await deploy([0, 'done']);
    expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], 'process']);
    expect(stderr).not.to.contain('not proven');
  });

  it('is not proven by an answer when the service says that it has ended', async () => {
    await occupy();
    const { json } = await deploy([3, 'reverted']);
    expect(json.reasons[0]).to.contain('does not run, by its status command');
  });

  it('is not proven where the status command says yes whatever runs: the last line says so', async () => {
    await occupy();
    check(`{ start: 'node app.js >/dev/null 2>&1 & :', stop: 'true', status: 'test -f app.js' }`);
    const { json, stderr } = await deploy([0, 'done']);
    expect(json.data.notProven).to.match(
      /^not proven .*web-1 \(port \d+ is held by node \(pid \d+, user \d+\)\)$/,
    );
    expect(stderr.trimEnd().split('\n').at(-1)).to.equal(json.data.notProven);
  });

  it('is proven by a worker where a daemon holds it, and not by a worker of the earlier release', async () => {
    const file = join(world.folder, 'daemon.mjs');
    writeFileSync(file, daemon);
    const alive = `grep -qs "^State:.[^ZX]" "/proc/$(cat ../../shared/app.pid)/status"`;
    const begin = `cd / && nohup node ${file} ${world.path('web-1')} >/dev/null 2>&1 & echo $! > ../../shared/app.pid`;
    const service = (reload: string): string =>
      JSON.stringify({
        start: `if ${alive}; then ${reload}; else ${begin}; fi`,
        stop: 'true',
        status: alive,
      });
    const tell = 'kill -HUP "$(cat ../../shared/app.pid)"';
    check(service(tell));
    await deploy([0, 'done']);
    const { json } = await deploy([0, 'done']);
    expect([json.warnings, json.data.instances[0].proof]).to.deep.equal([[], 'process']);
    const good = json.data.release;
    check(service('true'));
    const { json: failed } = await deploy([3, 'reverted']);
    expect(failed.reasons[0]).to.contain(`is held by a process of ${good}`);
    expect(failed.data.instances[0]).to.include({ release: good, health: 'healthy', proof: 'process' });
  });
});
