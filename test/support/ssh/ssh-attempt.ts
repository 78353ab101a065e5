import { argv } from '../../../src/commands/core/command.ts';
import type { SshConfig } from '../../../src/config/types.ts';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import { CanopyError } from '../../../src/errors.ts';
import type { Secret } from '../../../src/shared/secret.ts';
import { quietLog } from '../quiet-log.ts';
import { sshSettings } from './ssh-settings.ts';
import type { Sshd } from './sshd.ts';

export interface Trial {
  readonly settings?: Partial<SshConfig>;
  readonly address?: string;
  readonly passphrase?: Secret;
  readonly env?: Record<string, string>;
}

export interface Tried {
  /** `ok`, or the code of the error. */
  readonly said: string;
  readonly message: string;
  readonly told: readonly string[];
}

/** Connects, runs one command, closes. */
export async function attempt(server: Sshd, trial: Trial = {}): Promise<Tried> {
  const log = quietLog();
  const extra = { passphrase: trial.passphrase ?? null, log, home: '/nonexistent', env: trial.env ?? {} };
  const ssh = openSsh(sshSettings(server, trial.settings), extra);
  const address = trial.address ?? `${server.user}@${server.host}:${server.port}`;
  try {
    const host = await ssh.host({ name: 'web-1', host: address });
    const ran = await host.run({ command: argv('echo', 'hello'), effect: 'read', title: 'greet' });
    return { said: ran.stdout === 'hello\n' ? 'ok' : JSON.stringify(ran), message: '', told: log.lines };
  } catch (error) {
    if (!(error instanceof CanopyError)) throw error;
    return { said: error.code, message: error.message, told: log.lines };
  } finally {
    await ssh.close();
  }
}
