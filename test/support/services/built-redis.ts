import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { editedPackages, modules } from '../../../scripts/build/packages.mjs';
import type { openRedis } from '../../../src/drivers/redis/redis.ts';
import { CanopyError } from '../../../src/errors.ts';
import type { Store } from '../../../src/ports/ports.ts';

type Open = typeof openRedis;

const root = resolve(import.meta.dirname, '../../..');

/** The driver as it is built: with what the build leaves out of the client. */
export async function builtRedis(): Promise<Open> {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-built-'));
  const outfile = join(folder, 'redis.cjs');
  try {
    await build({
      absWorkingDir: root,
      entryPoints: ['src/drivers/redis/redis.ts'],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      minify: true,
      alias: modules,
      plugins: [editedPackages(root, { all: false })],
      logLevel: 'warning',
    });
    const { openRedis: open } = createRequire(import.meta.url)(outfile) as { openRedis: Open };
    return async (config, options) => asOurs(await translated(() => open(config, options)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The bundle has a class of its own for errors. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'CanopyError') throw error;
    const { code, exit, problems, cause, data } = error as CanopyError;
    throw new CanopyError(code, exit, problems, { cause, data });
  }
}

function asOurs(store: Store): Store {
  const methods = Object.entries(store).map(([name, method]) => [
    name,
    (...words: unknown[]) => translated(async () => (method as (...all: unknown[]) => unknown)(...words)),
  ]);
  return Object.fromEntries(methods) as Store;
}
