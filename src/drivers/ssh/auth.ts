/** The ways to log in to one host, in the order they are tried. */
import { existsSync } from 'node:fs';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { fail, isCanopyError } from '../../errors.ts';
import type { Secret } from '../../shared/secret.ts';
import { openAgent } from './agent.ts';
import { isLocked, readKey } from './key-file.ts';
import { readText } from './config/text-file.ts';

interface AuthInput {
  readonly user: string;
  /** ssh.key of canopy.yml: the one way in when it is set. */
  readonly key: string | null;
  /** IdentityFile of ~/.ssh/config. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly agent: string | null;
  readonly passphrase: Secret | null;
  readonly home: string;
  readonly noted: (text: string) => void;
}

export interface Auth {
  readonly methods: readonly AnyAuthMethod[];
  /** For people: what was tried. */
  readonly tried: string;
}

/** Throws `ssh-key-file` when the one key that was asked for cannot be used. */
export async function waysIn(input: AuthInput): Promise<Auth> {
  const { user, key, passphrase } = input;
  if (key !== null) {
    const method = keyMethod(user, await readKey(key, passphrase));
    return { methods: [method], tried: `the key ${key}` };
  }
  const asked = input.identityFiles.length > 0;
  const files = (asked ? input.identityFiles : defaults.map((name) => `${input.home}/.ssh/${name}`)).filter(
    existsSync,
  );
  const keys: { file: string; key: ParsedKey }[] = [];
  const unusable: string[] = [];
  for (const file of files) {
    try {
      keys.push({ file, key: await readKey(file, passphrase) });
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      // An encrypted key is often one that the agent holds: it only counts when nothing else is left.
      if (isLocked(reasonIn(error.message))) unusable.push(`${file} (encrypted, no passphrase)`);
      else unusable.push(error.message);
      input.noted(error.message);
    }
  }
  const agent = input.agent === null ? [] : [await agentMethod(input.agent, input, files, keys)];
  const methods = [...agent, ...keys.map((item) => keyMethod(user, item.key))];
  if (methods.length === 0 && asked && unusable.length > 0)
    throw fail('ssh-key-file', { file: input.identityFiles[0] ?? '', reason: unusable.join('; ') });
  const tried = [
    ...(input.agent === null ? [] : [`the agent at ${input.agent}`]),
    ...keys.map(({ file }) => `the key ${file}`),
    ...unusable,
  ];
  return { methods, tried: tried.join(', ') || 'nothing: there is no agent and no key' };
}

const defaults = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

const keyMethod = (username: string, key: ParsedKey): AnyAuthMethod => ({ type: 'publickey', username, key });

async function agentMethod(
  socket: string,
  input: AuthInput,
  files: readonly string[],
  keys: readonly { file: string; key: ParsedKey }[],
): Promise<AnyAuthMethod> {
  const first: string[] = keys.map(({ key }) => key.getPublicSSH().toString('base64'));
  for (const file of files) first.push(...publicPart(file, input.noted));
  const choice = { first, only: input.identitiesOnly };
  return { type: 'agent', username: input.user, agent: openAgent(socket, choice, input.noted) };
}

/** The public half of a key whose private half may be encrypted: it stands beside it. */
function publicPart(file: string, noted: AuthInput['noted']): string[] {
  try {
    const key = readText(`${file}.pub`, true)?.split(/\s+/)[1];
    return key === undefined ? [] : [key];
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    noted(error.message);
    return [];
  }
}

const reasonIn = (message: string): string => message.slice(message.indexOf(': ') + 2);
