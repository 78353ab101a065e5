/** A commit that changes how the service is started, stopped or asked, and fails: what served is started as it was. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

/** Tells its release and a value of its environment. */
const source = (version: string, status: number): string => `// version ${version}
import { createServer } from 'node:http';
const server = createServer((request, answer) => {
  answer.writeHead(${status}, { 'x-release': process.env.CANOPY_RELEASE, 'x-colour': process.env.COLOUR ?? 'none' });
  answer.end();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** `pid`: the file that all three work with; `start`: what is started, nohup and all. */
const service = (pid: string, start = 'nohup node app.js'): string => {
  const file = `../../shared/${pid}`;
  const runs = `grep -qs "^State:.[^ZX]" "/proc/$(cat ${file})/status"`;
  return `{ start: '${start} >/dev/null 2>&1 & echo $! > ${file}', stop: ['kill "$(cat ${file})"', 'for i in $(seq 100); do ${runs} || exit 0; sleep 0.05; done; exit 1'], status: '${runs}' }`;
};

/** True in the second version alone. */
const own = 'grep -q "version 2" app.js';

describe('a release that changes its service', function () {
  this.timeout(120_000);
  let world: World;
  let old = '';
  before(needs('redis-server', 'sshd', 'git'));
  beforeEach(async () => {
    world = await startWorld(1);
    old = (await ship('1', 200, service('app.pid'), 'red')).json.data.release;
  });
  afterEach(async () => {
    for (const name of ['app.pid', 'new.pid']) end(name);
    await world?.stop();
  });

  const deploy = (...words: string[]) => world.canopy(['deploy', '--environment', 'production', ...words]);
  const record = (release: string): string =>
    join(world.path('web-1'), 'releases', release, '.canopy/release.json');
  function end(name: string): void {
    try {
      process.kill(Number(readFileSync(join(world.path('web-1'), 'shared', name), 'utf8')), 'SIGKILL');
    } catch (error) {
      if (!['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  async function pack(version: string, status: number, by: string, colour: string): Promise<void> {
    world.configure({ service: by, each: () => '' });
    const file = join(world.repo, 'canopy.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/PORT: (\d+)/, `PORT: $1, COLOUR: ${colour}`));
    world.commit(version, false, source(version, status));
    expect((await world.canopy(['package'])).code).to.equal(0);
  }
  async function ship(version: string, status: number, by: string, colour = 'blue'): Promise<Outcome> {
    await pack(version, status, by, colour);
    return deploy();
  }
  const serves = async (): Promise<[string | null, string | null]> => {
    const { headers } = await fetch(`http://127.0.0.1:${world.ports[0]}/health`);
    return [headers.get('x-release'), headers.get('x-colour')];
  };
  const running = (): string[] =>
    ['app.pid', 'new.pid'].filter((name) => {
      try {
        const pid = readFileSync(join(world.path('web-1'), 'shared', name), 'utf8').trim();
        return !/^State:\s[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        // No such process.
        return false;
      }
    });
  async function isBack({ code, json, stderr }: Outcome): Promise<void> {
    expect([code, json.outcome], stderr).to.deep.equal([3, 'reverted']);
    expect(json.data.instances[0]).to.deep.include({ did: 'reverted', release: old, health: 'healthy' });
    expect(await serves()).to.deep.equal([old, 'red']);
    expect(running()).to.deep.equal(['app.pid']);
  }

  for (const [what, by, status] of [
    ['a start that fails', service('app.pid', './missing; nohup node app.js'), 200],
    ['a start that the earlier one does not have', service('app.pid', `${own} && nohup node app.js`), 500],
    ['another pid file in start, stop and status', service('new.pid'), 500],
    [
      'a stop that the earlier one does not have',
      service('app.pid').replace("stop: ['", `stop: ['${own} && `),
      500,
    ],
    [
      'a status that the earlier one does not have',
      service('app.pid').replace("status: '", `status: '${own} && `),
      500,
    ],
    ['its environment alone', service('app.pid'), 500],
  ] as const)
    it(`and fails is gone back from: ${what}`, async () => isBack(await ship('2', status, by)));

  it('is gone back from when its controller died in between', async () => {
    await pack('2', 500, service('new.pid', 'sleep 1; nohup node app.js'), 'blue');
    const run = world.begin(['deploy', '--environment', 'production']);
    await waitFor('the switch', () => run.output().includes('switch to'));
    run.child.kill('SIGKILL');
    await run.ended;
    await world.redis.tell('DEL', 'canopy:shop:lock:production');
    await isBack(await deploy('--resume'));
  });

  it('is gone back from by a rollback, with all that the earlier one was started with, and forth again', async () => {
    const { code, json, stderr } = await ship('2', 200, service('new.pid'));
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    expect([await serves(), running()]).to.deep.equal([[json.data.release, 'blue'], ['new.pid']]);
    for (const [release, colour, pid] of [
      [old, 'red', 'app.pid'],
      [json.data.release, 'blue', 'new.pid'],
      [old, 'red', 'app.pid'],
    ] as const) {
      const back = await world.canopy(['rollback', '--environment', 'production', '--to', release]);
      expect([back.code, back.json.outcome], back.stderr).to.deep.equal([0, 'done']);
      expect([await serves(), running()]).to.deep.equal([[release, colour], [pid]]);
      const { instances } = (await world.canopy(['status'])).json.data.environments[0];
      expect(instances[0]).to.deep.include({ release, running: true });
    }
  });

  it('says so before it begins where nobody has kept by what the earlier one was started', async () => {
    const { service: kept, ...others } = JSON.parse(readFileSync(record(old), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(kept).to.deep.include({ kind: 'commands', log: null });
    writeFileSync(record(old), JSON.stringify(others));
    await pack('2', 500, service('app.pid'), 'blue');
    const { stderr } = await deploy('--dry-run');
    expect(stderr).to.contain(`by what ${old} was started is not known: it goes back as canopy.yml says`);
    await isBack(await deploy());
  });

  it('goes on from there when the commit is mended', async () => {
    await isBack(await ship('2', 500, service('new.pid')));
    const { code, json, stderr } = await ship('3', 200, service('new.pid'));
    expect([code, json.outcome], stderr).to.deep.equal([0, 'done']);
    expect([await serves(), running()]).to.deep.equal([[json.data.release, 'blue'], ['new.pid']]);
    const again = await deploy();
    expect([again.code, again.json.outcome], again.stderr).to.deep.equal([0, 'unchanged']);
  });

  it('leaves nothing of a secret in what is kept', async () => {
    await pack('2', 200, service('app.pid', 'A=${env:HUSH:-} nohup node app.js'), 'blue');
    const words = ['deploy', '--environment', 'production'];
    const { json, stderr } = await world.canopy(words, { HUSH: 'hush-hush-hush' });
    expect(json.outcome, stderr).to.equal('done');
    const text = readFileSync(record(json.data.release), 'utf8');
    expect(text).not.to.contain('hush-hush');
    expect(JSON.parse(text).service).to.equal(null);
  });
});
