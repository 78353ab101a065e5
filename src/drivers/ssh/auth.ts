/** The ways to log in to one host, in the order they are tried. */
import { existsSync } from 'node:fs';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { fail, isCanopyError } from '../../errors.ts';
import type { Secret } from '../../shared/secret.ts';
import { openAgent, type AgentChoice } from './agent.ts';
import { isLocked, publicKeyIn, readIdentity, readKey, withSha512 } from './key-file.ts';
import { readText } from './config/text-file.ts';

interface AuthInput {
  readonly user: string;
  /** ssh.key of canopy.yml: the one way in when it is set. */
  readonly key: string | null;
  /** IdentityFile of ~/.ssh/config; null: not said. */
  readonly identityFiles: readonly string[] | null;
  /** CertificateFile. */
  readonly certificateFiles: readonly string[];
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
    const read = await readKey(key, passphrase);
    const tried = `the key ${key}${certificateNote([key], input.certificateFiles)}`;
    return { methods: keyMethods(user, [read]), tried };
  }
  const { keys, first, unusable } = await readIdentities(input);
  const { agent } = input;
  const asAgent = (sha512: boolean): AnyAuthMethod[] =>
    agent === null ? [] : [agentMethod(agent, input, { first, only: input.identitiesOnly, sha512 })];
  const methods = [
    ...asAgent(false),
    ...keyMethods(
      user,
      keys.map(({ key: one }) => one),
    ),
    ...asAgent(true),
  ];
  if (methods.length === 0 && unusable.length > 0 && input.identityFiles !== null)
    throw fail('ssh-key-file', { file: input.identityFiles[0] ?? '', reason: unusable.join('; ') });
  const tried = [
    ...(input.agent === null ? [] : [`the agent at ${input.agent}`]),
    ...keys.map(({ file }) => `the key ${file}`),
    ...unusable,
  ];
  const note = certificateNote(
    keys.map(({ file }) => file),
    input.certificateFiles,
  );
  return { methods, tried: `${tried.join(', ') || 'nothing: there is no agent and no key'}${note}` };
}

interface Identities {
  readonly keys: readonly { readonly file: string; readonly key: ParsedKey }[];
  /** Public keys (base64) that the agent is asked for first, in the order of the files. */
  readonly first: readonly string[];
  /** For people. */
  readonly unusable: readonly string[];
}

const defaults = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Of a file both halves, or the public one alone: that of a key which an agent or a token holds. */
async function readIdentities(input: AuthInput): Promise<Identities> {
  const named = input.identityFiles !== null;
  const found = {
    keys: [] as { file: string; key: ParsedKey }[],
    first: [] as string[],
    unusable: [] as string[],
  };
  for (const file of input.identityFiles ?? defaults.map((name) => `${input.home}/.ssh/${name}`)) {
    try {
      const key = existsSync(file) ? await readIdentity(file, input.passphrase) : null;
      if (key === null) found.first.push(...publicHalf(file, input.noted));
      else if (typeof key === 'string') found.first.push(key);
      else {
        found.keys.push({ file, key });
        found.first.push(key.getPublicSSH().toString('base64'));
      }
      if (named && (key === null || typeof key === 'string')) found.unusable.push(`${file} (no private key)`);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      // An encrypted key is often one that the agent holds: it only counts when nothing else is left.
      found.first.push(...publicHalf(file, input.noted));
      if (isLocked(reasonIn(error.message))) found.unusable.push(`${file} (encrypted, no passphrase)`);
      else found.unusable.push(error.message);
      input.noted(error.message);
    }
  }
  return found;
}

/** RSA keys are offered once more, for a server that takes SHA-512 alone: at the end, because a server counts what it refuses. */
const keyMethods = (username: string, keys: readonly ParsedKey[]): AnyAuthMethod[] =>
  [...keys, ...keys.filter(({ type }) => type === 'ssh-rsa').map(withSha512)].map((key) => ({
    ...{ type: 'publickey', username, key },
  }));

const agentMethod = (socket: string, input: AuthInput, choice: AgentChoice): AnyAuthMethod => ({
  ...{ type: 'agent', username: input.user, agent: openAgent(socket, choice, input.noted) },
});

/** For people whose server asks for a certificate. */
function certificateNote(keys: readonly string[], named: readonly string[]): string {
  const found = named.length > 0 ? named : keys.map((file) => `${file}-cert.pub`);
  const [first] = found.filter(existsSync);
  return first === undefined
    ? ''
    : ` (the certificate ${first} was not offered: Canopy logs in by keys; let authorized_keys there hold the key itself)`;
}

/** The public half of a key, which stands beside the private one. */
function publicHalf(file: string, noted: AuthInput['noted']): string[] {
  try {
    const key = publicKeyIn(readText(`${file}.pub`, true) ?? '');
    return key === null ? [] : [key];
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    noted(error.message);
    return [];
  }
}

const reasonIn = (message: string): string => message.slice(message.indexOf(': ') + 2);
