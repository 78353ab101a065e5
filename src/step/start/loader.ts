/** Loads the files of the build. Node's own way asks the disk several times for each, and cannot keep what was compiled. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import type { CompiledCode } from './compile-cache.ts';

type Require = (id: string) => unknown;
interface Module {
  exports: unknown;
}
/** What the build makes of a file. */
type ModuleBody = (
  exports: unknown,
  require: Require,
  module: Module,
  file: string,
  folder: string,
  ...helpers: readonly unknown[]
) => void;

interface LoaderOptions {
  /** The `require` of Node. */
  readonly native: Require;
  /** What every file gets besides: scripts/build/commonjs.mjs. */
  readonly helpers: readonly unknown[];
  readonly compiled: CompiledCode | null;
}

/** A `require` for the files in `folder`, which hold nothing but ASCII. All else goes to the one of Node. */
export function loader(folder: string, { native, helpers, compiled }: LoaderOptions): Require {
  const modules = new Map<string, Module>();
  const require: Require = (id) => {
    if (!id.startsWith('.') || id.endsWith('.node')) return native(id);
    const name = id.slice(id.lastIndexOf('/') + 1);
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const file = join(folder, name);
    const source = readFileSync(file);
    const cachedData = compiled?.find(name, source);
    const script = new Script(source.toString('latin1'), {
      filename: file,
      ...(cachedData ? { cachedData } : {}),
    });
    compiled?.loaded(name, source, script);
    const module: Module = { exports: {} };
    modules.set(name, module);
    try {
      (script.runInThisContext() as ModuleBody)(module.exports, require, module, file, folder, ...helpers);
    } catch (error) {
      modules.delete(name);
      throw error;
    }
    return module.exports;
  };
  return require;
}
