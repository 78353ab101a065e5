/**
 * Keeps workers running: opens the listening sockets and never uses them, starts workers, replaces those that end, and
 * passes on what they say to each other. It knows nothing of what they do, so it hardly ever has to be changed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../errors.ts';
import type { Clock, Log } from '../ports/ports.ts';
import { WorkerSet } from './worker-set.ts';
import { Dispatcher } from './connections/dispatcher.ts';
import { RetainedAnswers, type RetainedQuestion } from './retained-answers.ts';
import { limits } from './limits.ts';
import { newMember, type WorkerHandle } from './worker-handle.ts';
import { startProcess, type WorkerListener, type Program } from './process.ts';
import { Relay } from './relay.ts';
import { Reload } from './reload.ts';
import type { Sockets } from './connections/sockets.ts';
import { isRenewed, nextAction, type WorkerSetFacts } from './supervise.ts';
import { chooseLeader } from './leader.ts';

interface PrimarySetup {
  readonly program: Program;
  readonly workers: number;
  readonly sockets: Sockets;
  /** A worker that is told to stop has so long. */
  readonly graceMs: number;
  readonly keep: RetainedQuestion;
  /** Hears the last words of each worker. */
  readonly ended: (body: unknown) => void;
  /** All serve. */
  readonly serving?: () => void;
}

export class Primary {
  readonly #setup: PrimarySetup;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #workerSet = new WorkerSet();
  readonly #relay: Relay;
  readonly #dispatcher = new Dispatcher(() => this.#workerSet.ready);
  readonly #kept: RetainedAnswers;
  readonly #stop = new AbortController();
  #wanted: number;
  #generation = 1;
  #lead = 0;
  #served = false;
  #reload: Reload | null = null;
  #timer: NodeJS.Timeout | undefined;
  #over: (error: Error | null) => void = () => undefined;

  constructor(setup: PrimarySetup, clock: Clock, log: Log) {
    this.#setup = setup;
    this.#clock = clock;
    this.#log = log;
    this.#wanted = setup.workers;
    this.#kept = new RetainedAnswers(setup.keep);
    this.#relay = new Relay(limits, {
      kill: (number) => this.#kill(number, 'it does not answer'),
      kept: (what) => this.#kept.answer(what),
      heard: (number, what, body) => this.#kept.record(this.#workerSet.find(number), what, body),
    });
  }

  /** Runs until the signal, then until every worker has ended. Throws `router-worker` when none comes up at the start. */
  async run(signal: AbortSignal): Promise<void> {
    const over = new Promise<Error | null>((resolve) => (this.#over = resolve));
    signal.addEventListener('abort', () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
    this.#tend();
    const error = await over;
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#setup.sockets.keep([]);
    if (error !== null) throw error;
  }

  /** Replaces all workers, one after the other. Resolves with null, or with what is wrong: then the old ones go on. */
  reload(): Promise<string | null> {
    if (this.#reload !== null) return this.#reload.promise;
    if (this.#stop.signal.aborted || !this.#served) return Promise.resolve('it is starting or stopping');
    const reload = (this.#reload = new Reload());
    this.#generation += 1;
    this.#workerSet.startAt = 0;
    this.#log.info('reload: new workers take over, one after the other');
    this.#tend();
    return reload.promise;
  }

  /** Asks every worker that serves, and waits for no answer. */
  tell(what: string): void {
    for (const { joined, process } of this.#workerSet.all)
      if (joined) process.send({ kind: 'asked', id: 0, what, body: null });
  }

  #facts(): WorkerSetFacts {
    return {
      workers: this.#workerSet.all,
      wanted: this.#wanted,
      generation: this.#generation,
      now: this.#clock.now(),
      startAt: this.#workerSet.startAt,
    };
  }

  #tend(): void {
    clearTimeout(this.#timer);
    while (!this.#stop.signal.aborted) {
      const action = nextAction(this.#facts());
      if (action.kind === 'none') break;
      if (action.kind === 'wait') {
        this.#timer = setTimeout(() => this.#tend(), Math.max(1, action.until - this.#clock.now()));
        break;
      }
      if (action.kind === 'start') this.#start();
      else this.#dismiss(action.number, this.#setup.graceMs);
    }
    this.#choose();
    this.#dispatcher.flush();
    if (!isRenewed(this.#facts())) return;
    if (!this.#served) this.#setup.serving?.();
    this.#served = true;
    if (this.#reload === null) return;
    this.#log.info('reload: done');
    this.#finishReload(null);
  }

  #start(): void {
    const number = this.#workerSet.number();
    const process = startProcess(this.#setup.program, number, {
      heard: (message) => void this.#hear(member, message),
      ended: (how) => this.#gone(member, how),
    });
    const member = newMember(number, this.#generation, process, this.#clock.now());
    this.#workerSet.add(member);
    void sleep(limits.startMs, undefined, { ref: false, signal: this.#stop.signal }).then(
      () => member.state === 'starting' && this.#kill(number, 'it does not come up'),
      () => undefined,
    );
  }

  async #hear(member: WorkerHandle, message: WorkerListener): Promise<void> {
    switch (message.kind) {
      case 'socket': {
        const { name, place, dealt } = message;
        try {
          const handle = await this.#setup.sockets.get(name, place);
          if (dealt)
            this.#setup.sockets.accept(handle, (connection) => this.#dispatcher.dispatch(connection));
          member.sockets.push({ name, place });
          member.send({ kind: 'socket', name, error: null }, handle);
        } catch (error) {
          member.send({ kind: 'socket', name, error: (error as Error).message });
        }
        return;
      }
      case 'took':
        return this.#dispatcher.took(member.number, message.taken, message.holds);
      case 'joined':
        member.joined = true;
        return;
      case 'ready':
        // Told to stop in between: it does, as soon as it hears that.
        if (member.state === 'starting') member.state = 'ready';
        if (member.generation === this.#generation && message.workers > 0) this.#wanted = message.workers;
        return this.#tend();
      case 'ask':
        return this.#relay.ask(member, message, this.#workerSet.others(member));
      case 'answer':
        return this.#relay.answered(member.number, message.id, message.body);
      case 'ended':
        return this.#setup.ended(message.body);
    }
  }

  #gone(member: WorkerHandle, how: string): void {
    this.#workerSet.remove(member);
    this.#relay.gone(member.number, (what) => this.#kept.lastOf(member, what));
    this.#dispatcher.gone(member.number);
    if (this.#lead === member.number) this.#lead = 0;
    this.#kept.ended(member);
    if (this.#stop.signal.aborted) {
      if (this.#workerSet.size === 0) this.#over(null);
      return;
    }
    if (member.state !== 'stopping') this.#mourn(member, how);
    this.#tend();
  }

  /** A worker that nobody told to end has ended. */
  #mourn(member: WorkerHandle, how: string): void {
    this.#workerSet.died(member, this.#clock.now());
    const lost = member.state === 'ready' ? ': the requests that it had in flight are lost' : '';
    this.#log.warn(`worker ${member.number} ended by itself (${how})${lost}`);
    if (!this.#served && member.state === 'starting') {
      this.#stop.abort();
      for (const one of this.#workerSet.all) one.process.kill();
      this.#over(fail('router-worker', { how }));
    } else if (this.#reload !== null && member.state === 'starting') {
      // What runs goes on: it is the present generation from now on.
      for (const one of this.#workerSet.all) one.generation = this.#generation;
      this.#log.warn('reload: given up; the workers that were there go on');
      this.#finishReload(`a new worker did not come up (${how})`);
    }
  }

  #finishReload(wrong: string | null): void {
    // Where the old workers listened, or those that did not come up, nobody does now. With none left all stay open.
    const used = this.#workerSet.ready.flatMap(({ sockets }) => sockets);
    if (used.length > 0) this.#setup.sockets.keep(used);
    const reload = this.#reload;
    this.#reload = null;
    reload?.end(wrong);
  }

  #dismiss(number: number, lingerMs: number): void {
    const member = this.#workerSet.find(number);
    if (member === undefined || member.state === 'stopping') return;
    member.state = 'stopping';
    member.send({ kind: 'stop', lingerMs });
    void sleep(this.#setup.graceMs + limits.lateMs, undefined, { ref: false }).then(() =>
      this.#kill(number, 'it does not end'),
    );
  }

  #choose(): void {
    const leader = chooseLeader(this.#lead, this.#workerSet.ready);
    if (leader === null) return;
    this.#lead = leader.number;
    leader.send({ kind: 'lead' });
  }

  #kill(number: number, why: string): void {
    const member = this.#workerSet.find(number);
    if (member === undefined) return;
    this.#log.warn(`worker ${number} is killed: ${why}`);
    member.process.kill();
  }

  #end(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    this.#finishReload('it is stopping');
    const linger = this.#setup.sockets.outlive ? limits.lingerMs : 0;
    // What nobody has accepted yet is refused now rather than left hanging.
    this.#setup.sockets.keep([]);
    this.#dispatcher.end();
    for (const { number } of this.#workerSet.all) this.#dismiss(number, linger);
    if (this.#workerSet.size === 0) this.#over(null);
  }
}
