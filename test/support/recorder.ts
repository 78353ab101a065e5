import type { Recorder } from '../../src/drivers/recording.ts';
import type { Log } from '../../src/ports/ports.ts';

/** Tells the log what a dry run leaves out. */
export const recorder =
  (log: Log): Recorder =>
  (what, where, command) =>
    log.info(
      `would ${what}${command === undefined ? '' : `\n  ${command}`}`,
      where === 'here' ? undefined : where,
    );
