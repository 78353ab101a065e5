/** A program of the bench that runs. */
export interface Program {
  readonly pid: number;
  readonly port: number;
  /** SIGKILL, and waits. */
  kill(): Promise<void>;
}

/** What starts a program on the router's core, and waits until its port is open. */
export type Begin = (
  words: readonly string[],
  port: number,
  cores: string,
  more?: Readonly<Record<string, string>>,
) => Promise<Program>;
