import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../../support/temp.ts';
import { root, start, type Ended } from '../../steps/run.ts';

const shop = `app: \${env:APP:-shop}
store: \${env:CANOPY_STORE}
traffic: { stable: p, admin: { token: '\${env:CANOPY_TOKEN}', alertToken: '\${file:alert-token}' } }
environments:
  p:
    path: /srv/shop
    service: { systemd: s }
    health: { running: 1s }
    instances: { file: servers.yml }
`;
const secrets = { CANOPY_STORE: 'redis://:hunter2-of-the-store@h:6379/0', CANOPY_TOKEN: 'hunter2-token' };

describe('what compiled steps keep', function () {
  this.timeout(120_000);
  const folder = tempFolder();
  const at = (name: string): string => join(folder(), name);
  const kept = (): string => at('cache/compiled');
  let dist = '';
  const explain = (env: Record<string, string> = {}): Promise<Ended> =>
    start([join(dist, 'steps/explain.js'), '--config', at('canopy.yml')], {
      ...secrets,
      CANOPY_CACHE: at('cache'),
      ...env,
    }).ended;
  const anew = (env: Record<string, string> = {}) => explain({ ...env, NODE_DISABLE_COMPILE_CACHE: '1' });
  /** Runs with and without what is kept: what is told must not differ. */
  const told = async (env: Record<string, string> = {}): Promise<string> => {
    const [one, other] = [await explain(env), await anew(env)];
    expect(one).to.deep.equal(other);
    return one.out + one.err;
  };
  const state = (): string[] =>
    readdirSync(kept()).map((name) => `${name} ${statSync(join(kept(), name), { bigint: true }).mtimeNs}`);

  beforeEach(() => {
    dist = join(root, 'dist');
    rmSync(at('cache'), { recursive: true, force: true });
    writeFileSync(at('canopy.yml'), shop);
    writeFileSync(at('servers.yml'), "[{ name: a, host: '${env:HOST:-first}', url: 'http://h:1' }]");
    writeFileSync(at('alert-token'), 'hunter2-alert\n');
  });

  it('serves the run after, which tells the same and writes nothing', async () => {
    const first = await explain();
    expect(first).to.deep.include({ code: 0, err: '' });
    const before = state();
    expect(before.filter((line) => line.startsWith('yaml-'))).to.have.length(2);
    expect(before.length).to.be.greaterThan(10);
    expect(await explain()).to.deep.equal(first);
    expect(await anew()).to.deep.equal(first);
    expect(state()).to.deep.equal(before);
  });

  it('follows canopy.yml, its inventory, its variables and its mistakes', async () => {
    expect(await told())
      .to.contain('/canopy/shop')
      .and.to.contain('host: first');
    // What a variable gives is not shown; what is worked out from it is.
    expect(await told({ APP: 'other', HOST: 'second' }))
      .to.contain('/canopy/other')
      .and.to.contain('host: ${env:HOST:-first}');
    writeFileSync(at('servers.yml'), '[{ name: a, host: third, url: "http://h:1" }]');
    expect(await told({ HOST: 'second' })).to.contain('third');
    writeFileSync(at('canopy.yml'), shop.replace('systemd: s', 'systemd: t'));
    expect(await told()).to.contain('systemd: t');
    expect(await told({ APP: 'NO' })).to.contain('app: must be small letters');
    writeFileSync(at('canopy.yml'), shop.replace('service:', 'servise:'));
    expect(await told()).to.contain('did you mean service?');
    writeFileSync(at('canopy.yml'), 'app: [');
    expect(await told()).to.contain('is not valid YAML');
    rmSync(at('canopy.yml'));
    expect(await told()).to.contain('there is no');
  });

  it('holds no secret', async () => {
    expect((await explain()).code).to.equal(0);
    writeFileSync(at('canopy.yml'), shop.replace('${env:CANOPY_STORE}', 'redis://:hunter2-written@h:1/0'));
    expect((await explain()).code).to.equal(0);
    const names = readdirSync(kept());
    expect(names.filter((name) => readFileSync(join(kept(), name)).includes('hunter2'))).to.deep.equal([]);
    expect(names.filter((name) => name.startsWith('yaml-'))).to.have.length(2);
    expect(names.filter((name) => (statSync(join(kept(), name)).mode & 0o777) !== 0o600)).to.deep.equal([]);
  });

  it('is made anew when it is damaged', async () => {
    const first = await explain();
    const names = readdirSync(kept());
    for (const [at, name] of names.entries()) {
      const file = join(kept(), name);
      const bytes = readFileSync(file);
      const place = bytes.length - 1 - (at % 50);
      bytes[place] = (bytes[place] ?? 0) ^ 0xff;
      writeFileSync(file, bytes);
    }
    expect(await explain()).to.deep.equal(first);
    for (const name of names) truncateSync(join(kept(), name), 9);
    expect(await explain()).to.deep.equal(first);
    const healthy = state();
    expect(await explain()).to.deep.equal(first);
    expect(state()).to.deep.equal(healthy);
  });

  it('serves many at once that begin with nothing', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => explain()));
    expect(all.map(({ code }) => code)).to.deep.equal(all.map(() => 0));
    expect(new Set(all.map(({ out }) => out)).size).to.equal(1);
    expect(readdirSync(kept()).filter((name) => /\.\d+$/.test(name))).to.deep.equal([]);
    expect((await explain()).out).to.equal(all[0]?.out);
  });

  it('is left alone where others may write, and when it is turned off', async () => {
    const without = await anew();
    expect(existsSync(at('cache'))).to.equal(false);
    mkdirSync(kept(), { recursive: true });
    chmodSync(kept(), 0o777);
    expect(await explain()).to.deep.equal(without);
    expect(readdirSync(kept())).to.deep.equal([]);
  });

  it('is of exactly the files that are run, also when one was changed in its place', async () => {
    dist = at('dist');
    cpSync(join(root, 'dist'), dist, { recursive: true });
    expect((await explain()).out).to.contain('with every default worked in');
    const chunks = readdirSync(join(dist, 'chunks')).map((name) => join(dist, 'chunks', name));
    for (const file of chunks)
      writeFileSync(file, readFileSync(file, 'utf8').replace('every default worked', 'each default worked_'));
    expect((await explain()).out).to.contain('with each default worked_ in');
  });
});
