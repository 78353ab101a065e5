import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { root, startWorld, type World } from '../../support/worlds/world.ts';

interface Ran {
  readonly code: number | null;
  readonly stderr: string;
  // The result document: tests look into it as they like.
  readonly json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** `docker run -u 4242`, OpenShift: a user that no file knows, and homes that are none. */
describe('users without an entry, and odd homes', () => {
  before(needs('root', 'setpriv', 'unshare'));
  let world: World;
  const at = (name: string): string => join(world.folder, name);
  const homes: Readonly<Record<string, () => string | undefined>> = {
    'none at all': () => undefined,
    'one that is not there': () => '/nonexistent',
    '/': () => '/',
    'one that is closed': () => at('closed'),
    'a file': () => at('file'),
    'one that is read-only': () => at('readonly'),
  };
  before(async () => {
    world = await startWorld(1);
    execFileSync('chmod', ['755', world.folder]);
    for (const name of ['dist', 'package.json', 'resources'])
      cpSync(join(root, name), at(name), { recursive: true });
    world.commit('1');
    copyFileSync(world.sshd.keyFile, at('key'));
    mkdirSync(at('closed'), { mode: 0o700 });
    mkdirSync(at('readonly'), { mode: 0o555 });
    writeFileSync(at('file'), '');
    execFileSync('chown', ['-R', '4242:4242', world.repo, at('key')]);
  });
  after(() => world?.stop());

  function canopy(
    words: readonly string[],
    home: string | undefined,
    through: readonly string[] = [],
    over: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    const env = {
      // One of its folders may not be read: nothing of that stands in the document.
      PATH: `${at('closed')}:${process.env['PATH'] ?? ''}`,
      CANOPY_STORE: world.redis.url,
      CANOPY_SSH_KEY_FILE: at('key'),
      ...(home === undefined ? {} : { HOME: home }),
      ...over,
    };
    const [program = '', ...rest] = [...through, 'setpriv', '--reuid=4242', '--regid=4242', '--clear-groups'];
    const child = spawn(program, [...rest, process.execPath, at('dist/canopy.js'), ...words, '--json'], {
      cwd: world.repo,
      env,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((done) => {
      child.on('close', (code) => done({ code, stderr, json: stdout === '' ? null : JSON.parse(stdout) }));
    });
  }
  const reached = (ran: Ran): unknown => ran.json?.data?.environments?.[0]?.instances?.[0]?.unreachable;
  const rewritten = async (from: string | RegExp, to: string, work: () => Promise<void>): Promise<void> => {
    const file = join(world.repo, 'canopy.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(from, to));
    try {
      await work();
    } finally {
      writeFileSync(file, text);
    }
  };

  for (const [what, home] of Object.entries(homes)) {
    it(`read and ask with ${what} as home`, async () => {
      const ran = await canopy(['status'], home());
      expect([ran.code, reached(ran)], ran.stderr).to.deep.equal([0, null]);
    });
  }

  it('do all that a pipeline does', async () => {
    for (const words of [
      'package',
      'deploy --environment production',
      'history',
      'flag list',
      'lock show --environment production',
      'explain config',
      'deploy --environment production',
    ]) {
      const ran = await canopy(words.split(' '), '/');
      expect(ran.code, `${words}: ${ran.stderr}`).to.equal(0);
    }
  });

  it('are asked for a name only when SSH needs one, for the one host', async () => {
    const bare = /[\w-]+@127/;
    await rewritten(bare, '127', async () => {
      const ran = await canopy(['status'], '/');
      expect(reached(ran), ran.stderr).to.match(
        /who logs in to 127\S+ is not said, and this user \(uid 4242\) has no name/,
      );
      expect(ran.stderr).not.to.contain('defect');
      const named = await canopy(['status'], '/', [], { USER: world.sshd.user });
      expect(reached(named), named.stderr).to.equal(null);
    });
  });

  it('hear of files of SSH that they may not read, or that are none, in one line for the host', async () => {
    mkdirSync(at('a-folder'));
    execFileSync('mkfifo', ['-m', '666', at('a-fifo')]);
    copyFileSync(at('known_hosts'), at('closed-file'));
    execFileSync('chmod', ['600', at('closed-file')]);
    const files = { 'a-folder': 'a folder', 'a-fifo': 'a FIFO', 'closed-file': 'permission denied' };
    for (const [name, reason] of Object.entries(files)) {
      for (const [from, to] of [
        [/knownHosts: [^,]+/, `knownHosts: ${at(name)}`],
        [/key: "[^"]*"/, `key: ${at(name)}`],
        ['config: /dev/null', `config: ${at(name)}`],
      ] as const)
        await rewritten(from, to, async () => {
          const ran = await canopy(['status'], '/');
          expect(reached(ran), `${to}: ${ran.stderr}`)
            .to.contain(`cannot use ${at(name)}: `)
            .and.to.contain(reason);
          expect(ran.stderr).not.to.contain('defect');
        });
      const key = await canopy(['status'], '/', [], { CANOPY_SSH_KEY_FILE: at(name) });
      expect([key.code, key.json.errors[0].code], key.stderr).to.deep.equal([2, 'secret-file']);
      expect(key.stderr).to.contain(at(name));
    }
  });

  it('log in by a key where the agent is no socket', async () => {
    for (const name of ['a-folder', 'a-fifo', 'closed', 'nowhere']) {
      const ran = await canopy(['status'], '/', [], { SSH_AUTH_SOCK: at(name) });
      expect([ran.code, reached(ran)], ran.stderr).to.deep.equal([0, null]);
    }
  });

  for (const [what, mount] of Object.entries({
    'read-only': 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"',
    'on a full disk':
      'mkdir -p "$0/.canopy" && mount -t tmpfs -o size=64k,mode=777 none "$0/.canopy" && { cat /dev/zero > "$0/.canopy/full" || :; }',
  })) {
    it(`say what a checkout that is ${what} does not take`, async () => {
      const through = ['unshare', '-m', 'sh', '-c', `${mount} 2>/dev/null && exec "$@"`, world.repo];
      const asked = await canopy(['status'], '/', through);
      expect([asked.code, reached(asked)], asked.stderr).to.deep.equal([0, null]);
      writeFileSync(
        join(world.repo, 'app.js'),
        readFileSync(join(world.repo, 'app.js'), 'utf8').concat(`// ${what}\n`),
      );
      execFileSync('chown', ['-R', 'root:root', world.repo]);
      world.commit(what);
      execFileSync('chown', ['-R', '4242:4242', world.repo]);
      const ran = await canopy(['package'], '/', through);
      expect(ran.code, ran.stderr).to.be.oneOf([1, 2]);
      expect(ran.stderr)
        .to.match(/read-only|no space/i)
        .and.not.to.contain('defect');
    });
  }

  for (const [what, options] of [
    ['starts no program', 'noexec,mode=777'],
    ['is full', 'size=16k,mode=777'],
    ['is read-only', 'ro'],
  ] as const) {
    it(`read and ask when home, cache and temporary folder lie where the disk ${what}`, async () => {
      mkdirSync(at('odd'), { recursive: true });
      const fill = options.startsWith('size') ? 'cat /dev/zero > "$0/full" 2>/dev/null;' : '';
      const mount = `mount -t tmpfs -o ${options} none "$0" && { ${fill} exec "$@"; }`;
      const through = ['unshare', '-m', 'sh', '-c', mount, at('odd')];
      const over = { TMPDIR: at('odd'), CANOPY_CACHE: at('odd') };
      for (const words of ['status', 'explain config', 'history', 'flag list']) {
        const ran = await canopy(words.split(' '), at('odd'), through, over);
        expect(ran.code, `${words}: ${ran.stderr}`).to.equal(0);
      }
    });
  }

  it('do all that a pipeline does where no program is started: home, cache, temporary folder, checkout and build', async () => {
    const noexec = 'mount --bind "$0" "$0" && mount -o remount,noexec,bind "$0" && exec "$@"';
    const through = ['unshare', '-m', 'sh', '-c', noexec, world.folder];
    const over = { TMPDIR: at('scratch'), CANOPY_CACHE: at('scratch') };
    mkdirSync(at('scratch'));
    execFileSync('chown', ['4242:4242', at('scratch')]);
    await rewritten('files: [app.js', 'build: [node -p 1], files: [app.js', async () => {
      for (const words of [
        'package',
        'deploy --environment production',
        'rollback --environment production',
      ]) {
        const ran = await canopy(words.split(' '), at('scratch'), through, over);
        expect(ran.code, `${words}: ${ran.stderr}`).to.be.oneOf([0, 1]);
        if (ran.code === 1) expect(ran.json.errors[0].code).to.equal('no-earlier-release');
      }
    });
  });

  it('hear what does not fit when the temporary folder is full', async () => {
    mkdirSync(at('small'));
    const mount =
      'mount -t tmpfs -o size=4k,mode=777 none "$0"; cat /dev/zero > "$0/full" 2>/dev/null; exec "$@"';
    const through = ['unshare', '-m', 'sh', '-c', mount, at('small')];
    const words = ['deploy', '--environment', 'production'];
    writeFileSync(join(world.repo, 'big.txt'), 'x'.repeat(5000));
    await rewritten('package.json]', 'package.json, big.txt]', async () => {
      for (const version of ['small', 'smaller']) {
        execFileSync('chown', ['-R', 'root:root', world.repo]);
        world.commit(version);
        execFileSync('chown', ['-R', '4242:4242', world.repo]);
        expect((await canopy(['package'], '/')).code).to.equal(0);
        if (version === 'small') expect((await canopy(words, '/')).code).to.equal(0);
      }
      const ran = await canopy(words, '/', through, { TMPDIR: at('small') });
      expect([ran.code, ran.json.outcome], ran.stderr).to.deep.equal([1, 'failed']);
      expect(ran.stderr)
        .to.match(/no space/i)
        .and.to.contain(at('small'))
        .and.not.to.contain('defect');
    });
  });

  it('have a local server whose home is none', async () => {
    await rewritten(/host: \S+@127[^,]+,/, 'driver: local,', async () => {
      for (const [what, home] of Object.entries(homes)) {
        const ran = await canopy(['status'], home());
        expect([what, reached(ran)], ran.stderr).to.deep.equal([what, null]);
      }
    });
  });
});
