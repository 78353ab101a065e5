import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export { freePort } from './free-port.ts';

/** A temporary folder that is gone after the suite, also when it fails. Call it inside `describe`. */
export function tempFolder(): () => string {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'canopy-test-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}
