/** An sshd whose user has this login shell: its own view of /etc/passwd, so that nothing of this machine is changed. Needs root and
 * unshare. Its umask is 077. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { startSshd, type Sshd } from './sshd.ts';

export interface LoginShell {
  /** A program; `busybox` means its sh. */
  readonly shell: string;
  readonly folder: string;
  readonly accept: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the shells that read something at each start print there, on both streams, before our command gets its turn. */
const greetings: Readonly<Record<string, string>> = {
  '.bashrc':
    'echo "welcome to bash"\nprintf "no newline"\necho "bash warns" >&2\nalias sh=false echo=false\n',
  '.zshenv': 'echo "welcome to zsh"\necho "zsh warns" >&2\nsetopt noclobber\nalias sh=zsh\n',
  '.tcshrc': 'echo "welcome to tcsh"\nset noclobber\nalias sh tcsh\n',
  '.config/fish/config.fish': 'echo "welcome to fish"\necho "fish warns" >&2\nset -x FROM_FISH yes\n',
};

export async function startLoginShell({ shell, folder, accept, env }: LoginShell): Promise<Sshd> {
  const home = join(folder, 'home');
  for (const [name, text] of Object.entries(greetings)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  const passwd = join(folder, 'passwd');
  const root = `root:x:0:0:root:${home}:${pathTo(shell, folder)}`;
  writeFileSync(passwd, readFileSync('/etc/passwd', 'utf8').replace(/^root:.*$/m, root));
  const through = [
    'unshare',
    '-m',
    'sh',
    '-c',
    'mount --bind "$0" /etc/passwd && umask 077 && exec "$@"',
    passwd,
  ];
  return startSshd({ folder: join(folder, 'sshd'), accept, env, through });
}

function pathTo(shell: string, folder: string): string {
  const path = execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin; command -v "$1"', 'sh', shell], {
    encoding: 'utf8',
  }).trim();
  if (shell !== 'busybox') return path;
  symlinkSync(path, join(folder, 'sh'));
  return join(folder, 'sh');
}
