/** Whether this machine sees at all. When everything elsewhere fails at once it may be this one that has lost its way: then nobody is paged. */
import type { Config, WatchSubject } from '../../config/types.ts';
import type { Log } from '../../ports/ports.ts';
import { isBlind, isOutside, type CheckedTarget, type Uplink } from '../../probes/index.ts';

export class Lookout {
  /** Names of those that are elsewhere. */
  readonly #outside: ReadonlySet<string>;
  readonly #timeoutMs: number;
  readonly #uplink: Uplink;
  readonly #log: Log;
  isBlind = false;

  constructor(
    config: Config,
    subjects: readonly WatchSubject[],
    timeoutMs: number,
    uplink: Uplink,
    log: Log,
  ) {
    this.#outside = new Set(subjects.filter((one) => isOutside(one, config)).map(({ name }) => name));
    this.#timeoutMs = timeoutMs;
    this.#uplink = uplink;
    this.#log = log;
  }

  async look(targets: readonly CheckedTarget[]): Promise<void> {
    const outside = targets.filter(({ subject }) => this.#outside.has(subject.name));
    const asked = outside.map(({ last }) => ({ ok: last?.ok ?? null }));
    const was = this.isBlind;
    // Only then it costs a question.
    this.isBlind = isBlind(asked, 'failed') && isBlind(asked, await this.#uplink.ask(this.#timeoutMs));
    if (this.isBlind === was) return;
    if (this.isBlind) this.#log.warn('blind: nothing outside of this machine answers; nobody is told');
    else this.#log.info('sees again');
  }
}
