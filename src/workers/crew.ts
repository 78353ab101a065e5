/** The workers of a primary, in the order of their numbers, and when the next one may be started. */
import type { Member } from './member.ts';
import { LIVED_MS, pauseAfter } from './tend.ts';

export class Crew {
  readonly #members = new Map<number, Member>();
  #next = 1;
  #deaths = 0;
  /** No worker is started before this time, in milliseconds since the epoch. */
  startAt = 0;

  get size(): number {
    return this.#members.size;
  }

  get all(): Member[] {
    return [...this.#members.values()];
  }

  /** Those who serve. */
  get ready(): Member[] {
    return this.all.filter(({ state }) => state === 'ready');
  }

  /** A number that no worker has had. */
  number(): number {
    const number = this.#next;
    this.#next += 1;
    return number;
  }

  find(number: number): Member | undefined {
    return this.#members.get(number);
  }

  add(member: Member): void {
    this.#members.set(member.number, member);
  }

  remove(member: Member): void {
    this.#members.delete(member.number);
  }

  /** All others that hear what is asked. */
  others(than: Member): Member[] {
    return this.all.filter((one) => one !== than && one.joined);
  }

  /** One has ended that nobody told to: after some in a row the next start waits. */
  died({ since }: Member, now: number): void {
    this.#deaths = now - since >= LIVED_MS ? 1 : this.#deaths + 1;
    this.startAt = now + pauseAfter(this.#deaths);
  }
}
