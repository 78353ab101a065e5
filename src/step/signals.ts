/** The first SIGTERM, SIGINT or SIGHUP starts the safe stop; Jenkins sends it again every few seconds: that is answered, and changes nothing. */
export interface Signals {
  readonly signal: AbortSignal;
  /** Starts the safe stop for another reason. */
  stop(reason: string): void;
  /** The work has ended: the deadline falls away. A late signal is still heard, it must not end the program while it tells its result. */
  settle(): void;
}

interface SignalOptions {
  /** Hears the name of the first signal. */
  readonly onFirst: (name: string) => void;
  /** Hears of any further one: whoever sends it wants an answer. */
  readonly onAgain: (name: string) => void;
  /** The safe stop has taken longer than `deadlineMs`. */
  readonly onDeadline: () => void;
  readonly deadlineMs: number;
  /** Whether SIGHUP is such a signal. For a service without a terminal it is not: there it means to look at canopy.yml again. */
  readonly hangsUp: boolean;
}

export function listen(options: SignalOptions): Signals {
  const controller = new AbortController();
  let settled = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (reason: string): void => {
    if (settled || controller.signal.aborted) return;
    timer = setTimeout(options.onDeadline, options.deadlineMs);
    controller.abort(new Error(reason));
  };
  const heard = (name: NodeJS.Signals): void => {
    if (settled) return;
    if (controller.signal.aborted) return options.onAgain(name);
    options.onFirst(name);
    stop(name);
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, heard);
  // Until somebody listens to it, it must not end the program.
  process.on('SIGHUP', options.hangsUp ? heard : () => undefined);
  return {
    signal: controller.signal,
    stop,
    settle: () => {
      settled = true;
      clearTimeout(timer);
    },
  };
}
