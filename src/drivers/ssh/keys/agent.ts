import ssh2, { type BaseAgent, type KnownPublicKeys, type ParsedKey, type PublicKeyEntry } from 'ssh2';
import { asSshSignature, withCertificate, type Certificate } from './certificate.ts';
import { withSha512 } from './key-file.ts';

type AgentKey = KnownPublicKeys[number];
type SignCallback = (error: Error | null | undefined, signature?: Buffer) => void;

export interface AgentChoice {
  /** Public keys (base64) to offer first. */
  readonly first: readonly string[];
  /** Offer no other. */
  readonly only: boolean;
  /** Its RSA keys alone, to sign with SHA-512. */
  readonly sha512: boolean;
  /** Certificates to offer before its keys. */
  readonly certificates: readonly AgentCertificate[];
}

/** `by`: what the agent knows the key by, the public half or the certificate itself. */
export interface AgentCertificate {
  readonly certificate: Certificate;
  readonly by: Buffer;
}

/**
 * An agent that does not end the connection when it cannot be asked: it then offers no key, and the next way in is tried.
 * `noted` hears why.
 */
export function openAgent(socket: string, choice: AgentChoice, noted: (text: string) => void): BaseAgent {
  const inner = ssh2.createAgent(socket);
  const offered = new Map<AgentKey, AgentCertificate>(
    choice.certificates.map((one) => [withCertificate(one.certificate.key, one.certificate), one]),
  );
  class ChosenAgent extends ssh2.BaseAgent {
    override getIdentities(heard: (error: Error | undefined, keys?: AgentKey[]) => void): void {
      inner.getIdentities((error, keys) => {
        if (error) noted(`the agent at ${socket} does not answer: ${error.message}`);
        heard(undefined, [...(error ? [] : offered.keys()), ...chosen(keys ?? [], choice)]);
      });
    }

    override sign(key: AgentKey, ...given: unknown[]): void {
      const [data, options, heard] = given;
      const own = offered.get(key);
      if (own !== undefined) return signBy(own, data as Buffer, heard as SignCallback);
      const words = choice.sha512
        ? [Object.getPrototypeOf(key), data, { hash: 'sha512' }, heard]
        : [key, data, options, heard];
      Reflect.apply(inner.sign, inner, words);
    }
  }
  const signBy = ({ certificate, by }: AgentCertificate, data: Buffer, heard: SignCallback): void => {
    const known = Object.create(certificate.key, { getPublicSSH: { value: () => by } }) as ParsedKey;
    inner.sign(known, data, { hash: 'sha512' }, (error, signature) =>
      heard(error, signature && asSshSignature(signature, certificate.key.type)),
    );
  };
  return new ChosenAgent();
}

function chosen(keys: readonly AgentKey[], choice: AgentChoice): AgentKey[] {
  const rank = (key: AgentKey): number => choice.first.indexOf(publicKey(key));
  const named = keys.filter((key) => rank(key) >= 0).sort((a, b) => rank(a) - rank(b));
  const all = choice.only ? named : [...named, ...keys.filter((key) => rank(key) < 0)];
  return choice.sha512 ? all.map(bare).filter(isRsa).map(withSha512) : all;
}

const isRsa = (key: AgentKey): key is ParsedKey => (key as ParsedKey).type === 'ssh-rsa';

function publicKey(key: AgentKey): string {
  const parsed = ssh2.utils.parseKey(bare(key) as Buffer);
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  return first === undefined || first instanceof Error ? '' : first.getPublicSSH().toString('base64');
}

const bare = (key: AgentKey): AgentKey =>
  typeof key === 'object' && 'pubKey' in key ? ((key as PublicKeyEntry).pubKey as AgentKey) : key;
