/** The router's memory on disk: the last state, and who was healthy. */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFile, removeLeftovers, writeWhole } from '../../shared/files/atomic-file.ts';
import type { Log } from '../../ports/ports.ts';
import type { TrafficState } from '../../traffic/index.ts';
import { snapshotText, parseSnapshot, type Snapshot } from './snapshot.ts';
import { messageOf } from '../../shared/text/thrown.ts';
import { codeOf } from '../../shared/system/error-code.ts';

export interface StateFile {
  /** What was last saved; null when nothing was, or nothing that can be read (it is kept aside as `.bad`). */
  load(): Promise<Snapshot | null>;
  /** Saves soon; resolves when this or a newer state is safely on the disk, or could not be put there. */
  save(state: TrafficState, healthy: readonly string[]): Promise<void>;
}

export function openStateFile(folder: string, log: Log): StateFile {
  const file = join(folder, 'router.json');
  let next: string | null = null;
  let running: Promise<void> | null = null;
  let failing = false;

  return {
    async load() {
      await removeLeftovers(folder);
      const text = await readOr(file, log);
      if (text === null) return null;
      const parsed = parseSnapshot(text);
      if (parsed.ok) return parsed.value;
      // When it cannot be moved the next save replaces it; that must not keep the router from starting.
      await rename(file, `${file}.bad`).catch((error: unknown) =>
        log.warn(`cannot move it: ${messageOf(error)}`),
      );
      log.warn(
        `${file} cannot be used (${parsed.reason}); it is kept as ${file}.bad, the router starts without it`,
      );
      return null;
    },
    async save(state, healthy) {
      next = snapshotText(state, healthy);
      // One write at a time; whoever comes while it runs is served by the next one.
      if (running !== null) await running;
      if (next === null) return;
      running ??= drain().finally(() => {
        running = null;
      });
      await running;
    },
  };

  async function drain(): Promise<void> {
    while (next !== null) {
      const text = next;
      next = null;
      try {
        await writeWhole(file, text, ownFile);
        if (failing) log.info(`the state is saved in ${file} again`);
        failing = false;
      } catch (error) {
        // The router goes on without its memory: a full disk must not stop the traffic.
        if (!failing) log.warn(`cannot save the state in ${file}: ${messageOf(error)}`);
        failing = true;
      }
    }
  }
}

async function readOr(file: string, log: Log): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      log.warn(`cannot read ${file}, the router starts without it: ${messageOf(error)}`);
    return null;
  }
}
