import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';
import { folder, layouts, legacy, type Layout } from './takeover-layouts.ts';

const dead = 'process.exit(1);\n';

describe('a site that another tool deployed', function () {
  this.timeout(180_000);
  let world: World;
  let path = '';
  before(needs('redis-server', 'sshd', 'git'));
  beforeEach(async () => {
    world = await startWorld(1);
    path = world.path('web-1');
    configure();
  });
  afterEach(() => world?.stop());

  const service = (start = ''): string => {
    const pid = `${path}/shared/app.pid`;
    const runs = `grep -qs "^State:.[^ZX]" "/proc/$(cat ${pid})/status"`;
    return JSON.stringify({
      start: `${start}nohup node app.js >/dev/null 2>&1 & echo $! > ${pid}`,
      stop: [
        `kill "$(cat ${pid})"`,
        `for i in $(seq 100); do ${runs} || exit 0; sleep 0.05; done; kill -9 "$(cat ${pid})"`,
      ],
      status: runs,
    });
  };
  const configure = (extra = '', start = ''): void =>
    world.configure({ service: service(start), extra, rollout: '' });
  const on = ['--environment', 'production'];
  const ship = async (version: string, bad = false, source?: string): Promise<string> => {
    world.commit(version, bad, source);
    const { code, json, stderr } = await world.canopy(['package']);
    expect(code, stderr).to.equal(0);
    return String(json.data.id);
  };
  const isLegacy = async (): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${world.ports[0]}/health`).catch(() => null);
    return answer?.headers.get('x-legacy') === 'yes';
  };
  const linkNow = (): string => readlinkSync(join(path, 'current'));

  /** The site as the tool has left it; it serves unless it is `stopped`. */
  async function left({ files, link, beside }: Layout, stopped = false): Promise<void> {
    folder(path, files, 'shared');
    writeFileSync(join(path, files, 'app.js'), legacy);
    writeFileSync(join(path, files, 'package.json'), '{"type":"module"}');
    beside?.(path);
    symlinkSync(link(path), join(path, 'current'));
    if (stopped) return;
    const ran = spawnSync(
      'sh',
      ['-c', 'nohup node app.js >/dev/null 2>&1 & echo $! > "$1/shared/app.pid"', 'sh', path],
      {
        cwd: join(path, 'current'),
        env: { ...process.env, PORT: String(world.ports[0]) },
      },
    );
    expect(ran.status).to.equal(0);
    await waitFor('the site as it was', isLegacy);
  }
  const [capistrano] = layouts as [Layout];

  for (const layout of layouts)
    describe(`by ${layout.tool}`, () => {
      it('is named, goes back as it was when the first deploy fails, and serves after a rollback', async () => {
        await left(layout);
        const found = (await world.canopy(['status', ...on])).json.data.environments[0].instances[0];
        expect(found).to.include({ foreign: true, running: true });
        expect(found.release).to.match(layout.name);
        const sentence = `web-1 serves ${found.release}, which Canopy did not deploy: it is kept and goes back on failure`;

        const bad = await ship('bad', true);
        const dry = await world.canopy(['deploy', ...on, '--dry-run']);
        expect([dry.code, dry.json.warnings.includes(sentence)], dry.stderr).to.deep.equal([0, true]);
        const plan = await world.begin(['deploy', ...on, '--plan', 'plan.json']).ended;
        expect(plan.stdout + plan.stderr).to.contain(sentence);
        expect([linkNow(), existsSync(join(path, '.canopy'))]).to.deep.equal([layout.link(path), false]);

        const before = readdirSync(join(path, layout.files)).filter(
          (name) => !['.canopy', 'releases'].includes(name),
        );
        const failed = await world.canopy(['deploy', ...on]);
        expect([failed.code, failed.json.outcome], failed.stderr).to.deep.equal([3, 'reverted']);
        expect(failed.json.warnings).to.include(sentence);
        expect(failed.json.data.instances[0]).to.include({ did: 'reverted', release: found.release });
        expect([linkNow(), await isLegacy()]).to.deep.equal([layout.link(path), true]);
        expect(readdirSync(join(path, layout.files))).to.include.members(before);

        const good = await ship('good');
        const done = await world.canopy(['deploy', ...on]);
        expect([done.code, done.json.data.instances[0].previous], done.stderr).to.deep.equal([
          0,
          found.release,
        ]);
        expect([linkNow(), await world.answers(0)]).to.deep.equal([`releases/${good}`, good]);

        const back = await world.canopy(['rollback', ...on]);
        expect([back.code, back.json.data.release], back.stderr).to.deep.equal([0, found.release]);
        expect([linkNow(), await isLegacy()]).to.deep.equal([layout.link(path), true]);
        expect(existsSync(join(path, layout.files, '.canopy/release.json'))).to.equal(false);

        const forth = await world.canopy(['rollback', ...on, '--to', good]);
        expect([forth.code, await world.answers(0)], forth.stderr).to.deep.equal([0, good]);
        const named = await world.canopy(['rollback', ...on, '--to', found.release]);
        expect([named.code, linkNow(), await isLegacy()], named.stderr).to.deep.equal([
          0,
          layout.link(path),
          true,
        ]);
        expect(bad).not.to.equal(good);
      });
    });

  const stages: [what: string, extra: string, start: string, source: string | undefined, code: number][] = [
    ['the hook prepare', 'hooks: { prepare: "exit 3" }', '', undefined, 1],
    ['the hook once', 'hooks: { once: "exit 3" }', '', undefined, 1],
    ['the start', '', '[ ! -f .canopy/env ] || exit 3; ', undefined, 3],
    ['a process that ends at once', '', '', dead, 3],
    ['the hook after', 'hooks: { after: "exit 3" }', '', undefined, 3],
  ];
  for (const [what, extra, start, source, code] of stages)
    it(`serves as before when the first deploy fails by ${what}`, async () => {
      await left(capistrano);
      configure(extra === '' ? '' : `    ${extra}`, start);
      await ship('1', false, source);
      const ran = await world.canopy(['deploy', ...on]);
      expect(ran.code, ran.stderr).to.equal(code);
      expect([linkNow(), await isLegacy()], ran.stderr).to.deep.equal([capistrano.link(path), true]);
    });

  it('stays stopped when it was: the link goes back, and nothing is started', async () => {
    await left(capistrano, true);
    await ship('bad', true);
    const ran = await world.canopy(['deploy', ...on]);
    expect([ran.code, ran.json.outcome], ran.stderr).to.deep.equal([3, 'reverted']);
    expect([linkNow(), await isLegacy(), await world.answers(0)]).to.deep.equal([
      capistrano.link(path),
      false,
      null,
    ]);
  });

  it('is never deleted, however many releases come after it', async () => {
    await left(capistrano);
    configure('    keep: 1');
    for (const version of ['1', '2', '3']) {
      await ship(version);
      const ran = await world.canopy(['deploy', ...on]);
      expect(ran.code, ran.stderr).to.equal(0);
    }
    expect(readdirSync(join(path, 'releases'))).to.include.members(['20231201120000', '20240101120000']);
    expect(readdirSync(join(path, 'releases'))).to.have.length(4);
  });

  describe('in a layout that cannot be taken over', () => {
    const odd: [what: string, make: () => void, says: RegExp][] = [
      ['current is a folder', () => folder(path, 'current'), /current is a folder/],
      ['current is a file', () => writeFileSync(join(path, 'current'), ''), /current is a file/],
      [
        'current leads nowhere',
        () => symlinkSync('releases/gone', join(path, 'current')),
        /leads to releases\/gone, which does not exist/,
      ],
      ['releases is a file', () => writeFileSync(join(path, 'releases'), ''), /releases is a file/],
      [
        'releases leads nowhere',
        () => symlinkSync('gone', join(path, 'releases')),
        /releases leads to what does not exist/,
      ],
      [
        'shared is a file',
        () => (rmSync(join(path, 'shared'), { recursive: true }), writeFileSync(join(path, 'shared'), '')),
        /shared is a file/,
      ],
      [
        '.canopy is a link',
        () => (folder(path, 'other'), symlinkSync('other', join(path, '.canopy'))),
        /\.canopy is a link/,
      ],
    ];
    for (const [what, make, says] of odd)
      it(`refuses before anything is touched, with the command that mends it: ${what}`, async () => {
        folder(path, 'shared');
        make();
        const id = await ship('1');
        const refused = await world.canopy(['deploy', ...on]);
        expect([refused.code, refused.json.errors[0].code], refused.stderr).to.deep.equal([1, 'host-layout']);
        expect(refused.json.errors[0].message).to.match(says);
        const mend =
          /^on the server: (.*); nothing was touched$/.exec(refused.json.errors[0].hint)?.[1] ?? '';
        const ran = spawnSync('sh', ['-c', mend], { encoding: 'utf8' });
        expect(ran.status, `${mend}: ${ran.stderr}`).to.equal(0);
        mkdirSync(join(path, 'shared'), { recursive: true });
        const done = await world.canopy(['deploy', ...on]);
        expect([done.code, await world.answers(0)], done.stderr).to.deep.equal([0, id]);
      });

    it('refuses what serves without a current, and takes it over when there is one', async () => {
      await left({ ...capistrano, files: '.', link: () => '.', beside: () => undefined });
      rmSync(join(path, 'current'));
      await ship('bad', true);
      const refused = await world.canopy(['deploy', ...on]);
      expect(refused.json.errors[0]?.code, refused.stderr).to.equal('host-layout');
      expect(refused.json.errors[0].hint).to.contain(`ln -s . ${path}/current`);
      expect(await isLegacy()).to.equal(true);
      symlinkSync('.', join(path, 'current'));
      expect((await world.canopy(['deploy', ...on])).json.outcome).to.equal('reverted');
      expect([linkNow(), await isLegacy()]).to.deep.equal(['.', true]);
    });

    it('works where releases, or the path itself, is a link to elsewhere', async () => {
      const far = join(world.folder, 'far');
      folder(far, 'shop', 'disk');
      folder(join(path, '..'), '.');
      symlinkSync(join(far, 'shop'), path);
      symlinkSync(join(far, 'disk'), join(path, 'releases'));
      folder(path, 'shared');
      writeFileSync(join(path, 'shared/.env'), 'A=1');
      configure('    shared: [.env]');
      const id = await ship('1');
      const done = await world.canopy(['deploy', ...on]);
      expect([done.code, await world.answers(0)], done.stderr).to.deep.equal([0, id]);
      expect(readFileSync(join(path, 'current/.env'), 'utf8')).to.equal('A=1');
    });
  });
});
