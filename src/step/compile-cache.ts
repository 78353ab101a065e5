/** Newer Nodes keep the compiled form of programs on disk: a start then costs a tenth less. */
import { lstatSync, mkdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { isAbsolute, join } from 'node:path';

type Enable = (folder: string) => unknown;
type Env = Readonly<Record<string, string | undefined>>;

/** Null on a Node that has none (before 22.1). */
const enableOfNode = (nodeModule as { enableCompileCache?: Enable }).enableCompileCache ?? null;

/**
 * Turns it on, in a folder of the user's own cache to which nobody else may write: what stands there is run. Where there is
 * no such folder the start goes on without.
 */
export function keepCompiled(env: Env, enable: Enable | null = enableOfNode): void {
  if (enable === null) return;
  const cache = env['XDG_CACHE_HOME'] || (env['HOME'] && join(env['HOME'], '.cache'));
  if (!cache || !isAbsolute(cache)) return;
  const folder = join(cache, 'canopy-compiled');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) enable(folder);
  } catch {
    // A home that cannot be written is usual in containers: only the time is lost.
    return;
  }
}
