import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail, isCanopyError, type CanopyError } from '../../errors.ts';
import {
  authorityOf,
  describeKey,
  hostKeyAlgorithms,
  judge,
  knownTypes,
  nameOf,
  parseKnownHosts,
  type KnownHost,
} from './known-hosts.ts';
import { readText } from './config/text-file.ts';

export interface HostKeyOptions {
  /** The user's; a new key is written into the first. */
  readonly files: readonly string[];
  /** Nobody has named them. */
  readonly usual: boolean;
  /** Those of the whole machine. */
  readonly machine: readonly string[];
  readonly hostKeys: readonly string[];
  readonly acceptNew: boolean;
  readonly noted: (text: string) => void;
}

export interface HostKeys {
  /** What to ask the server for, known types first. */
  readonly algorithms: readonly string[];
  /** Null when the key may be trusted, else why not. */
  verify(key: Buffer): CanopyError | null;
}

/** Reads what is known of a host; with acceptNew a key of a host that nothing is known of is written down. */
export function hostKeysOf(host: string, port: number, options: HostKeyOptions): HostKeys {
  const entries = [
    ...parseKnownHosts(options.hostKeys.join('\n'), 'ssh.hostKeys'),
    ...options.files.flatMap((file) => parseKnownHosts(readText(file, options.usual) ?? '', file)),
    ...options.machine.flatMap((file) => parseKnownHosts(readText(file, true) ?? '', file)),
  ];
  return {
    algorithms: hostKeyAlgorithms(knownTypes(entries, host, port)),
    verify: (key) => verify(entries, host, port, key, options),
  };
}

function verify(
  entries: readonly KnownHost[],
  host: string,
  port: number,
  blob: Buffer,
  options: HostKeyOptions,
): CanopyError | null {
  const described = describeKey(blob);
  const { type } = described;
  const key = blob.toString('base64');
  const fingerprint = `${type} ${described.fingerprint}`;
  const shown = nameOf(host, port);
  const said = judge(entries, host, port, type, key);
  if (said.kind === 'known') return null;
  if (said.kind === 'revoked')
    return fail('ssh-host-key-revoked', { host: shown, file: said.file, line: said.line });
  if (said.kind === 'changed')
    return fail('ssh-host-key-changed', { host: shown, fingerprint, file: said.file, line: said.line });
  // A host that is known by a key of another type is not new: accepting would trust whoever answers.
  if (options.acceptNew && said.other)
    return fail('ssh-host-key-changed', { host: shown, fingerprint, ...said.other });
  const first = options.files[0];
  // Whoever named an authority has not meant that any key will do.
  const authority = authorityOf(entries, host, port);
  if (options.acceptNew && authority === null && first !== undefined) {
    const refusal = writeDown(first, `${shown} ${type} ${key}`);
    if (refusal !== null) return refusal;
    options.noted(`wrote the new host key of ${shown} (${fingerprint}) into ${first}`);
    return null;
  }
  const { hostKeys, machine } = options;
  const files = [...(hostKeys.length > 0 ? ['ssh.hostKeys'] : []), ...options.files, ...machine].join(', ');
  const scan = port === 22 ? host : `-p ${port} ${host}`;
  return fail('ssh-host-key-unknown', {
    ...{ host: shown, fingerprint, files: files || 'no file', scan },
    ...(authority ? { authority: `${authority.file} line ${authority.line}` } : {}),
  });
}

/** Null when it stands there; a key that is not written down would be a new one each time, and nobody would hear of a change. */
function writeDown(file: string, line: string): CanopyError | null {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const text = readText(file, false) ?? '';
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    appendFileSync(file, `${gap}${line}\n`, { mode: 0o600 });
    return null;
  } catch (error) {
    if (isCanopyError(error)) return error;
    const reason = `the new host key cannot be written down: ${(error as Error).message}`;
    return fail('ssh-file', { file, reason }, { cause: error });
  }
}
