/** Asks a server for what shows whether it is our release that answers. */
import type { Effect } from '../../commands/core/command.ts';
import type { ReleaseFiles } from '../../commands/release/release-folder.ts';
import type { Instance } from '../../config/types.ts';
import type { Host } from '../../ports/ports.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { ended, type ServiceName } from './ended.ts';
import { runtimeOn } from '../runtime/runtimes.ts';
import { decideProof, type ProofQuestion, type ProofVerdict } from './proof.ts';
import { isAddress } from './reached.ts';

/** Null in a dry run: nobody was asked. */
export async function prove(
  instance: Instance,
  release: Omit<ReleaseFiles, 'path'>,
  host: Host,
  effect: Effect,
): Promise<ProofVerdict | null> {
  const question = questionOf(instance, release);
  const { host: target, port } = question;
  const name = isAddress(target) ? '' : target;
  const facts = await runtimeOn(instance, host).proof({ release: release.id, name, port }, effect);
  if (facts === null || !('silent' in facts)) return facts && decideProof(question, facts);
  return { unproven: `the server does not tell whose process it is: ${facts.silent}`, final: true };
}

/** Why the service cannot answer any more, whatever is waited for; null while it may. */
export async function whyEnded(instance: Instance, host: Host): Promise<string | null> {
  const state = await runtimeOn(instance, host).state();
  return state && ended(nameOf(instance), state);
}

function nameOf({ docker, service }: Instance): ServiceName {
  if (docker !== null) return { kind: 'container', name: 'the container' };
  return service.kind === 'commands'
    ? { kind: 'commands', name: 'the service' }
    : { kind: 'unit', name: `${service.unit}.service` };
}

function questionOf(instance: Instance, { id, foreign = false }: Omit<ReleaseFiles, 'path'>): ProofQuestion {
  const { health, url, driver } = instance;
  const { probe, from } = health;
  const service = { ...nameOf(instance), release: id, foreign, runs: probe.kind === 'running' };
  const unknown = { ...service, host: '127.0.0.1', port: null };
  if (probe.kind === 'tcp') return { ...unknown, port: probe.port };
  if (probe.kind !== 'http' || url === null) return unknown;
  const { hostname, port, protocol } = new URL(url);
  // What this machine asks at its own loopback is not on the server.
  const isOwn = from === 'agent' && driver !== 'local' && isLoopback(hostname.replace(/^\[|\]$/g, ''));
  return isOwn
    ? unknown
    : { ...service, host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}
