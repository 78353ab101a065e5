/** Asks every instance at its interval whether it is well. */
import { Agent, get } from 'node:http';
import { atMost, every, inBackground, keepRunning, type LoopPorts } from '../../shared/time.ts';
import type { Fleet, FleetMember } from './fleet.ts';
import { messageOf } from '../../shared/text/thrown.ts';

interface Check {
  readonly path: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export interface Checks {
  /** Resolves when each instance of the beginning has been asked once, or after one interval. */
  readonly first: Promise<void>;
  /** Watches a new one from here on; resolves when it has been asked once. */
  watch(member: FleetMember): Promise<void>;
}

/** Checks every instance, until the signal or until the fleet has dropped it. */
export function openChecks(fleet: Fleet, check: Check, ports: LoopPorts, signal: AbortSignal): Checks {
  const { clock, log } = ports;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  signal.addEventListener('abort', () => agent.destroy(), { once: true });
  const watch = (member: FleetMember): Promise<void> => {
    const asked = once(fleet, member, check, agent, signal).catch((error: unknown) => {
      // One that cannot be asked is not known to be well.
      log.warn(`cannot be checked: ${messageOf(error)}`, member.name);
      fleet.checked(member, false);
    });
    const going = asked.then(() => keepRunning(`checking ${member.name}`, () => go(member), ports, signal));
    inBackground(`checking ${member.name}`, going, log);
    return asked;
  };
  return { first: beginning(), watch };

  async function beginning(): Promise<void> {
    await atMost(clock, check.everyMs, Promise.all(fleet.members.map(watch)), signal);
    // From here on what the disk remembered counts no more.
    for (const member of fleet.members) member.hinted = false;
  }

  async function go(member: FleetMember): Promise<void> {
    const look = async (): Promise<false | void> =>
      fleet.members.includes(member) && once(fleet, member, check, agent, signal);
    await every(clock, check.everyMs, look, signal, check.everyMs);
  }
}

async function once(
  fleet: Fleet,
  member: FleetMember,
  check: Check,
  agent: Agent,
  signal: AbortSignal,
): Promise<void> {
  const answer = await ask(member, check, agent);
  // A kept connection that the server had closed says nothing about the instance.
  const ok = answer === 'stale' ? (await ask(member, check, false)) === true : answer === true;
  if (!signal.aborted) fleet.checked(member, ok);
}

function ask(member: FleetMember, check: Check, agent: Agent | false): Promise<boolean | 'stale'> {
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
