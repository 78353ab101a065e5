/** Asks a server for what shows whether it is our release that answers. */
import type { Effect } from '../../commands/core/command.ts';
import type { ReleaseFiles } from '../../commands/release/release-folder.ts';
import { runtimeOf } from '../../commands/runtime.ts';
import { errorLine } from '../../shared/text/error-line.ts';
import type { Instance } from '../../config/types.ts';
import type { Host } from '../../ports/ports.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { ended, type ServiceName } from './ended.ts';
import { readProof, readState } from './proof-facts.ts';
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
  const command = runtimeOf(instance).proof({ name: isAddress(target) ? '' : target, port });
  const title = `look whose process answers for ${release.id}`;
  const ran = await host.run({ command, effect, title, timeoutMs: 60_000 });
  if (ran.assumed) return null;
  const facts = readProof(ran.stdout);
  if (facts !== null) return decideProof(question, facts);
  const said = errorLine(ran) ?? `exit code ${ran.code}`;
  return { unproven: `the server does not tell whose process it is: ${said}`, final: true };
}

/** Why the service cannot answer any more, whatever is waited for; null while it may. */
export async function whyEnded(instance: Instance, host: Host): Promise<string | null> {
  const command = runtimeOf(instance).state();
  if (command === null) return null;
  const title = 'ask whether the service has ended';
  const ran = await host.run({ command, effect: 'check', title, timeoutMs: 30_000 });
  return ran.assumed || ran.code !== 0 ? null : ended(nameOf(instance), readState(ran.stdout));
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
