/** OpenSSH certificates: a public key that an authority has signed. Pure. */
import ssh2, { type ParsedKey } from 'ssh2';

export interface Certificate {
  /** As it is sent. */
  readonly blob: Buffer;
  /** The key that it is for, public half. */
  readonly key: ParsedKey;
  readonly isHost: boolean;
  /** Milliseconds since 1970; it is none before and after. */
  readonly from: number;
  readonly until: number;
}

/** Fields of its key, beside which the same certificate has others. */
const fieldsOf: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};
const suffix = '-cert-v01@openssh.com';

/** Null for what is no certificate of a key that we can sign with. */
export function certificateOf(blob: Buffer): Certificate | null {
  try {
    const fields = reader(blob);
    const type = fields.text();
    const plain = type.endsWith(suffix) ? type.slice(0, -suffix.length) : '';
    const count = fieldsOf[plain];
    if (count === undefined) return null;
    fields.text(); // a nonce
    const own = Array.from({ length: count }, () => fields.bytes());
    const parsed = ssh2.utils.parseKey(Buffer.concat([Buffer.from(plain), ...own].map(sized)));
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key === undefined || key instanceof Error) return null;
    fields.skip(8); // a serial number
    const isHost = fields.number() === 2;
    fields.text(); // its name
    fields.text(); // for whom
    return { blob, key, isHost, from: fields.time(), until: fields.time() };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The kind of key that a text of a public key or of an agent is. */
export const kindOfBlob = (blob: Buffer): string => reader(blob).text();

/** The algorithm that a certificate is offered by: RSA by its signature, others by their key. */
const algorithmOf = ({ key: { type } }: Certificate): string =>
  `${type === 'ssh-rsa' ? 'rsa-sha2-512' : type}${suffix}`;

/** The signature's own algorithm. */
export const signedBy = (algorithm: string): string | null =>
  algorithm.endsWith(suffix) ? algorithm.slice(0, -suffix.length) : null;

export const sized = (bytes: Buffer): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

interface BlobReader {
  bytes(): Buffer;
  text(): string;
  number(): number;
  time(): number;
  skip(count: number): void;
  /** Bytes that are not read yet. */
  left(): number;
}

/** Throws RangeError behind the end. */
export function reader(blob: Buffer): BlobReader {
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > blob.length) throw new RangeError('the end');
    at += count;
    return blob.subarray(at - count, at);
  };
  const number = (): number => take(4).readUInt32BE();
  const bytes = (): Buffer => take(number());
  return {
    bytes,
    number,
    text: () => bytes().toString('latin1'),
    time: () => Number(take(8).readBigUInt64BE()) * 1000,
    skip: (count) => void take(count),
    left: () => blob.length - at,
  };
}

/** Of ECDSA: what OpenSSL gives is another form than what SSH sends. */
export function asSshSignature(signature: Buffer, type: string): Buffer {
  if (!type.startsWith('ecdsa-') || signature[0] !== 0x30) return signature;
  // A sequence of two integers; of 521 bits its length takes two bytes.
  let at = signature[1] === 0x81 ? 3 : 2;
  const integer = (): Buffer => {
    const length = signature[at + 1] ?? 0;
    at += 2 + length;
    return signature.subarray(at - length, at);
  };
  return Buffer.concat([sized(integer()), sized(integer())]);
}

/** The key with its certificate: it is offered by that, and signs as before. */
export const withCertificate = (key: ParsedKey, certificate: Certificate): ParsedKey =>
  Object.create(key, {
    type: { value: algorithmOf(certificate) },
    getPublicSSH: { value: () => certificate.blob },
    sign: {
      value: (data: Buffer) => {
        const signature = key.type === 'ssh-rsa' ? key.sign(data, 'sha512') : key.sign(data);
        return signature instanceof Error ? signature : asSshSignature(signature, key.type);
      },
    },
  }) as ParsedKey;
