import ssh2, { type ParsedKey } from 'ssh2';
import { fail } from '../../../errors.ts';
import type { Secret } from '../../../shared/secret.ts';
import { readText } from '../config/text-file.ts';
import { fromPkcs8, isPkcs8 } from './pkcs8.ts';

/** A private key of a file, ready to sign; throws `ssh-key-file` and `ssh-file`. Windows line ends and a missing last newline are mended. */
export async function readKey(file: string, passphrase: Secret | null): Promise<ParsedKey> {
  const text = readText(file, false);
  if (text === null) throw fail('ssh-key-file', { file, reason: 'there is no such file' });
  return parseKey(text, file, passphrase);
}

/** The same; of a file that holds a public key alone, that key in base64. */
export async function readIdentity(file: string, passphrase: Secret | null): Promise<ParsedKey | string> {
  return publicKeyIn(readText(file, false) ?? '') ?? (await readKey(file, passphrase));
}

/** Of a line like those of authorized_keys, without options. */
export const publicKeyIn = (text: string): string | null =>
  /^\s*(?:ssh-|ecdsa-|sk-)[\w.@-]+[ \t]+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(text)?.[1] ?? null;

function parseKey(text: string, file: string, passphrase: Secret | null): ParsedKey {
  const mended = `${text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .trim()}\n`;
  const key = parsedOf(mended, passphrase);
  if (key === undefined || key instanceof Error)
    throw fail('ssh-key-file', { file, reason: reasonOf(key?.message ?? 'it is empty', mended, passphrase) });
  if (!key.isPrivateKey())
    throw fail('ssh-key-file', { file, reason: 'it holds a public key, not a private one' });
  return key;
}

function parsedOf(text: string, passphrase: Secret | null): ParsedKey | Error | undefined {
  try {
    const secret = passphrase?.reveal();
    const parsed = ssh2.utils.parseKey(isPkcs8(text) ? fromPkcs8(text, secret) : text, secret);
    return Array.isArray(parsed) ? parsed[0] : parsed;
  } catch (error) {
    return error as Error;
  }
}

/** The same RSA key as one that signs with SHA-512: the library offers SHA-256 alone to a server that names both. */
export function withSha512(key: ParsedKey): ParsedKey {
  return Object.create(key, {
    type: { value: 'rsa-sha2-512' },
    sign: { value: (data: Buffer) => key.sign(data, 'sha512') },
  }) as ParsedKey;
}

/** Whether a problem with a key is only that it is encrypted and nobody gave the passphrase. */
export const isLocked = (reason: string): boolean => reason.startsWith(locked);

const locked = 'it is encrypted and no passphrase was given';

function reasonOf(message: string, text: string, passphrase: Secret | null): string {
  if (/no passphrase given/i.test(message)) return locked;
  if (/ENCRYPTED/.test(text.split('\n', 2).join('\n')) && passphrase === null) return locked;
  if (passphrase !== null && /integrity|bad decrypt|passphrase|malformed/i.test(message))
    return 'the passphrase does not fit';
  const [, token] = /type: (sk-[\w-]+)/.exec(message) ?? [];
  if (token) return `${token} is a key of a security token, which Canopy cannot ask: name a key without one`;
  if (/^-----BEGIN ENCRYPTED/m.test(text)) return `it cannot be decrypted: ${message}`;
  return message;
}
