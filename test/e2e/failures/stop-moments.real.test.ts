import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { appSource } from '../../support/worlds/world-files.ts';
import { startWorld, type Outcome, type Running, type World } from '../../support/worlds/world.ts';

/** What Jenkins does to a build that is aborted: SIGTERM, and again. */
describe('SIGTERM in the middle of a deploy', function () {
  this.timeout(60_000);
  let world: World;
  let now = '';
  before(needs('redis-server', 'sshd', 'git', 'flock'));
  before(async () => {
    world = await startWorld(2);
    now = await ship('1');
    await done();
  });
  after(() => world?.stop());

  const file = (name: string): string => join(world.folder, name);
  /** Becomes healthy when somebody opens the gate. */
  const gated = (version: string): string =>
    appSource(version, false)
      .replace("from 'node:http';", "from 'node:http';\nimport { existsSync } from 'node:fs';")
      .replace('writeHead(200', `writeHead(existsSync('${file('open')}') ? 200 : 503`);
  /** So much that no pipe holds it. */
  const heavy = (version: string): string =>
    `${appSource(version, false)}// ${randomBytes(4_000_000).toString('base64')}\n`;
  const configure = (extra = '', rollout = ''): void => world.configure({ extra, rollout });
  const waiting = (name: string): string => `while [ ! -e '${file(name)}' ]; do sleep 0.05; done`;

  async function ship(version: string, source?: string, bad = false): Promise<string> {
    world.commit(version, bad, source);
    const { code, json, stderr } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
    return String(json.data.id);
  }
  const deploy = (...words: string[]): Promise<Outcome> =>
    world.canopy(['deploy', '--environment', 'production', ...words]);
  const done = async (): Promise<void> => {
    const { json, stderr } = await deploy();
    expect(json.outcome, stderr).to.equal('done');
  };
  const answers = (): Promise<(string | null)[]> => Promise.all([0, 1].map((at) => world.answers(at)));

  /** Stops it when it says `moment`, then lets go of what holds it. */
  async function stopped(moment: RegExp, letGo: () => void): Promise<Outcome> {
    const run: Running = world.begin(['deploy', '--environment', 'production', '--json', '--verbose']);
    await waitFor(`it to say ${moment}`, () => {
      if (run.child.exitCode !== null) throw new Error(run.output());
      return moment.test(run.output());
    });
    for (let times = 0; times < 3; times += 1) run.child.kill('SIGTERM');
    await waitFor('it to hear that', () => /SIGTERM/.test(run.output()));
    // An upload ends too soon for that.
    if (!/receive/.test(moment.source)) {
      run.child.kill('SIGTERM');
      await waitFor('an answer', () =>
        /SIGTERM again: the safe stop goes on; now: .*kill -KILL \d+/.test(run.output()),
      );
    }
    letGo();
    const ended = await run.ended;
    expect([ended.code, ended.json?.outcome], ended.stderr).to.deep.equal([5, 'aborted']);
    const { json } = await world.canopy(['lock', 'show', '--environment', 'production']);
    expect(json.data.locks).to.deep.equal([]);
    return ended;
  }

  /** Another command of a server: the deploy's own waits for it. */
  async function busy(instance: string): Promise<() => void> {
    const lock = join(world.path(instance), '.canopy/lock');
    const child = spawn('sh', ['-c', 'exec 9>> "$1"; flock 9; echo held; read -r line', 'sh', lock]);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await waitFor('the lock of the server', () => said === 'held\n');
    return () => child.stdin.end();
  }

  it('while it sends: the upload ends at once, nothing is switched, and the resume sends what is missing', async () => {
    const next = await ship('2', heavy('2'));
    // The server takes nothing for as long as that: it ends before.
    const letGo = await busy('web-1');
    const { json, stderr: said } = await stopped(/web-1.*receive/, () => undefined);
    letGo();
    expect(json.reasons).to.deep.equal(['stopped by a signal before anything was switched']);
    expect(json.data.next).to.deep.equal(['canopy deploy --environment production --resume']);
    expect(said).to.match(/next:\n {2}canopy deploy --environment production --resume {2}goes on with it/);
    expect(await answers()).to.deep.equal([now, now]);
    const { stderr: picture } = await world.canopy(['status', '--environment', 'production']);
    expect(picture).to.contain('was aborted: canopy deploy --environment production --resume');
    const { json: resumed, stderr } = await deploy('--resume');
    expect(resumed.outcome, stderr).to.equal('done');
    expect(stderr).to.match(/web-1 .*receive/);
    now = next;
    expect(await answers()).to.deep.equal([now, now]);
  });

  for (const [kind, on] of [
    ['prepare', 'instance'],
    ['once', 'instance'],
    ['once', 'agent'],
  ])
    it(`in the hook ${kind} on the ${on}, before the switch: the hook ends by itself, nothing is switched`, async () => {
      const go = `go-${kind}-${on}`;
      const hooks = { [`${kind}`]: { run: ['echo begun', waiting(go)], on } };
      configure(`    hooks: ${JSON.stringify(hooks)}`);
      const next = await ship(`3 ${go}`);
      const { json } = await stopped(/web-1.*begun/, () => writeFileSync(file(go), ''));
      expect(json.reasons).to.deep.equal(['stopped by a signal before anything was switched']);
      expect(await answers()).to.deep.equal([now, now]);
      await done();
      now = next;
    });

  it('in the hook after: the instance is brought to its end, and no other is begun', async () => {
    configure(`    hooks: ${JSON.stringify({ after: ['echo begun', waiting('go-after')] })}`);
    const next = await ship('4');
    const { json } = await stopped(/web-1.*begun/, () => writeFileSync(file('go-after'), ''));
    expect(json.reasons[0]).to.contain(`1 of 2 instances run ${next}`);
    expect(await answers()).to.deep.equal([next, now]);
    configure();
    await done();
    now = next;
  });

  it('in the gate: the instance is proven all the same, and no other is begun', async () => {
    rmSync(file('open'), { force: true });
    const next = await ship('5', gated('5'));
    const { json } = await stopped(/web-1.*switch to/, () => writeFileSync(file('open'), ''));
    expect(json.reasons[0]).to.contain(`1 of 2 instances run ${next}`);
    expect(await answers()).to.deep.equal([next, now]);
    await done();
    now = next;
    expect(await answers()).to.deep.equal([now, now]);
  });

  it('in the gate of a release that does not become healthy: it goes back first', async () => {
    rmSync(file('open'), { force: true });
    const next = await ship('6', gated('6'));
    writeFileSync(file('open'), '');
    await done();
    now = next;
    await ship('7', undefined, true);
    const { json } = await stopped(/web-1.*switch to/, () => undefined);
    expect(json.reasons.join()).to.contain('gate failed').and.contain('stopped by a signal');
    expect(await answers()).to.deep.equal([now, now]);
    const { json: again } = await deploy('--resume');
    expect(again.errors[0].code).to.equal('resume-over');
  });

  it('on the way back: all of it goes back, then it ends; the next deploy works', async () => {
    const bad = appSource('8', false).replace('200', "process.env.CANOPY_INSTANCE === 'web-2' ? 500 : 200");
    await ship('8', bad);
    let letGo = (): void => undefined;
    // Held when web-1 is over, so that its way back has to wait.
    const held = waitFor('web-1 to be over', async () => {
      if ((await world.answers(0)) === now) return false;
      letGo = await busy('web-1');
      return true;
    });
    const { json } = await stopped(/web-1.*switch back to/, () => letGo());
    await held;
    expect(json.reasons.join()).to.contain('web-2: gate failed').and.contain('stopped by a signal');
    expect(json.data.instances.map(({ did }: { did: string }) => did)).to.deep.equal([
      'reverted',
      'reverted',
    ]);
    expect(await answers()).to.deep.equal([now, now]);
    const next = await ship('9');
    await done();
    expect(await answers()).to.deep.equal([next, next]);
  });
});
