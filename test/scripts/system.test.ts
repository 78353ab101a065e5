import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { tempFolder } from '../support/temp.ts';

type WithoutServices = (work: () => Promise<void>, file: string) => Promise<void>;

describe('set-up of system packages', () => {
  const folder = tempFolder();
  let withoutServices: WithoutServices;
  let findProgram: (name: string, path?: string, fits?: (file: string) => boolean) => string | null;
  let missingPrograms: (programs: object[]) => object[];
  let namesOf: (programs: object[]) => string;
  let setupOptions: (argv: string[], env: Record<string, string>) => object;
  let file = '';

  before(async () => {
    const system: string = resolve('scripts/support/system.mjs');
    const setup: string = resolve('scripts/setup.mjs');
    ({ withoutServices, findProgram, missingPrograms, namesOf } = (await import(system)) as never);
    ({ setupOptions } = (await import(setup)) as never);
    file = join(folder(), 'policy-rc.d');
  });

  const forbids = (): Promise<void> => {
    expect(readFileSync(file, 'utf8')).to.match(/^#!\/bin\/sh\n[^]*exit 101\n$/);
    expect(statSync(file).mode & 0o111).to.not.equal(0);
    return Promise.resolve();
  };

  it('forbids services to start, and leaves nothing where nothing stood', async () => {
    await withoutServices(forbids, file);
    expect(readdirSync(folder())).to.deep.equal([]);
  });

  it('puts back what stood there, with its mode, also after an error', async () => {
    writeFileSync(file, 'the old one', { mode: 0o750 });
    await withoutServices(forbids, file);
    const error: unknown = await withoutServices(() => Promise.reject(new Error('no network')), file).catch(
      (reason: unknown) => reason,
    );
    expect(String(error)).to.include('no network');
    expect(readFileSync(file, 'utf8')).to.equal('the old one');
    expect(statSync(file).mode & 0o777).to.equal(0o750);
    expect(readdirSync(folder())).to.deep.equal(['policy-rc.d']);
  });

  it('puts the old one back even when an earlier set-up was killed half-way', async () => {
    writeFileSync(file, 'the old one');
    let ours = '';
    await withoutServices(() => {
      ours = readFileSync(file, 'utf8');
      return Promise.resolve();
    }, file);
    // As a killed set-up leaves it: ours in place, the old one put aside.
    writeFileSync(`${file}.canopy-kept`, 'the old one');
    writeFileSync(file, ours);
    await withoutServices(forbids, file);
    expect(readFileSync(file, 'utf8')).to.equal('the old one');
    expect(existsSync(`${file}.canopy-kept`)).to.equal(false);
  });

  it('finds programs, and only those that can be run', () => {
    const program = join(folder(), 'tool');
    writeFileSync(program, '', { mode: 0o644 });
    expect(findProgram('tool', folder())).to.equal(null);
    writeFileSync(join(folder(), 'tool2'), '', { mode: 0o755 });
    expect(findProgram('tool2', `/nowhere:${folder()}`)).to.equal(join(folder(), 'tool2'));
  });

  it('takes the first program of a name that fits, not the first of that name', () => {
    const [first, second] = ['first', 'second'].map((name) => join(folder(), name)) as [string, string];
    for (const place of [first, second]) {
      mkdirSync(place);
      writeFileSync(join(place, 'tool3'), '', { mode: 0o755 });
    }
    const fits = (file: string): boolean => file.startsWith(second);
    const path = `${first}:${second}`;
    expect(findProgram('tool3', path)).to.equal(join(first, 'tool3'));
    expect(findProgram('tool3', path, fits)).to.equal(join(second, 'tool3'));
    expect(findProgram('tool3', first, fits)).to.equal(null);
    const wanted = { program: 'node', apt: 'nodejs', what: 'a quick node' };
    expect(missingPrograms([wanted, { ...wanted, fits: () => false }])).to.have.length(1);
    expect(namesOf([wanted, { program: 'git', apt: 'git' }])).to.equal('a quick node, git');
  });

  it('asks nothing with --yes or CI=true, and installs nothing with --no-install', () => {
    expect(setupOptions([], {})).to.deep.equal({ yes: false, install: true, rest: [] });
    expect(setupOptions(['--yes', 'a'], {})).to.deep.equal({ yes: true, install: true, rest: ['a'] });
    expect(setupOptions(['--no-install'], { CI: 'true' })).to.deep.equal({
      yes: true,
      install: false,
      rest: [],
    });
  });
});
