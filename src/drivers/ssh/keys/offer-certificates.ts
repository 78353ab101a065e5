/**
 * The one message that the library writes otherwise than SSH has it: it names the algorithm of a signature like that of its key, and of
 * a certificate these are two. Its last message is written anew on its way out.
 */
import type { Client, ParsedKey } from 'ssh2';
import { reader, signedBy, sized } from './certificate.ts';

/** What the library has inside; its version is fixed in package.json, and a test logs in by it. */
interface Protocol {
  authPK(user: string, key: ParsedKey, algorithm?: unknown, sign?: Sign): void;
  readonly _packetRW: { readonly write: PacketWriter };
}
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;
interface PacketWriter {
  alloc(size: number): Buffer;
  finalize(packet: Buffer, ...more: unknown[]): Buffer;
  readonly allocStart: number;
}

/** Of a client that has begun to connect. */
export function offerCertificates(client: Client): void {
  const protocol = (client as unknown as { _protocol: Protocol })._protocol;
  const authPK = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, algorithm, sign) => {
    const ask = typeof algorithm === 'function' ? (algorithm as Sign) : sign;
    if (ask === undefined || signedBy(key.type) === null) return authPK(user, key, algorithm, sign);
    authPK(user, key, undefined, (data, done) =>
      ask(data, (signature) => once(protocol._packetRW.write, () => done(signature))),
    );
  };
}

/** Whatever is written meanwhile is that message. */
function once(writer: PacketWriter, write: () => void): void {
  const own = Object.getOwnPropertyDescriptor(writer, 'finalize');
  const finalize = writer.finalize.bind(writer);
  const restore = (): void => {
    if (own) Object.defineProperty(writer, 'finalize', own);
    else delete (writer as { finalize?: unknown }).finalize;
  };
  writer.finalize = (packet, ...more) => {
    restore();
    const message = renamed(packet.subarray(writer.allocStart));
    const fresh = writer.alloc(message.length);
    fresh.set(message, writer.allocStart);
    return finalize(fresh, ...more);
  };
  try {
    write();
  } finally {
    restore();
  }
}

/** USERAUTH_REQUEST with the signature under its own name; what follows it is room for the cipher. */
function renamed(message: Buffer): Buffer {
  const fields = reader(message);
  fields.skip(1);
  for (let at = 0; at < 3; at += 1) fields.bytes(); // user, service, method
  fields.skip(1);
  const algorithm = fields.text();
  fields.bytes(); // the certificate
  const head = message.subarray(0, message.length - fields.left());
  const signature = reader(fields.bytes());
  signature.bytes();
  const named = [Buffer.from(signedBy(algorithm) ?? algorithm), signature.bytes()].map(sized);
  return Buffer.concat([head, sized(Buffer.concat(named))]);
}
