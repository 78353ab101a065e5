/** The OpenSSH client of this machine, asked what its configuration says of a host: `ssh -G`. It connects nowhere. */
import { execFile } from 'node:child_process';
import type { Env } from '../../../shared/system/env.ts';
import type { SshAddress } from '../../../shared/url/ssh-address.ts';
import { semaphore } from '../../machine/semaphore.ts';
import type { SshValues } from './resolve.ts';

interface SshOutput {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OpenSsh {
  /** `settings`: further ones, which win over the files. A text is why ssh refuses its configuration. */
  readonly ask: (address: SshAddress, settings?: readonly string[]) => Promise<SshValues | string>;
}

/** CanonicalizeHostname asks the name servers. */
const timeLimitMs = 30_000;

/** Null where there is no OpenSSH. `config`: the one file to read; null: the user's and the machine's, as usual. */
export async function openOpenSsh(config: string | null, env: Env): Promise<OpenSsh | null> {
  // Other programs of that name connect when they are given an option that they do not know.
  const version = await run(['-V'], env);
  if (version === null || !version.stderr.startsWith('OpenSSH_')) return null;
  const file = config === null ? [] : ['-F', config];
  const atOnce = semaphore(4);
  return {
    ask: async (address, settings = []) => {
      const words = [
        ...['-G', '-T', ...file, ...settings.flatMap((setting) => ['-o', setting])],
        ...(address.port === null ? [] : ['-p', String(address.port)]),
        ...(address.user === null ? [] : ['-l', address.user]),
        ...['--', address.host],
      ];
      const answer = await atOnce(() => run(words, env));
      if (answer?.code !== 0) return reasonIn(answer);
      return valuesIn(answer.stdout);
    },
  };
}

/** Null when it cannot be started. */
function run(words: readonly string[], env: Env): Promise<SshOutput | null> {
  return new Promise((resolve) => {
    const options = { env: env as NodeJS.ProcessEnv, timeout: timeLimitMs, maxBuffer: 16 * 1024 * 1024 };
    const child = execFile('ssh', words, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'string') resolve(null);
      else resolve({ code: code ?? null, stdout, stderr });
    });
    child.stdin?.end();
  });
}

function reasonIn(answer: SshOutput | null): string {
  const lines = (answer?.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  if (answer?.code === null) return `ssh -G has not ended within ${timeLimitMs / 1000} s`;
  return lines.map((line) => line.trim()).join('; ') || `ssh -G ended with code ${answer?.code}`;
}

function valuesIn(text: string): SshValues {
  const values = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    const keyword = line.slice(0, at).toLowerCase();
    if (at > 0) values.set(keyword, [...(values.get(keyword) ?? []), line.slice(at + 1)]);
  }
  const one = (keyword: string): string => values.get(keyword)?.[0] ?? '';
  const jumps = values.get('proxyjump')?.[0]?.split(',');
  if (jumps) values.set('proxyjump', jumps);
  if (isUsual(values.get('identityfile') ?? [])) values.delete('identityfile');
  return { host: one('hostname'), port: Number(one('port')), user: one('user'), values, expanded: true };
}

/** The list that OpenSSH takes where no IdentityFile is written. */
const isUsual = (files: readonly string[]): boolean =>
  files.length >= 4 &&
  files.every((file) => /^~\/\.ssh\/id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/.test(file));
