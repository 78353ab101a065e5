/** Private keys in PKCS#8 (`BEGIN PRIVATE KEY`, `BEGIN ENCRYPTED PRIVATE KEY`), which openssl writes and ssh2 does not read. */
import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from 'node:crypto';

export const isPkcs8 = (text: string): boolean => /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----$/m.test(text);

/** The same key in a form that ssh2 reads; throws what node:crypto says of one that it cannot read. */
export function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: text, passphrase: passphrase ?? '' });
  const type = key.asymmetricKeyType;
  if (type === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (type === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  if (type === 'ed25519') return ed25519Text(key);
  throw new Error(`keys of the type ${type} are not used by SSH`);
}

/** Of OpenSSH's own form, the only one that there is for this type. */
function ed25519Text(key: KeyObject): string {
  const type = Buffer.from('ssh-ed25519');
  const open = publicPart(createPublicKey(key));
  const secret = Buffer.concat([seedOf(key), open]);
  const check = randomBytes(4);
  const inner = Buffer.concat([check, check, ...[type, open, secret, Buffer.alloc(0)].map(sized)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8));
  const blob = Buffer.concat([sized(type), sized(open)]);
  const none = sized(Buffer.from('none'));
  const one = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    ...[Buffer.from('openssh-key-v1\0'), none, none, sized(Buffer.alloc(0)), one],
    ...[sized(blob), sized(Buffer.concat([inner, padding]))],
  ]);
  const lines = whole.toString('base64').replace(/.{70}(?=.)/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** The last 32 bytes are the key itself. */
const publicPart = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' }).subarray(-32);
const seedOf = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' }).subarray(-32);

function sized(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
