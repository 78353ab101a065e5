/** The workers of a primary, in the order of their numbers, and when the next one may be started. */
import type { WorkerHandle } from './worker-handle.ts';
import { LIVED_MS, pauseAfter } from './supervise.ts';

export class WorkerSet {
  readonly #members = new Map<number, WorkerHandle>();
  #next = 1;
  #deaths = 0;
  /** No worker is started before this time, in milliseconds since the epoch. */
  startAt = 0;

  get size(): number {
    return this.#members.size;
  }

  get all(): WorkerHandle[] {
    return [...this.#members.values()];
  }

  /** Those who serve. */
  get ready(): WorkerHandle[] {
    return this.all.filter(({ state }) => state === 'ready');
  }

  /** A number that no worker has had. */
  number(): number {
    const number = this.#next;
    this.#next += 1;
    return number;
  }

  find(number: number): WorkerHandle | undefined {
    return this.#members.get(number);
  }

  add(member: WorkerHandle): void {
    this.#members.set(member.number, member);
  }

  remove(member: WorkerHandle): void {
    this.#members.delete(member.number);
  }

  /** All others that hear what is asked. */
  others(than: WorkerHandle): WorkerHandle[] {
    return this.all.filter((one) => one !== than && one.joined);
  }

  /** One has ended that nobody told to: after some in a row the next start waits. */
  died({ since }: WorkerHandle, now: number): void {
    this.#deaths = now - since >= LIVED_MS ? 1 : this.#deaths + 1;
    this.startAt = now + pauseAfter(this.#deaths);
  }
}
