/** Who goes where: gives each request its place. Requests of one client get the same one, whichever router they come to. */
import { shareOf, type TrafficState } from '../../traffic/index.ts';
import { readHints, type LookFor } from './request-hints.ts';
import { cookieFor, cookieName, hideCookie, slotIn, setCookie } from './sticky-cookie.ts';
import { FREE } from './arm.ts';
import { afterTurn, slotOfId, slotOfTurn } from './slot.ts';

export interface Assignment {
  /** 0 to 9999, or FREE, ALWAYS, NEVER. */
  readonly place: number;
  /** Our cookie came with the request: the instance is not to see it. */
  readonly came: boolean;
  /** The value of a new cookie for the client; null: it needs none. */
  readonly give: string | null;
}

const free: Assignment = { place: FREE, came: false, give: null };

interface AssignerSetup {
  readonly app: string;
  /** The header that overrides the split; `off`: none does. */
  readonly header: string;
  /** Where the sequence of new places begins: 32 bits. */
  readonly turn: number;
}

export class Assigner {
  readonly #app: string;
  readonly #cookie: string;
  #lookFor: LookFor;
  #turn: number;
  /** The first one signs; the others were valid before. */
  #keys: readonly Buffer[] = [];
  #mode: TrafficState['sticky'] = 'none';
  #salt = '';
  #isSplit = false;
  /** Cookies whose signature was found right. In a rollout there is one a place, so they are 10,000 at the most. */
  readonly #known = new Map<string, number>();
  /** Those that were signed here, by place. */
  readonly #signed = new Map<number, string>();

  constructor({ app, header, turn }: AssignerSetup) {
    this.#app = app;
    this.#cookie = cookieName(app);
    this.#lookFor = { cookie: this.#cookie, header: header === 'off' ? '' : header, id: null };
    this.#turn = turn;
  }

  /** Takes a state over. `held`: the canary gets nothing whatever the state says. */
  apply(state: TrafficState, held: boolean): void {
    this.#isSplit = !held && shareOf(state) > 0;
    if (state.sticky === this.#mode && state.salt === this.#salt) return;
    this.#mode = state.sticky;
    this.#salt = state.salt;
    const [from = '', name = ''] = state.sticky.split(':', 2);
    const id = name !== '' && (from === 'header' || from === 'cookie') ? ({ from, name } as const) : null;
    this.#lookFor = { ...this.#lookFor, id };
    this.#forget();
  }

  /**
   * Signs with the first key from here on; what was signed with the others is still believed, and signed anew. It is called
   * before the first request.
   */
  use(keys: readonly Buffer[]): void {
    this.#keys = keys;
    this.#forget();
  }

  /** The place for a request, from its raw headers. */
  of(raw: readonly string[]): Assignment {
    const { wish, cookies, id } = readHints(raw, this.#lookFor);
    const came = cookies.length > 0;
    if (wish !== FREE || !this.#isSplit || this.#mode === 'none')
      return came || wish !== FREE ? { place: wish, came, give: null } : free;
    if (this.#mode !== 'cookie')
      return { place: id === null ? FREE : slotOfId(this.#salt, id), came, give: null };
    for (const value of cookies) {
      const place = this.#read(value);
      if (place !== null) return place;
    }
    return this.#new(came);
  }

  /** Prepares headers for an instance; returns the Set-Cookie header for the client, null when it needs none. */
  dress({ came, give }: Assignment, headers: string[]): string | null {
    if (came) hideCookie(headers, this.#cookie);
    if (give === null) return null;
    // It is ours: what a client that is no trusted proxy says does not stand there.
    const at = headers.lastIndexOf('x-forwarded-proto');
    return setCookie(this.#app, give, at >= 0 && headers[at + 1]?.toLowerCase() === 'https');
  }

  #read(value: string): Assignment | null {
    const known = this.#known.get(value);
    if (known !== undefined) return { place: known, came: true, give: null };
    for (const [index, key] of this.#keys.entries()) {
      const place = slotIn(value, key, this.#app, this.#salt);
      if (place === null) continue;
      // Our own text of it: the one that came is a part of a whole head, and would keep all of that.
      if (index === 0) this.#known.set(this.#sign(place), place);
      return { place, came: true, give: index === 0 ? null : this.#sign(place) };
    }
    return null;
  }

  #new(came: boolean): Assignment {
    this.#turn = afterTurn(this.#turn);
    const place = slotOfTurn(this.#turn);
    return { place, came, give: this.#sign(place) };
  }

  #sign(place: number): string {
    const before = this.#signed.get(place);
    if (before !== undefined) return before;
    const [key] = this.#keys as [Buffer];
    const value = cookieFor(key, this.#app, this.#salt, place);
    this.#signed.set(place, value);
    return value;
  }

  #forget(): void {
    this.#known.clear();
    this.#signed.clear();
  }
}
