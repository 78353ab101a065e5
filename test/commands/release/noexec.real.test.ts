import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { argv } from '../../../src/commands/core/command.ts';
import { readFacts } from '../../../src/commands/release/facts.ts';
import { toShell } from '../../../src/commands/core/shell.ts';
import { parseFacts } from '../../../src/deploy/model/facts.ts';
import { needs } from '../../support/needs.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { tempFolder } from '../../support/temp.ts';

for (const shell of ['dash', 'bash', 'busybox'] as const) {
  describe(`commands/facts: mounts, by ${shell}`, () => {
    before(needs('root', 'unshare', 'mount', shell));
    const temp = tempFolder();
    let PATH = '';
    before(() => (PATH = pathOf(temp(), shell)));

    /** What the facts of `path` say of its mount, in mounts of its own; `$at` is a folder. */
    function mountOf(mounts: string, path: string, what: 'noexec' | 'fixed' = 'noexec'): string | null {
      const facts = toShell(readFacts({ path, shared: [], status: argv('true'), bare: argv('false') }));
      const script = `at=$1; set -e; ${mounts}; PATH=$2; exec sh -c "$3"`;
      const { stdout, stderr } = spawnSync(
        'unshare',
        ['-m', '--propagation', 'private', 'sh', '-c', script, 'x', temp(), PATH, facts],
        { encoding: 'utf8' },
      );
      const read = parseFacts(stdout);
      if (read === null) throw new Error(stderr);
      return read[what];
    }
    const tmpfs = (at: string, options = 'noexec'): string =>
      `mkdir -p "$at/${at}" && mount -t tmpfs -o ${options} none "$at/${at}"`;

    it('are named', () => {
      expect(mountOf(tmpfs('a b'), `${temp()}/a b/deep/shop`)).to.equal(`${temp()}/a b`);
      expect(mountOf(tmpfs('a b'), `${temp()}/a b`)).to.equal(`${temp()}/a b`);
    });

    it('are none where another one starts them, above, below or beside', () => {
      expect(mountOf(tmpfs('x'), `${temp()}/xy/shop`)).to.equal(null);
      expect(mountOf(`${tmpfs('x')}; ${tmpfs('x/in', 'exec')}`, `${temp()}/x/in/shop`)).to.equal(null);
      expect(mountOf(`${tmpfs('x')}; ${tmpfs('x', 'exec')}`, `${temp()}/x/shop`)).to.equal(null);
      expect(mountOf(`${tmpfs('x', 'exec')}; ${tmpfs('x')}`, `${temp()}/x/shop`)).to.equal(`${temp()}/x`);
    });

    it('are told apart from those that are read-only', () => {
      const [at, path] = [`${temp()}/z`, `${temp()}/z/shop`];
      expect([mountOf(tmpfs('z', 'ro'), path), mountOf(tmpfs('z', 'ro'), path, 'fixed')]).to.deep.equal([
        null,
        at,
      ]);
      expect([mountOf(tmpfs('z'), path), mountOf(tmpfs('z'), path, 'fixed')]).to.deep.equal([at, null]);
    });

    it('are that of the releases, wherever these lie', () => {
      const elsewhere = `${tmpfs('far')}; mkdir -p "$at/near"; ln -sfn "$at/far" "$at/near/releases"`;
      expect(mountOf(elsewhere, `${temp()}/near`)).to.equal(`${temp()}/far`);
    });
  });
}
