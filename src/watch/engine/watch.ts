/** The watch: targets are asked, rules judge, the leader tells. */
import type { Config, WatchConfig, WatchSubject } from '../../config/types.ts';
import { isCanopyError } from '../../errors.ts';
import { actsOf, openingOf, peopleOf, type IncidentFile, type Surroundings } from '../../incidents/index.ts';
import type { Clock, Log, Random, Store } from '../../ports/ports.ts';
import { samplesOf, TargetChecks, type CheckedTarget, type Probe, type Uplink } from '../../probes/index.ts';
import { Readings, rulesOf, type WatchedRule } from '../../rules/index.ts';
import { every, WakeablePause } from '../../shared/time.ts';
import type { SampleFeed } from './feeds.ts';
import { noFacts, readFacts, type StoreFacts } from './store-facts.ts';
import { Leadership } from './leadership.ts';
import { Lookout } from './lookout.ts';
import { mutedBecause } from './muted.ts';
import { loadRuleStates, saveRuleStates } from './rule-states.ts';
import { Watcher, type Hands } from './watcher.ts';

/** How often everything is looked at when nothing has changed: ladders go by the clock. */
const LOOK_MS = 1000;
/** How often silences, deploys and what people have changed are read. */
const FACTS_MS = 2000;
/** How often all incidents are read again. */
const RELOAD_MS = 30_000;
/** What was sent so lately counts to a budget at the most. */
const TOLD_MS = 24 * 3_600_000;

interface WatchSetup {
  readonly config: Config;
  readonly watch: WatchConfig;
  readonly subjects: readonly WatchSubject[];
  readonly openProbe: (subject: WatchSubject, onBroken: () => void) => Probe;
  readonly hands: (watch: Watch) => Hands;
  /** What it needs to be up itself. */
  readonly needs: (target: string) => readonly string[];
  /** Settles messages that a former leader may have sent: at the beginning of a term, and now and then. */
  readonly recover: () => Promise<void>;
  readonly feeds: readonly SampleFeed[];
  /** This machine's own way out. */
  readonly uplink: Uplink;
  readonly file: IncidentFile;
  /** Of this machine, for people. */
  readonly host: string;
}

interface EnginePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export class Watch {
  readonly rules: readonly WatchedRule[];
  readonly readings = new Readings();
  readonly checks: TargetChecks;
  readonly leadership: Leadership;
  readonly watcher: Watcher;
  readonly #setup: WatchSetup;
  readonly #ports: EnginePorts;
  readonly #pause = new WakeablePause();
  readonly #down = new Set<string>();
  #facts: StoreFacts = noFacts;
  readonly #lookout: Lookout;

  constructor(setup: WatchSetup, ports: EnginePorts) {
    const { config, watch, subjects, openProbe, host, file } = setup;
    this.#setup = setup;
    this.#ports = ports;
    this.rules = rulesOf(config);
    this.#lookout = new Lookout(config, subjects, watch.timeoutMs, setup.uplink, ports.log);
    this.leadership = new Leadership(config.app, host, ports);
    this.checks = new TargetChecks({
      subjects,
      times: watch,
      clock: ports.clock,
      log: ports.log,
      openProbe,
      onChecked: (target, before, at) => this.#onChecked(target, before.state, at),
    });
    this.watcher = new Watcher(
      {
        app: config.app,
        rules: this.rules.map(({ rule }) => rule),
        openings: new Map(
          this.rules.map(({ config: rule }) => [rule.name, openingOf(rule, actsOf(rule), config)]),
        ),
        readings: this.readings,
        hands: setup.hands(this),
        around: (now) => this.around(now),
        leads: () => this.leadership.leads,
        file,
      },
      ports,
    );
  }

  /** It sees nothing at all, and its own way out is gone. */
  get isBlind(): boolean {
    return this.#lookout.isBlind;
  }

  get facts(): StoreFacts {
    return this.#facts;
  }

  #onChecked(target: CheckedTarget, was: string, at: number): void {
    const { subject, state, last } = target;
    if (last === null) return;
    // Three checks that did not come: nothing is known any more.
    const goodForMs = 3 * (subject.everyMs ?? this.#setup.watch.everyMs) + this.#setup.watch.timeoutMs;
    for (const sample of samplesOf(subject.name, last, state, at)) this.readings.add(sample, goodForMs);
    if (state.state === was) return;
    if (state.state === 'down') this.#down.add(subject.name);
    else this.#down.delete(subject.name);
    this.#pause.wake();
  }

  around(now: number): Surroundings {
    const { config, needs } = this.#setup;
    const { silences, deploying } = this.#facts;
    const told = this.watcher.incidents.all
      .flatMap(({ deliveries }) => deliveries)
      .filter(({ at }) => now - at < TOLD_MS);
    const facts = { silences, deploying, needs, down: this.#down, blind: this.isBlind };
    return {
      people: peopleOf(config.people, told, meansOf(config)),
      muted: (target, rule) => mutedBecause(rule, target, facts),
    };
  }

  /** Until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const { feeds, uplink } = this.#setup;
    this.checks.start();
    try {
      await Promise.all([
        this.leadership.keep(() => this.#begin(), signal),
        every(clock, FACTS_MS, () => this.#whileStore('facts', () => this.#read()), signal),
        every(
          clock,
          RELOAD_MS,
          () => this.#whileStore('incidents', () => this.watcher.incidents.load()),
          signal,
          RELOAD_MS,
        ),
        every(clock, RELOAD_MS, () => this.#whileStore('messages', () => this.#recover()), signal, RELOAD_MS),
        ...feeds.map((feed) => every(clock, feed.everyMs, () => this.#feed(feed), signal)),
        this.#look(signal),
      ]);
    } finally {
      this.checks.stop();
      uplink.close();
      await this.leadership.leave().catch(() => undefined);
    }
  }

  /** One pass, by the state in the store; false: another one leads, and this one has only looked. */
  async once(): Promise<boolean> {
    const { clock } = this.#ports;
    if (!(await this.leadership.renew())) {
      await Promise.all([this.watcher.incidents.load(), this.checks.once()]);
      this.checks.stop();
      return false;
    }
    try {
      await this.#begin();
      await this.#read();
      await this.checks.once();
      for (const feed of this.#setup.feeds) await this.#feed(feed);
      await this.#lookout.look(this.checks.targets);
      await this.watcher.look();
      // What it has begun to tell is told to its end.
      await this.watcher.settled(clock);
      await this.#save();
      return true;
    } finally {
      this.checks.stop();
      await this.leadership.leave();
    }
  }

  async #begin(): Promise<void> {
    const { config, recover } = this.#setup;
    await this.watcher.incidents.load();
    this.watcher.board.restore(await loadRuleStates(config.app, this.#ports));
    await recover();
  }

  async #read(): Promise<void> {
    const { config, subjects } = this.#setup;
    this.#facts = await readFacts(config, subjects, this.#ports);
    await this.watcher.incidents.refresh();
  }

  async #recover(): Promise<void> {
    if (this.leadership.leads) await this.#setup.recover();
  }

  async #feed({ name, everyMs, read }: SampleFeed): Promise<void> {
    await this.#whileStore(name, async () => {
      for (const sample of await read()) this.readings.add(sample, 3 * everyMs + this.#setup.watch.timeoutMs);
    });
  }

  #save(): Promise<void> {
    return saveRuleStates(this.#setup.config.app, this.watcher.board.states, this.#ports.store);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    while (!signal.aborted) {
      await this.#lookout.look(this.checks.targets);
      await this.#whileStore('the look', () => this.watcher.look());
      if (this.leadership.leads) await this.#whileStore('the states of rules', () => this.#save());
      await this.#pause.sleep(clock, LOOK_MS, signal);
    }
  }

  /** A store that is away stops nothing: it is told once, and once more when it is back. */
  async #whileStore(what: string, work: () => Promise<void>): Promise<void> {
    const { log } = this.#ports;
    try {
      await work();
      if (this.#away.delete(what)) log.info(`${what}: the store is back`);
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      if (!this.#away.has(what)) log.warn(`${what}: ${error.message}`);
      this.#away.add(what);
    }
  }
  readonly #away = new Set<string>();
}

/** By what one can tell somebody at all. */
const meansOf = ({ messages }: Config): string[] => [
  ...(messages.twilio === null ? [] : ['call', 'sms']),
  ...(messages.mail === null ? [] : ['mail']),
];
