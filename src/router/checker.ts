/** Asks every instance at its interval whether it is well. */
import { Agent, get } from 'node:http';
import type { Clock } from '../ports.ts';
import type { Fleet, Member } from './fleet.ts';

export interface Check {
  readonly path: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

/** Checks until the signal. Resolves when each instance has been asked once, or after one interval. */
export async function startChecks(
  fleet: Fleet,
  check: Check,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  signal.addEventListener('abort', () => agent.destroy(), { once: true });
  const first = fleet.members.map((member) => {
    const asked = once(fleet, member, check, agent, signal);
    void asked.then(() => watch(fleet, member, check, agent, clock, signal));
    return asked;
  });
  const known = new AbortController();
  const all = Promise.all(first).then(() => known.abort());
  await Promise.race([all, clock.sleep(check.everyMs, AbortSignal.any([known.signal, signal]))]);
  // From here on what the disk remembered counts no more.
  for (const member of fleet.members) member.hinted = false;
}

async function watch(
  fleet: Fleet,
  member: Member,
  check: Check,
  agent: Agent,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(check.everyMs, signal);
    if (!signal.aborted) await once(fleet, member, check, agent, signal);
  }
}

async function once(
  fleet: Fleet,
  member: Member,
  check: Check,
  agent: Agent,
  signal: AbortSignal,
): Promise<void> {
  const answer = await ask(member, check, agent);
  // A kept connection that the server had closed says nothing about the instance.
  const ok = answer === 'stale' ? (await ask(member, check, false)) === true : answer === true;
  if (!signal.aborted) fleet.checked(member, ok);
}

function ask(member: Member, check: Check, agent: Agent | false): Promise<boolean | 'stale'> {
  const { host, port } = member.upstream;
  return new Promise((resolve) => {
    const request = get({ host, port, path: check.path, agent, headers: { 'user-agent': 'canopy-router' } });
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), check.timeoutMs);
    request.once('close', () => clearTimeout(timer));
    request.once('response', (response) => {
      const status = response.statusCode ?? 0;
      // The verdict waits for the whole answer, or the connection could not be used again.
      response.resume().once('close', () => resolve(response.complete && status >= 200 && status < 300));
      response.on('error', () => resolve(false));
    });
    request.on('error', () => resolve(request.reusedSocket ? 'stale' : false));
  });
}
