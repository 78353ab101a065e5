/** Programs in the form into which V8 has compiled them, with every function that has run: a start then costs a quarter less. */
import type { Script } from 'node:vm';
import type { DiskCache } from './disk-cache.ts';

export interface CompiledCode {
  /** What V8 has made of exactly this file before. */
  find(name: string, source: Buffer): Buffer | undefined;
  /** Tells that the file was loaded; at the end of the program all of them are kept when one of them was new. */
  loaded(name: string, source: Buffer, script: Script): void;
}

/** Keeps compiled code; `atEnd` calls when the program ends, and the code is as it has run. */
export function compiledCode(
  kept: DiskCache,
  atEnd: (work: () => void) => void = (work) => process.on('exit', work),
): CompiledCode {
  const all: { name: string; source: Buffer; script: Script }[] = [];
  let fresh = false;
  // V8 refuses what another V8 has made: each has its own.
  const place = (name: string): string => `${process.version}-${process.arch}-${name}`;
  atEnd(() => {
    if (fresh) kept.write(all.map(({ name, source, script }) => [place(name), packed(source, script)]));
  });
  return {
    find: (name, source) => {
      const content = kept.read(place(name));
      if (content === null || content.length < 4) return undefined;
      const end = 4 + content.readUInt32LE(0);
      // V8 compares no more of the source than its length.
      return content.subarray(4, end).equals(source) ? content.subarray(end) : undefined;
    },
    loaded: (name, source, script) => {
      all.push({ name, source, script });
      if (script.cachedDataRejected !== false) fresh = true;
    },
  };
}

function packed(source: Buffer, script: Script): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(source.length);
  return Buffer.concat([length, source, script.createCachedData()]);
}
