/** The certificates of one host: which files and which agent hold one, and which key signs for each. */
import { existsSync } from 'node:fs';
import type { ParsedKey } from 'ssh2';
import { isCanopyError } from '../../../errors.ts';
import type { AgentCertificate } from './agent.ts';
import { heldBy } from './agent-holds.ts';
import { certificateOf, kindOfBlob, withCertificate, type Certificate } from './certificate.ts';
import { readText } from '../config/text-file.ts';
import { publicKeyIn } from './key-file.ts';

interface CertificateInput {
  /** CertificateFile: named, or none. */
  readonly named: readonly string[];
  /** Files of keys, beside which one may stand. */
  readonly files: readonly string[];
  readonly keys: readonly ParsedKey[];
  readonly agent: string | null;
  /** Public keys (base64) that the agent may be asked by; null: any. */
  readonly only: readonly string[] | null;
  readonly now: number;
  readonly noted: (text: string) => void;
}

interface FoundCertificates {
  readonly keys: readonly ParsedKey[];
  readonly agent: readonly AgentCertificate[];
  /** For people: those that are offered, and those that are not, each with the reason. */
  readonly offered: readonly string[];
  readonly left: readonly string[];
}

/** Of each its file, or the agent that holds it. */
interface LocatedCertificate {
  readonly where: string;
  readonly certificate: Certificate;
  readonly inAgent: boolean;
}

export async function findCertificates(input: CertificateInput): Promise<FoundCertificates> {
  const held = input.agent === null ? [] : await heldBy(input.agent);
  const left: string[] = [];
  const all = [...inFiles(input, left), ...inAgent(input, held, left)];
  const keys: ParsedKey[] = [];
  const agent: AgentCertificate[] = [];
  const offered: string[] = [];
  for (const { where, certificate, inAgent: isHeld } of all) {
    const why = whyNot(certificate, input.now);
    const plain = certificate.key.getPublicSSH();
    const key = input.keys.find((one) => one.getPublicSSH().equals(plain));
    const by = held.find((blob) => blob.equals(plain)) ?? (isHeld ? certificate.blob : undefined);
    if (why !== null) left.push(`${where} (${why})`);
    else if (key !== undefined) keys.push(withCertificate(key, certificate));
    else if (by !== undefined) agent.push({ certificate, by });
    else left.push(`${where} (its key is in no file and in no agent)`);
    if (why === null && (key ?? by) !== undefined) offered.push(where);
  }
  return { keys, agent, offered, left };
}

function inFiles({ named, files, noted }: CertificateInput, left: string[]): LocatedCertificate[] {
  const usual = files.map((file) => `${file}-cert.pub`).filter(existsSync);
  return [...new Set([...named, ...usual])].flatMap((file) => {
    try {
      const text = publicKeyIn(readText(file, !named.includes(file)) ?? '');
      const certificate = text === null ? null : certificateOf(Buffer.from(text, 'base64'));
      if (certificate !== null) return [{ where: `the certificate ${file}`, certificate, inAgent: false }];
      left.push(`${file} (no certificate of an RSA, ECDSA or Ed25519 key)`);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      noted(error.message);
      left.push(error.message);
    }
    return [];
  });
}

/** What it holds beside keys. */
function inAgent(
  { agent, only }: CertificateInput,
  held: readonly Buffer[],
  left: string[],
): LocatedCertificate[] {
  return held.flatMap((blob) => {
    const kind = kindOfBlob(blob);
    if (!/^sk-|-cert-v01@/.test(kind)) return [];
    const certificate = certificateOf(blob);
    const where = `a certificate in the agent at ${agent}`;
    if (certificate === null)
      left.push(`${kind} in the agent at ${agent} (a security token, which Canopy cannot ask)`);
    else if (only === null || only.includes(certificate.key.getPublicSSH().toString('base64')))
      return [{ where, certificate, inAgent: true }];
    return [];
  });
}

function whyNot({ isHost, from, until }: Certificate, now: number): string | null {
  if (isHost) return 'it is one of a host';
  if (now >= until) return `it has ended ${new Date(until).toISOString()}: get a new one`;
  return now < from ? `it begins ${new Date(from).toISOString()}` : null;
}
