/** What people and programs may ask of a watch, and do there. Errors of the catalogue become answers in replies.ts. */
import type { Actor } from '../../audit/index.ts';
import { fail } from '../../errors.ts';
import { setFlag } from '../../flags/index.ts';
import { pausedNow, pauseAll, unpauseAll } from '../../guard/index.ts';
import {
  changeIncident,
  getIncident,
  incidentData,
  isOver,
  listIncidents,
  silence,
  silences,
} from '../../incidents/index.ts';
import type { Clock, Log, Store } from '../../ports/ports.ts';
import { noteHeartbeat } from '../../probes/index.ts';
import { parseDuration } from '../../shared/text/units.ts';
import type { Config } from '../../config/types.ts';
import type { Watch } from '../engine/watch.ts';
import { summaryOf } from '../engine/summary.ts';
import { haproxyServers, prometheusTargets } from './discovery.ts';
import { metricsOf } from './metrics.ts';

interface ApiPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export class WatchApi {
  readonly #config: Config;
  readonly #watch: Watch;
  readonly #ports: ApiPorts;

  constructor(config: Config, watch: Watch, ports: ApiPorts) {
    this.#config = config;
    this.#watch = watch;
    this.#ports = ports;
  }

  get #app(): string {
    return this.#config.app;
  }

  /** Whether this process works; nothing of what it sees. */
  health(): { readonly app: string; readonly leads: boolean; readonly blind: boolean } {
    return { app: this.#app, leads: this.#watch.leadership.leads, blind: this.#watch.isBlind };
  }

  metrics(): string {
    return metricsOf(this.#app, this.#watch);
  }

  prometheusTargets(): object {
    return prometheusTargets(this.#config);
  }

  haproxyServers(): string {
    return haproxyServers(this.#config);
  }

  /** Everything that a board shows. */
  async state(): Promise<object> {
    const { store, clock } = this.#ports;
    const now = clock.now();
    const { data, text } = summaryOf({
      targets: this.#watch.checks.targets,
      incidents: this.#watch.watcher.incidents.all,
      leads: this.#watch.leadership.leads,
    });
    const [quiet, paused] = await Promise.all([silences(this.#app, now, store), pausedNow(this.#app, store)]);
    const sentence = text.split('\n').at(-1) ?? '';
    return {
      app: this.#app,
      at: now,
      sentence,
      ...data,
      silences: quiet,
      paused,
      blind: this.#watch.isBlind,
    };
  }

  async incidents(all: boolean): Promise<object> {
    const found = await listIncidents(this.#app, all, this.#ports);
    return { incidents: found.filter((one) => all || !isOver(one)).map(incidentData) };
  }

  async incident(id: string): Promise<object> {
    return incidentData(await getIncident(this.#app, id, this.#ports));
  }

  async acknowledge(id: string, lasts: string | null, by: string): Promise<object> {
    const until = lasts === null ? null : this.#ports.clock.now() + durationOf(lasts);
    const { incident } = await changeIncident(this.#app, id, { is: 'acknowledged', by, until }, this.#ports);
    return incidentData(incident);
  }

  async resolve(id: string, by: string): Promise<object> {
    const { incident } = await changeIncident(this.#app, id, { is: 'resolved', by }, this.#ports);
    return incidentData(incident);
  }

  async silence(of: string | null, lasts: string | null, reason: string | null, by: string): Promise<object> {
    if (of === null || lasts === null || reason === null)
      throw wrong('a silence needs "rule" or "target", "for" and "reason"');
    const since = this.#ports.clock.now();
    return silence(this.#app, { of, by, reason, since, until: since + durationOf(lasts) }, this.#ports.store);
  }

  async flag(name: string, state: string, by: string): Promise<object> {
    const { outcome, flag, was } = await setFlag(
      { app: this.#app, name, state, actor: actorOf(by) },
      this.#ports,
    );
    return { outcome, ...flag, was };
  }

  async pause(reason: string | null, by: string): Promise<object> {
    if (reason === null) throw wrong('a pause needs a "reason"');
    return pauseAll(this.#app, reason, actorOf(by), this.#ports);
  }

  async unpause(reason: string | null, by: string): Promise<object> {
    if (reason === null) throw wrong('it needs a "reason"');
    return { was: await unpauseAll(this.#app, reason, actorOf(by), this.#ports) };
  }

  /** Only of targets that wait for one: whoever may send heartbeats fills no store. */
  async beat(name: string): Promise<object> {
    const known = this.#watch.checks.targets.some(
      ({ subject }) => subject.name === name && subject.probe?.kind === 'heartbeat',
    );
    if (!known) throw fail('heartbeat-unknown', { name });
    const at = this.#ports.clock.now();
    await noteHeartbeat(this.#ports.store, this.#app, name, at);
    return { name, at };
  }
}

const actorOf = (name: string): Actor => ({ name, url: '' });
const wrong = (reason: string): Error => fail('usage', { reason, step: 'watch' });

function durationOf(text: string): number {
  const found = parseDuration(text);
  if (found === null || found === 0) throw wrong(`"for" is a duration like 30m, not "${text.slice(0, 40)}"`);
  return found;
}
