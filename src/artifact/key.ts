/** When an artifact need not be built again. Pure. */
import { createHash } from 'node:crypto';
import type { ArtifactConfig } from '../config/types.ts';

interface KeyInputs {
  readonly app: string;
  readonly commit: string;
  readonly version: string;
  readonly config: ArtifactConfig;
  /** Node and the platform: a native module built by another is another. */
  readonly runtime: string;
  /** Files that steer a build and that git may not know: name -> text. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Equal keys of two clean work trees: the same build would be run on the same files. */
export function buildKey(of: KeyInputs): string {
  const inputs = Object.keys(of.inputs)
    .sort()
    .map((name) => [name, sha256(of.inputs[name] ?? '')]);
  const { build, files } = of.config;
  return sha256(JSON.stringify([1, of.app, of.commit, of.version, build, files, of.runtime, inputs]));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
