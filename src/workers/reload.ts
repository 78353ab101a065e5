/** A reload that is under way, for everybody who waits for its end. */
export class Reload {
  /** Null when all were replaced, else what is wrong. */
  readonly promise: Promise<string | null>;
  #done: (wrong: string | null) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => (this.#done = resolve));
  }

  end(wrong: string | null): void {
    this.#done(wrong);
  }
}
