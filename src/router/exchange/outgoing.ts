/** A request as it goes to an instance. */
export interface Outgoing {
  readonly path: string;
  readonly headers: string[];
  readonly body: boolean;
  /** A header has chosen the side. */
  readonly forced: boolean;
  /** A Set-Cookie header of ours for the client; null: it needs none. */
  readonly cookie: string | null;
}
