import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { endProcess } from '../../support/end-process.ts';
import { startLoginShell } from '../../support/ssh/login-shell.ts';
import { needs } from '../../support/needs.ts';
import { makeKey, type Sshd } from '../../support/ssh/sshd.ts';
import { freePort } from '../../support/temp.ts';
import { startWorld, type Outcome, type World } from '../../support/worlds/world.ts';

const shells = ['bash', 'dash', 'fish', 'zsh', 'tcsh', 'ksh', 'busybox', 'rbash'] as const;

/** A profile that changes what nearly every tool does or prints; a command of the user's has to see all of it. */
const profile: Readonly<Record<string, string>> = {
  CDPATH: '/:/tmp',
  GREP_OPTIONS: '-v --no-such-option',
  GREP_COLORS: 'mt=01;31',
  TAR_OPTIONS: '--no-such-option',
  GZIP: '-v',
  POSIXLY_CORRECT: '1',
  BLOCK_SIZE: 'human-readable',
  LC_ALL: 'de_DE.UTF-8',
  LANG: 'de_DE.UTF-8',
  TMPDIR: '/no/such/folder',
  // Names that our scripts use too.
  path: '/from/the profile',
  token: 'of the login',
  dir: "it's $HOME",
};

interface Told {
  readonly instances: readonly { readonly name: string; readonly unreachable: string | null }[];
}

describe('login shells, end to end', () => {
  before(needs('root', 'unshare', ...shells.map((shell) => (shell === 'rbash' ? 'bash' : shell))));
  let world: World;
  const servers = new Map<string, Sshd>();
  const ports = new Map<string, number>();
  let releases: string[] = [];
  before(async () => {
    world = await startWorld(0);
    const key = makeKey(join(world.folder, 'key'), 'ed25519');
    // bash reads $BASH_ENV at every start, also below another shell.
    const greeting = join(world.folder, 'greeting');
    writeFileSync(greeting, 'echo "hello from BASH_ENV"; echo "hello again" >&2\n');
    const env = { ...profile, IFS: '/', BASH_ENV: greeting, ENV: greeting };
    for (const shell of [...shells, 'nologin']) {
      const folder = join(world.folder, shell);
      servers.set(shell, await startLoginShell({ shell, folder, accept: [key], env }));
      ports.set(shell, await freePort());
    }
    const known = [...servers.values()].map(({ knownHostsLine }) => `${knownHostsLine}\n`);
    writeFileSync(join(world.folder, 'known_hosts'), known.join(''));
    writeFileSync(join(world.repo, 'canopy.yml'), canopyYml(world, servers, ports));
  });
  after(async () => {
    for (const [shell, server] of servers) {
      kill(world, shell);
      await server.stop();
    }
    await world?.stop();
  });

  const key = (): Record<string, string> => ({ CANOPY_SSH_KEY_FILE: join(world.folder, 'key') });
  const canopy = (...words: string[]): Promise<Outcome> => world.canopy(words, key());
  const ship = async (version: string, bad = false): Promise<void> => {
    world.commit(version, bad);
    expect((await canopy('package')).code).to.equal(0);
  };
  const answers = async (): Promise<Record<string, string | null>> => {
    const all = shells.map(async (shell) => {
      const asked = fetch(`http://127.0.0.1:${ports.get(shell)}/health`);
      return [
        shell,
        await asked.then((answer) => answer.headers.get('x-release')).catch(() => null),
      ] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  };
  const each = <T>(value: T): Record<string, T> => Object.fromEntries(shells.map((shell) => [shell, value]));
  it('are asked for their facts, and nothing is there yet', async () => {
    const ran = await canopy('status', '--environment', 'production');
    expect(ran.code, ran.stderr).to.equal(0);
    expect(ran.stderr).not.to.match(/welcome|warns|hello/);
    const told = (ran.json.data.environments as Told[]).flatMap((one) => one.instances);
    expect(told.map(({ name, unreachable }) => [name, unreachable])).to.deep.equal(
      shells.map((shell) => [shell, null]),
    );
  });

  it('deploy, whatever they print and whatever the profile says', async () => {
    await ship('1');
    const ran = await canopy('deploy', '--environment', 'production');
    expect([ran.code, ran.json?.outcome], ran.stderr).to.deep.equal([0, 'done']);
    releases = [ran.json.data.release];
    expect(await answers()).to.deep.equal(each(releases[0]));
  });

  it('make what others may read readable, whatever the umask', () => {
    for (const shell of shells) {
      const mode = (name: string): string =>
        (statSync(join(world.path(shell), name)).mode & 0o777).toString(8);
      expect([shell, mode('.'), mode('shared'), mode('shared/log'), mode('.canopy')]).to.deep.equal([
        ...[shell, '755', '755', '755', '700'],
      ]);
    }
  });

  it('give a hook the environment of the login, and its own values beside it', () => {
    for (const shell of shells) {
      const lines = readFileSync(join(world.path(shell), 'shared/prepare.env'), 'utf8').split('\0');
      const seen = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      expect(seen, shell).to.include({
        ...profile,
        CANOPY_INSTANCE: shell,
        CANOPY_APP: 'shop',
        PORT: String(ports.get(shell)),
      });
      expect(
        Object.keys(seen).filter((name) => /^canopy_|^CANOPY_(LOGIN|SCRIPT)$/.test(name)),
        shell,
      ).to.deep.equal([]);
      expect(seen['PATH'], shell).to.contain('/usr/bin');
      if (shell === 'fish') expect(seen['FROM_FISH']).to.equal('yes');
    }
  });

  it('fail and go back as one', async () => {
    await ship('2', true);
    const ran = await canopy('deploy', '--environment', 'production');
    expect([ran.code, ran.json?.outcome], ran.stderr).to.deep.equal([3, 'reverted']);
    expect(await answers()).to.deep.equal(each(releases[0]));
    expect(ran.stderr).not.to.match(/welcome|warns|hello/);
  });

  it('are told the exit code and the last words of a hook that fails', async () => {
    await ship('3');
    const ran = await canopy('deploy', '--environment', 'refusing');
    expect([ran.code, ran.json?.outcome], ran.stderr).to.deep.equal([1, 'failed']);
    for (const shell of shells) expect(ran.stderr).to.match(new RegExp(`${shell}[^\n]*75[^\\n]*: no thanks`));
  });

  it('go back when they are told to', async () => {
    const ran = await canopy('deploy', '--environment', 'production');
    expect([ran.code, ran.json?.outcome], ran.stderr).to.deep.equal([0, 'done']);
    expect(await answers()).to.deep.equal(each(ran.json.data.release));
    const back = await canopy('rollback', '--environment', 'production');
    expect([back.code, back.json?.outcome], back.stderr).to.deep.equal([0, 'done']);
    expect(await answers()).to.deep.equal(each(releases[0]));
  });

  it('that start nothing are named, and nothing is touched on any instance', async () => {
    const ran = await canopy('deploy', '--environment', 'locked');
    expect(ran.code).to.equal(1);
    expect(ran.json.errors.map(({ message }: { message: string }) => message)).to.deep.equal([
      'nologin: the login shell of root starts no sh (exit code 1): This account is currently not available.',
    ]);
    expect(existsSync(join(world.folder, 'servers/locked'))).to.equal(false);
  });
});

/** One environment that deploys, one whose hook refuses, and one with an account that nobody may use; each shell is an instance. */
function canopyYml(
  world: World,
  servers: ReadonlyMap<string, Sshd>,
  ports: ReadonlyMap<string, number>,
): string {
  const pid = '../../shared/app.pid';
  const runs = `grep -qs "^State:.[^ZX]" "/proc/$(cat ${pid})/status"`;
  const instance = (shell: string, folder: string): string => {
    const { user, host, port } = servers.get(shell) as Sshd;
    const url = `http://127.0.0.1:${ports.get(shell)}`;
    return `      - { name: ${shell}, host: "${user}@${host}:${port}", path: "${folder}", url: "${url}", env: { PORT: ${ports.get(shell)} } }`;
  };
  // GREP_OPTIONS is the user's own affair in the user's own commands.
  const service = `{ start: 'nohup node app.js >/dev/null 2>&1 & echo $! > ${pid}', stop: ['kill "$(cat ${pid})"', 'unset GREP_OPTIONS; while ${runs}; do sleep 0.05; done'], status: 'unset GREP_OPTIONS; ${runs}' }`;
  const environment = (name: string, hook: string, instances: readonly string[]): string => `  ${name}:
    service: ${service}
    health: { path: /health, release: x-release, within: 10s, every: 50ms, rise: 2 }
    rollout: { healthyFor: 0s, strategy: all-at-once }
    shared: [log/]
    hooks: { prepare: ${JSON.stringify(hook)} }
    instances:
${instances.join('\n')}`;
  return `app: shop
store: \${env:CANOPY_STORE}
artifact: { files: [app.js, package.json] }
ssh: { knownHosts: ${join(world.folder, 'known_hosts')}, config: /dev/null, connectTimeout: 10s }
environments:
${environment(
  'production',
  'env -0 > ../../shared/prepare.env; ls -l ../../shared',
  shells.map((shell) => instance(shell, world.path(shell))),
)}
${environment(
  'refusing',
  'echo "no thanks"; exit 75',
  shells.map((shell) => instance(shell, world.path(shell))),
)}
${environment(
  'locked',
  'true',
  ['bash', 'nologin'].map((shell) => instance(shell, join(world.folder, 'servers/locked', shell))),
)}
`;
}

/** Ends the application that the instance's pid file names. */
function kill(world: World, shell: string): void {
  const file = join(world.path(shell), 'shared/app.pid');
  if (existsSync(file)) endProcess(Number(readFileSync(file, 'utf8')));
}
