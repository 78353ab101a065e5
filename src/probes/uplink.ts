/** Whether this machine itself can reach the others: a watcher that cannot is blind, and pages nobody. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { subjectsOf } from '../config/rules/subjects.ts';
import type { Config, WatchSubject } from '../config/types.ts';
import { codeOf } from '../shared/system/error-code.ts';
import { isLoopback } from '../shared/url/loopback.ts';
import type { Probe } from './kinds/check.ts';
import { gatewayIn, isHeard } from './gateway.ts';
import { hostsOf } from './needs.ts';

/** `none`: there is nobody who could be asked. */
type UplinkState = 'answers' | 'failed' | 'none';

/** All that are outside of this machine fail, and its own way out fails too. Whatever else is red then is a true outage. Pure. */
export const isBlind = (outside: readonly { readonly ok: boolean | null }[], uplink: UplinkState): boolean =>
  uplink === 'failed' && outside.length > 0 && outside.every(({ ok }) => ok === false);

/** Addresses of this machine. */
const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));

/** Whether it is elsewhere: a target on this machine says nothing about the way out. */
export function isOutside(
  subject: WatchSubject,
  config: Config,
  own: readonly string[] = ownAddresses(),
): boolean {
  if (subject.probe === null || subject.probe.kind === 'command' || subject.probe.kind === 'heartbeat')
    return false;
  return hostsOf({ ...subject, instance: null }, config).some(
    (host) => host !== '' && !isLoopback(host) && !own.includes(host),
  );
}

/** What is asked when `watch.uplink` names nothing, beside the gateway: the store, where it is on another machine. */
export const usualUplink = (config: Config): WatchSubject[] =>
  subjectsOf(config).filter((one) => one.name === 'store' && isOutside(one, config));

export class Uplink {
  readonly #probes: readonly Probe[];
  readonly #asksGateway: boolean;
  /** Once there was one its loss is a fault: with the cable the route goes, too. */
  #gateway: string | null = null;

  /** `asksGateway`: where `watch.uplink` names nothing. */
  constructor(probes: readonly Probe[], asksGateway: boolean) {
    this.#probes = probes;
    this.#asksGateway = asksGateway;
  }

  /** One answer is proof enough. */
  async ask(timeoutMs: number): Promise<UplinkState> {
    const asked = this.#probes.map(async (probe) => (await probe.check(timeoutMs)).ok === true);
    if (this.#asksGateway) {
      this.#gateway = gatewayIn(await textOf('/proc/net/route')) ?? this.#gateway;
      if (this.#gateway !== null) asked.push(answers(this.#gateway, timeoutMs));
    }
    if (asked.length === 0) return 'none';
    return (await Promise.all(asked)).includes(true) ? 'answers' : 'failed';
  }

  close(): void {
    for (const probe of this.#probes) probe.close();
  }
}

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** A gateway that lets nobody in has to answer for its address all the same, or nothing gets to it. */
async function answers(address: string, timeoutMs: number): Promise<boolean> {
  const code = await new Promise<string>((resolve) => {
    const socket = connect({ host: address, port: 53 });
    const timer = setTimeout(() => settle('late'), timeoutMs);
    const settle = (how: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(how);
    };
    socket.once('connect', () => settle('open'));
    socket.once('error', (error) => settle(codeOf(error)));
  });
  if (['open', 'ECONNREFUSED', 'ECONNRESET'].includes(code)) return true;
  return code === 'late' && isHeard(await textOf('/proc/net/arp'), address);
}
