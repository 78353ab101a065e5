/** The ways to log in to one host, in the order they are tried. */
import { existsSync } from 'node:fs';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { fail, isCanopyError } from '../../../errors.ts';
import type { Secret } from '../../../shared/secret.ts';
import { openAgent, type AgentChoice } from './agent.ts';
import { findCertificates } from './find-certificates.ts';
import { isLocked, publicKeyIn, readIdentity, readKey, withSha512 } from './key-file.ts';
import { readText } from '../config/text-file.ts';

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
  const { user, key, passphrase, certificateFiles: named, noted } = input;
  const now = Date.now();
  if (key !== null) {
    const keys = [await readKey(key, passphrase)];
    const found = await findCertificates({
      ...{ named, files: [key], keys, agent: null, only: null, now, noted },
    });
    const methods = [...keyMethods(user, found.keys), ...keyMethods(user, keys)];
    return { methods, tried: triedOf([...found.offered, `the key ${key}`], found.left) };
  }
  const { keys, first, unusable } = await readIdentities(input);
  const { agent, identitiesOnly } = input;
  const found = await findCertificates({
    ...{ named, files: keyFilesOf(input), keys: keys.map((one) => one.key), agent, now, noted },
    only: identitiesOnly ? first : null,
  });
  const asAgent = (sha512: boolean): AnyAuthMethod[] => {
    const certificates = sha512 ? [] : found.agent;
    const choice = { first, only: identitiesOnly, sha512, certificates };
    return agent === null ? [] : [agentMethod(agent, input, choice)];
  };
  const methods = [
    ...keyMethods(user, found.keys),
    ...asAgent(false),
    ...keyMethods(
      user,
      keys.map((one) => one.key),
    ),
    ...asAgent(true),
  ];
  if (methods.length === 0 && unusable.length > 0 && input.identityFiles !== null)
    throw fail('ssh-key-file', { file: input.identityFiles[0] ?? '', reason: unusable.join('; ') });
  const tried = [
    ...found.offered,
    ...(agent === null ? [] : [`the agent at ${agent}`]),
    ...keys.map(({ file }) => `the key ${file}`),
    ...unusable,
  ];
  return { methods, tried: triedOf(tried, found.left) };
}

const triedOf = (tried: readonly string[], left: readonly string[]): string =>
  `${tried.join(', ') || 'nothing: there is no agent and no key'}${left.length === 0 ? '' : `; not offered: ${left.join(', ')}`}`;

interface Identities {
  readonly keys: readonly { readonly file: string; readonly key: ParsedKey }[];
  /** Public keys (base64) that the agent is asked for first, in the order of the files. */
  readonly first: readonly string[];
  /** For people. */
  readonly unusable: readonly string[];
}

const defaults = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

const keyFilesOf = ({ identityFiles, home }: AuthInput): readonly string[] =>
  identityFiles ?? defaults.map((name) => `${home}/.ssh/${name}`);

/** Of a file both halves, or the public one alone: that of a key which an agent or a token holds. */
async function readIdentities(input: AuthInput): Promise<Identities> {
  const named = input.identityFiles !== null;
  const found = {
    keys: [] as { file: string; key: ParsedKey }[],
    first: [] as string[],
    unusable: [] as string[],
  };
  for (const file of keyFilesOf(input)) {
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
