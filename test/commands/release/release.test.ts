import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readFacts } from '../../../src/commands/release/facts.ts';
import * as current from '../../../src/commands/release/current-link.ts';
import * as release from '../../../src/commands/release/release-folder.ts';
import { argv, type Command } from '../../../src/commands/core/command.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import type { Instance } from '../../../src/config/types.ts';
import { releaseRecord } from '../../../src/deploy/servers/release-info.ts';
import { tempFolder } from '../../support/temp.ts';
import { bring, packed, streamOf, type Stream } from '../../support/worlds/upload.ts';

const sh = (command: Command) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', toShell(command)]);
  return { code: status, out: stdout.toString(), err: stderr.toString() };
};

describe('release commands on a real sh', () => {
  const temp = tempFolder();
  let path = '';
  let stream: Stream;
  const put = (id: string, env?: string) =>
    bring(stream, { path, id, ...(env === undefined ? {} : { env }) });

  before(async () => {
    mkdirSync(join(temp(), 'app'));
    stream = await streamOf(await packed(join(temp(), 'app'), { 'dist/app.js': 'app' }));
  });
  let number = 0;
  beforeEach(() => (path = join(temp(), `it's srv ${(number += 1)}`, 'shop')));

  it('switches by one rename, and to none', () => {
    for (const id of ['r1', 'r2']) expect(put(id).code).to.equal(0);
    for (const id of ['r1', 'r2', 'r1']) {
      expect(sh(current.switchTo({ path, id })).code).to.equal(0);
      expect(readlinkSync(join(path, 'current'))).to.equal(`releases/${id}`);
    }
    expect(sh(current.switchToNone(path)).code).to.equal(0);
    expect(existsSync(join(path, 'current'))).to.equal(false);
  });

  it('never deletes the release that runs, whatever it is asked', () => {
    for (const id of ['r1', 'r2', 'r3']) put(id);
    sh(current.switchTo({ path, id: 'r2' }));
    expect(sh(release.prune(path, ['r1', 'r2'])).code).to.equal(0);
    expect(readdirSync(join(path, 'releases')).sort()).to.deep.equal(['r2', 'r3']);
  });

  it('says when the release does not run any more, by its link or by its service', () => {
    for (const id of ['r1', 'r2']) put(id);
    sh(current.switchTo({ path, id: 'r2' }));
    const ask = (id: string, status: string) => sh(current.stillRuns({ path, id }, argv(status)));
    expect(ask('r2', 'true').code).to.equal(0);
    for (const ran of [ask('r1', 'true'), ask('r2', 'false')]) {
      expect(ran.code).to.equal(1);
      expect(ran.err).to.match(/^canopy: does not run: r[12]\n$/);
    }
  });

  it('takes it for done when something old is left, and says so', () => {
    const ran = sh(release.tidy(argv('true'), argv('rmdir', path, temp()), argv('echo', 'not reached')));
    expect([ran.code, ran.out]).to.deep.equal([0, '']);
    expect(ran.err.trim().split('\n').at(-1)).to.equal(`canopy: ${release.leftOver}`);
    expect(sh(release.tidy(argv('true')))).to.deep.equal({ code: 0, out: '', err: '' });
  });

  it('runs a command in a release with its environment, whatever the values are', () => {
    const values = { PLAIN: 'x', HARD: 'a "b" $HOME `id` \\n \'c\' é #' };
    put('r1', release.envFile(values));
    const ran = sh(
      release.inRelease({ path, id: 'r1' }, ['printf "%s|%s|%s" "$PLAIN" "$HARD" "$(basename "$PWD")"']),
    );
    expect(ran.out).to.equal(`x|${values.HARD}|r1`);
    expect(sh(release.inRelease({ path, id: 'r1' }, ['false', 'echo not reached'])).out).to.equal('');
  });

  it('prints what stands in the journal of the last deploy alone, whatever else is in it', () => {
    put('r1');
    const line = (deploy: string, text = '') =>
      `2026-11-21T09:30:00Z {"deploy":"${deploy}","action":"stage"${text}}\n`;
    const read = (text: string): string[] => {
      writeFileSync(join(path, '.canopy/journal'), text);
      const ran = sh(
        readFacts({ path, shared: [], status: argv('true'), bare: argv('false'), journal: true }),
      );
      return ran.out.split('\n').filter((one) => one.startsWith('noted\t'));
    };
    expect(read('')).to.deep.equal([]);
    expect(read(line('a') + line('b', ',"n":1') + line('b') + line('b').slice(0, 30))).to.deep.equal([
      `noted\t${line('b', ',"n":1').trim()}`,
      `noted\t${line('b').trim()}`,
    ]);
    // A name that is none is not looked for.
    expect(read(`${line('a')}x {"deploy":"-e .*"}\n`)).to.deep.equal([`noted\t${line('a').trim()}`]);
    expect(read(`${line('.*')}${line('a')}`)).to.deep.equal([`noted\t${line('a').trim()}`]);
  });

  it('reads facts and changes nothing', () => {
    const ask = (): ReturnType<typeof parseFacts> => {
      const ran = sh(
        readFacts({ path, shared: ['.env', 'uploads/'], status: argv('true'), bare: argv('false') }),
      );
      expect(ran.code).to.equal(0);
      return parseFacts(ran.out);
    };
    expect(ask()).to.deep.include({
      current: null,
      releases: [],
      running: false,
      unshared: ['.env'],
      readonly: null,
      lacks: [],
    });
    expect(existsSync(path)).to.equal(false);
    put('r1');
    put('r2');
    sh(release.markHealthy({ path, id: 'r1' }, 1234));
    sh(current.switchTo({ path, id: 'r1' }));
    expect(ask()).to.deep.include({
      current: 'r1',
      running: true,
      releases: [
        { id: 'r1', healthyAt: 1234 },
        { id: 'r2', healthyAt: null },
      ],
      lists: { r1: stream.tree, r2: stream.tree },
    });
    // Whose it is, from a record as a deploy writes it.
    const record = { app: 'shop', release: 'r1', commit: '', version: '', actor: 'me', archive: null };
    const instance = {
      name: 'web-1',
      health: { probe: { kind: 'running', forMs: 1 } },
    } as unknown as Instance;
    writeFileSync(
      join(path, 'releases/r1/.canopy/release.json'),
      releaseRecord(record, instance, (text) => text),
    );
    expect(ask()?.app).to.equal('shop');
  });
});
