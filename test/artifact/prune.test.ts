import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { endOtherUses, markInUse } from '../../src/artifact/in-use.ts';
import { pruneArtifacts } from '../../src/artifact/prune.ts';
import { fail } from '../../src/errors.ts';
import type { Files } from '../../src/ports/ports.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { packageSetting, readArtifact, type PackageSetting } from './setting.ts';

const day = 24 * 3_600_000;

describe('old artifacts', () => {
  const parent = tempFolder();
  let setting: PackageSetting;
  let commits = 0;
  const said: string[] = [];
  beforeEach(() => {
    commits = 0;
    said.length = 0;
    setting = packageSetting(parent(), (made) => (made.write('dist/app.js', String(commits)), {}));
    setting.ports.log.info = (text) => void said.push(text);
  });
  const keep = (many: number) => ({ config: { ...setting.options.config, keep: many } });
  /** Packages another commit, a day later each. */
  async function ship(many = 10): Promise<string> {
    const [first] = setting.ports.git.commits;
    commits += 1;
    const now = Date.UTC(2026, 10, 22) + commits * day;
    setting.ports.git.commits.push({
      ...first!,
      commit: String(commits).padStart(7, 'a').padEnd(40, '0'),
      time: now,
    });
    Object.assign(setting.ports.clock, { now: () => now });
    return (await setting.package(keep(many))).manifest.id;
  }
  const folder = (): string => join(setting.folder, '.canopy/artifacts');
  /** Ids whose archive and manifest are both there. */
  const left = (): string[] => {
    const names = readdirSync(folder());
    const of = (end: string) =>
      names
        .filter((name) => name.endsWith(end) && name !== 'latest.json')
        .map((name) => name.slice(0, -end.length));
    expect(of('.tgz')).to.have.members(of('.json'));
    return of('.tgz').sort();
  };
  const use = (id: string, environment = 'production') => ({ folder: setting.folder, environment, id });
  const prune = (many: number, files: Files = setting.ports.files): Promise<string[]> =>
    pruneArtifacts(setting.folder, many, { files, log: setting.ports.log });

  it('go when newer ones come, each by its name; the newest stay', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 4; at += 1) ids.push(await ship(3));
    expect(left()).to.deep.equal(ids.slice(1));
    expect(said.at(-1)).to.equal(`deleted what is older than the newest 3 (artifact.keep): ${ids[0]}`);
    expect((await setting.package(keep(1))).deleted).to.deep.equal([ids[2], ids[1]]);
    expect(left()).to.deep.equal([ids[3]]);
  });

  it('are no others than our own', async () => {
    const [one] = [await ship(), await ship()];
    const others = ['notes.json', 'README', 'x.tgz', `${one}.txt`];
    for (const name of others) writeFileSync(join(folder(), name), '{}');
    await prune(1);
    expect(readdirSync(folder())).to.include.members(others);
    expect(existsSync(join(folder(), `${one}.tgz`))).to.equal(false);
  });

  it('are not that which is the newest again, by a package of its commit', async () => {
    const one = await ship();
    await ship();
    setting.ports.git.commits.pop();
    expect((await setting.package(keep(1))).manifest.id).to.equal(one);
    expect(left()).to.deep.equal([one]);
  });

  it('stay while an environment may need them, until another deploy there was carried out', async () => {
    const [one, two, three, four] = [await ship(), await ship(), await ship(), await ship()];
    await markInUse(use(one), setting.ports);
    await markInUse(use(two, 'canary'), setting.ports);
    await prune(1);
    expect(left()).to.deep.equal([one, two, four].sort());
    expect(await prune(1)).to.deep.equal([]);
    // Another one is begun, and waits; a third comes while that is on its way.
    const since = setting.ports.clock.now() + 1;
    await markInUse(use(three), { ...setting.ports, clock: { ...setting.ports.clock, now: () => since } });
    await endOtherUses(use(four), since - 1, setting.ports);
    await prune(1);
    expect(left()).to.deep.equal([two, four].sort());
  });

  it('that are opened in the moment of their deletion are whole, or are not opened', async () => {
    const [one, two] = [await ship(), await ship()];
    const { files } = setting.ports;
    const open = (id: string) =>
      readArtifact(
        {
          path: `.canopy/artifacts/${id}.tgz`,
          folder: setting.folder,
          mark: (named) => markInUse(use(named), setting.ports),
        },
        setting.ports,
      );
    // Marked when its manifest has just gone: it comes back.
    const opening: Files = {
      ...files,
      remove: async (path) => {
        await files.remove(path);
        if (path.endsWith(`artifacts/${one}.json`))
          expect((await thrown(open(one))).code).to.equal('artifact-missing');
      },
    };
    expect(await prune(1, opening)).to.deep.equal([]);
    expect((await open(one)).manifest.id).to.equal(one);
    expect(left()).to.deep.equal([one, two].sort());
    // Marked after it was judged: it is told that there is none, before anything is read of it.
    await endOtherUses(use(two), Infinity, setting.ports);
    const late: Files = {
      ...files,
      remove: async (path) => {
        if (path.endsWith('.tgz')) expect((await thrown(open(one))).code).to.equal('artifact-missing');
        await files.remove(path);
      },
    };
    expect(await prune(1, late)).to.deep.equal([one]);
    expect(left()).to.deep.equal([two]);
  });

  for (const used of [false, true])
    it(`whose deletion was killed in the middle ${used ? 'are whole again when they are in use' : 'go the next time'}`, async () => {
      const [one, two] = [await ship(), await ship()];
      const { files } = setting.ports;
      const killed: Files = {
        ...files,
        remove: async (path) => {
          if (path.endsWith('.tgz')) throw new TypeError('killed');
          await files.remove(path);
        },
      };
      await prune(1, killed).catch(() => undefined);
      expect(existsSync(join(folder(), `${one}.json`))).to.equal(false);
      if (used) await markInUse(use(one), setting.ports);
      await prune(1);
      expect(left()).to.deep.equal(used ? [one, two].sort() : [two]);
      expect(readdirSync(join(folder(), 'deleting'))).to.deep.equal([]);
    });

  it('can be deleted by many at once', async () => {
    for (let at = 0; at < 6; at += 1) await ship();
    const last = left().slice(-2);
    await Promise.all(Array.from({ length: 8 }, () => prune(2)));
    expect(left()).to.deep.equal(last);
    expect(setting.warnings).to.deep.equal([]);
  });

  it('that cannot be deleted are told, and fail nothing', async () => {
    const [one] = [await ship(), await ship()];
    const reason = 'permission denied';
    const files: Files = {
      ...setting.ports.files,
      remove: async (file) => {
        throw fail('file-failed', { what: 'remove', file, reason });
      },
    };
    expect(await prune(1, files)).to.deep.equal([]);
    expect(setting.warnings.at(-1)).to.match(
      /^not all of the old artifacts could be deleted: cannot remove .*: permission denied$/,
    );
    expect(await prune(1)).to.deep.equal([one]);
  });

  it('that were never whole go with the next package', async () => {
    await ship();
    const names = ['.0123456789ab.partial', 'latest.json.0123456789ab.tmp', '.ba9876543210.partial'];
    for (const name of names) writeFileSync(join(folder(), name), 'half');
    mkdirSync(join(folder(), 'sub'));
    for (const name of names.slice(0, 2)) utimesSync(join(folder(), name), 1, 1);
    await ship();
    // What is young may be another package that goes on.
    expect(readdirSync(folder())).to.include(names[2]).and.not.include.members(names.slice(0, 1));
    expect(readdirSync(folder())).not.to.include(names[1]);
  });
});
