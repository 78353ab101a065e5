import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runner } from '../../scripts/generate/groovy.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { build, lay, root } from './support.ts';

const read = (name: string): string => readFileSync(join(root, 'resources/canopy', name), 'utf8');

describe('delivery: the script of one call', function () {
  this.timeout(60_000);
  before(needs('sh', 'sha256sum'));
  const temp = tempFolder();
  let folder = '';
  let home = '';
  let nth = 0;
  beforeEach(() => {
    folder = join(temp(), `it's ${++nth}`);
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    home = lay(join(folder, 'home'), build('1.2.3'));
    writeFileSync(join(folder, 'script'), runner(read('answer.sh'), read('run.sh')));
  });

  function begin(env: Readonly<Record<string, string>> = {}, shell: readonly string[] = ['sh']) {
    const [program = '', ...words] = shell;
    const child = spawn(program, [...words, join(folder, 'script')], {
      cwd: folder,
      env: {
        ...{ PATH: process.env['PATH'], HOME: folder, WORKSPACE_TMP: join(folder, 'tmp') },
        ...{ CANOPY_RUN_STEP: 'deploy', CANOPY_RUN_ID: '0b0c9a4e-7a55-4f6e-9c3b-000000000000' },
        ...{ CANOPY_RUN_VERSION: '1.2.3', CANOPY_HOME: home, ...env },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
      child.once('close', (code) => done({ code, out, err })),
    );
    return { child, ended, err: () => err };
  }

  for (const shell of [['dash'], ['bash'], ['busybox', 'sh']]) {
    it(`answers with the document and the code, and logs the rest: ${shell[0]}`, async function () {
      needs(shell[0] ?? '').call(this, () => undefined);
      const { code, out, err } = await begin({}, shell).ended;
      expect([code, out], err).to.deep.equal([0, '{"step":"deploy","exit":0}\n0\n']);
      expect(err).to.contain('canopy 1.2.3');
      expect(readdirSync(join(folder, 'tmp'))).to.deep.equal([]);
    });
  }

  it('tells a problem, and which code it is', async () => {
    const { code, out } = await begin({ CANOPY_HOME: folder }).ended;
    expect(code).to.equal(0);
    expect(out).to.match(/^problem: CANOPY_HOME holds no build of Canopy[^]*\n78\n$/);
    const nowhere = await begin({ WORKSPACE_TMP: join(folder, 'script', 'x') }).ended;
    expect(nowhere.out).to.match(/^problem: cannot write to .*\n78\n$/);
  });

  it('asks for the archive, and keeps what was written for the run until then', async () => {
    const own = lay(join(folder, 'own'), { 'params.json': '{}' });
    const env = { CANOPY_HOME: '', CANOPY_RUN_SHA256: '0'.repeat(64), CANOPY_RUN_FOLDER: own };
    expect((await begin(env).ended).out).to.equal('archive wanted\n\n79\n');
    expect(existsSync(own)).to.equal(true);
    expect((await begin({ CANOPY_RUN_FOLDER: own }).ended).out).to.contain('\n0\n');
    expect(existsSync(own)).to.equal(false);
  });

  it('hands a signal on, waits for the step, and tells its code', async () => {
    const { child, ended, err } = begin({ HANG: '1' });
    await waitFor('the step', () => err().includes('hanging'));
    child.kill('SIGTERM');
    const { code, out } = await ended;
    expect([code, out]).to.deep.equal([0, '\n5\n']);
    expect(readdirSync(join(folder, 'tmp'))).to.deep.equal([]);
  });

  it('tells of a step that was killed', async () => {
    const { ended, err } = begin({ HANG: '1' });
    const pid = await waitFor('the step', () => /hanging (\d+)/.exec(err())?.[1]);
    process.kill(Number(pid), 'SIGKILL');
    expect((await ended).out).to.equal('\n137\n');
  });
});
