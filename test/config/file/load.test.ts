import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig, type ParsedTexts } from '../../../src/config/file/load.ts';
import { readConfig } from '../../../src/config/index.ts';
import type { CanopyError, Problem } from '../../../src/errors.ts';
import { tempFolder } from '../../support/temp.ts';

const shop = `app: \${env:APP:-shop}
traffic: { stable: p, admin: { token: '\${file:token}' } }
environments:
  p: { path: /srv/shop, service: { systemd: s }, instances: { file: servers.yml } }
`;
const servers = "[{ name: a, host: '${env:HOST:-h}', url: 'http://h:1' }]";

/** What it is refused for. The parser is loaded late: under tsx its errors are of another class than ours. */
async function problemsOf(loading: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await loading;
  } catch (error) {
    return (error as CanopyError).problems;
  }
  throw new Error('it was not refused');
}

describe('a configuration of which the parsed texts are kept', () => {
  const folder = tempFolder();
  const at = (name: string): string => join(folder(), 'app', name);
  let texts: Map<string, unknown>;
  let kept: ParsedTexts & { taken: number };
  const load = async (env: Record<string, string> = {}) => {
    const before = kept.taken;
    const loaded = await loadConfig(at('canopy.yml'), env, kept);
    const { app, environments, traffic } = loaded.config;
    const instances = environments['p']?.instances.map(({ name, host }) => `${name} ${host}`);
    expect(loaded).to.deep.equal(await loadConfig(at('canopy.yml'), env));
    return { app, instances, token: traffic?.admin.token?.reveal(), parsed: kept.taken - before };
  };
  const first = { app: 'shop', instances: ['a h'], token: 't1' };

  beforeEach(() => {
    rmSync(at(''), { recursive: true, force: true });
    mkdirSync(at(''));
    writeFileSync(at('canopy.yml'), shop);
    writeFileSync(at('servers.yml'), servers);
    writeFileSync(at('token'), 't1\n');
    texts = new Map();
    kept = {
      taken: 0,
      find: (text) => structuredClone(texts.get(text)),
      keep: (found) => {
        for (const [text, data] of found) texts.set(text, data);
        kept.taken += found.size;
      },
    };
  });

  it('is the same when nothing has to be parsed', async () => {
    expect(await load()).to.deep.equal({ ...first, parsed: 2 });
    expect(await load()).to.deep.equal({ ...first, parsed: 0 });
  });

  it('follows the file, its inventory, a file that it names, and the variables', async () => {
    await load();
    writeFileSync(at('token'), 't2\n');
    expect(await load()).to.deep.equal({ ...first, token: 't2', parsed: 0 });
    expect(await load({ HOST: 'i' })).to.deep.equal({ ...first, token: 't2', instances: ['a i'], parsed: 0 });
    expect(await load({ APP: 'other' })).to.include({ app: 'other', parsed: 0 });
    writeFileSync(at('servers.yml'), servers.replace('a,', 'b,'));
    expect(await load()).to.deep.equal({ ...first, token: 't2', instances: ['b h'], parsed: 2 });
    writeFileSync(at('canopy.yml'), shop.replace(':-shop', ':-shoe'));
    expect(await load()).to.include({ app: 'shoe', parsed: 2 });
  });

  it('gives no value of a variable or of a file away, and names the secrets', async () => {
    let secrets: readonly string[] = [];
    kept.keep = (found, told) => {
      secrets = told;
      for (const [text, data] of found) texts.set(text, data);
    };
    await loadConfig(at('canopy.yml'), { HOST: 'value-of-host', APP: 'value-of-app' }, kept);
    expect(secrets).to.deep.equal(['t1']);
    expect(texts.size).to.equal(2);
    const all = JSON.stringify([...texts]);
    expect(['value-of', 't1'].filter((value) => all.includes(value))).to.deep.equal([]);
    expect(all).to.include('${file:token}').and.to.include('${env:HOST:-h}');
  });

  it('is refused in the same words', async () => {
    await load();
    const asked = async (env: Record<string, string>) => {
      const all = [
        await problemsOf(loadConfig(at('canopy.yml'), env, kept)),
        await problemsOf(loadConfig(at('canopy.yml'), env)),
      ];
      return all;
    };
    const [kind, plain] = await asked({ APP: 'NO' });
    expect(kind).to.deep.equal(plain).and.to.have.length(1);
    rmSync(at('token'));
    rmSync(at('servers.yml'));
    const [late, early] = await asked({});
    expect(late).to.deep.equal(early).and.to.have.length(2);
    const taken = kept.taken;
    writeFileSync(at('canopy.yml'), 'app: [');
    const [broken, anew] = await asked({});
    expect(broken).to.deep.equal(anew);
    expect(kept.taken).to.equal(taken);
  });

  it('is not kept when it is wrong', async () => {
    writeFileSync(at('canopy.yml'), 'app: NO');
    await problemsOf(loadConfig(at('canopy.yml'), {}, kept));
    expect(kept.taken).to.equal(0);
  });

  it('is that of its text alone', () => {
    expect(readConfig('app: shop', at('canopy.yml'), {}).config.app).to.equal('shop');
  });
});
