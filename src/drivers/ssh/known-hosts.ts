/** The text of known_hosts files, and what it says of a host key. Pure. */
import { createHash, createHmac } from 'node:crypto';
import { matchesHosts } from './config/words/pattern.ts';

export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** The first field: patterns separated by commas, or one hashed name. */
  readonly hosts: string;
  readonly keyType: string;
  /** Base64. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

interface KnownHostLocation {
  readonly file: string;
  readonly line: number;
}

export type HostKeyJudgement =
  | { readonly kind: 'known' }
  /** `other`: an entry of this host for a key of another type. */
  | { readonly kind: 'unknown'; readonly other: KnownHostLocation | null }
  | ({ readonly kind: 'changed' } & KnownHostLocation)
  | ({ readonly kind: 'revoked' } & KnownHostLocation);

/** The entries of one file; lines that are none are left out, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [hosts = '', keyType = '', key = ''] = words;
    if (hosts === '' || hosts.startsWith('#') || !/^[A-Za-z0-9+/]+=*$/.test(key)) return [];
    if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') return [];
    const kind = marker === '@revoked' ? 'revoked' : marker === '@cert-authority' ? 'cert-authority' : null;
    return [{ marker: kind, hosts, keyType, key, file, line: index + 1 }];
  });
}

/** What the entries say of a key that a host offers. A revoked key is refused whatever else is said of it. */
export function judge(
  entries: readonly KnownHost[],
  host: string,
  port: number,
  keyType: string,
  key: string,
): HostKeyJudgement {
  const name = nameOf(host, port);
  const same = (entry: KnownHost): boolean => unpadded(entry.key) === unpadded(key);
  const revoked = entries.find(
    (entry) => entry.marker === 'revoked' && same(entry) && names(entry, [name, host]),
  );
  if (revoked) return { kind: 'revoked', ...placeOf(revoked) };
  const own = entries.filter((entry) => entry.marker === null && names(entry, [name]));
  if (own.some(same)) return { kind: 'known' };
  const changed = own.find((entry) => entry.keyType === keyType);
  if (changed) return { kind: 'changed', ...placeOf(changed) };
  // Like OpenSSH: the same key under the plain name speaks for every port of the host.
  if (
    own.length === 0 &&
    entries.some((entry) => entry.marker === null && same(entry) && names(entry, [host]))
  )
    return { kind: 'known' };
  return { kind: 'unknown', other: own[0] ? placeOf(own[0]) : null };
}

/** Where an authority is named whose certificates OpenSSH would trust for this host. */
export function authorityOf(
  entries: readonly KnownHost[],
  host: string,
  port: number,
): KnownHostLocation | null {
  const found = entries.find(
    (entry) => entry.marker === 'cert-authority' && names(entry, [nameOf(host, port), host]),
  );
  return found ? placeOf(found) : null;
}

/** The key types that are known of a host: asked for first, so that a server with several keys offers a known one. */
export function knownTypes(entries: readonly KnownHost[], host: string, port: number): string[] {
  const own = entries.filter((entry) => entry.marker === null && names(entry, [nameOf(host, port)]));
  const plain = entries.filter((entry) => entry.marker === null && names(entry, [host]));
  return [...new Set((own.length > 0 ? own : plain).map((entry) => entry.keyType))];
}

/** The signature algorithms to offer, those of known key types first. SHA-1 is not among them. */
export function hostKeyAlgorithms(types: readonly string[]): string[] {
  const known = types
    .flatMap((type) => (type === 'ssh-rsa' ? rsa : [type]))
    .filter((name) => all.includes(name));
  return [...new Set([...known, ...all])];
}

/** How a host is written in known_hosts: `host`, or `[host]:port` when the port is not 22. */
export const nameOf = (host: string, port: number): string => (port === 22 ? host : `[${host}]:${port}`);

const rsa = ['rsa-sha2-512', 'rsa-sha2-256'];
const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', ...rsa];

const unpadded = (key: string): string => key.replace(/=+$/, '');
const placeOf = ({ file, line }: KnownHost): KnownHostLocation => ({ file, line });
const names = (entry: KnownHost, wanted: readonly string[]): boolean =>
  wanted.some((name) => namesOne(entry.hosts, name.toLowerCase()));

function namesOne(hosts: string, name: string): boolean {
  const hashed = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(hosts);
  if (!hashed) return matchesHosts(hosts.split(','), name);
  const [, salt = '', hash = ''] = hashed;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** A key as a server shows it: its type, and the fingerprint that ssh-keygen prints. */
export function describeKey(blob: Buffer): { readonly type: string; readonly fingerprint: string } {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
  const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { type, fingerprint: `SHA256:${hash}` };
}
