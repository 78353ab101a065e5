/** The first SIGTERM or SIGINT starts the safe stop; Jenkins sends it again every few seconds, and that changes nothing. */
export interface Signals {
  readonly signal: AbortSignal;
  /** Stops listening. */
  close(): void;
}

export function listen(options: {
  onFirst: (name: string) => void;
  onDeadline: () => void;
  deadlineMs: number;
}): Signals {
  const controller = new AbortController();
  let first: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  const heard = (name: NodeJS.Signals): void => {
    if (first !== null) return;
    first = name;
    options.onFirst(name);
    timer = setTimeout(options.onDeadline, options.deadlineMs);
    controller.abort(new Error(name));
  };
  const names: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  for (const name of names) process.on(name, heard);
  return {
    signal: controller.signal,
    close: () => {
      clearTimeout(timer);
      for (const name of names) process.off(name, heard);
    },
  };
}
