import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  openArtifact,
  packageArtifact,
  type Artifact,
  type PackageOptions,
  type PackagePorts,
  type PackageResult,
} from '../../src/artifact/index.ts';
import { openArchive } from '../../src/drivers/archive/archive.ts';
import { openFiles } from '../../src/drivers/files.ts';
import type { Log } from '../../src/ports/ports.ts';
import { fakeExec, type FakeExec, type Program } from '../fakes/exec.ts';
import { fakeGit, type FakeGit } from '../fakes/git.ts';

export interface PackageSetting {
  readonly folder: string;
  readonly ports: PackagePorts & { readonly exec: FakeExec; readonly git: FakeGit };
  readonly warnings: string[];
  readonly options: PackageOptions;
  write(name: string, text?: string, mode?: number): void;
  package(change?: Partial<PackageOptions>): Promise<PackageResult>;
}

/** A folder with real files and archives, and a fake git and shell. `build` is what the program `build` does. */
export function packageSetting(
  parent: string,
  build: (setting: PackageSetting) => ReturnType<Program>,
): PackageSetting {
  const folder = mkdtempSync(join(parent, 'work-'));
  const warnings: string[] = [];
  const silent = (): void => undefined;
  const log: Log = {
    info: silent,
    debug: silent,
    progress: silent,
    warn: (text) => void warnings.push(text),
  };
  const setting: PackageSetting = {
    folder,
    warnings,
    ports: {
      archive: openArchive(),
      files: openFiles(folder),
      clock: { now: () => Date.UTC(2026, 10, 22), sleep: async () => undefined },
      exec: fakeExec({ build: () => build(setting) }),
      git: fakeGit([
        {
          commit: '1a2b3c4d'.padEnd(40, '0'),
          subject: 's',
          author: 'a',
          time: Date.UTC(2026, 10, 21, 9, 30),
        },
      ]),
      log,
    },
    write: (name, text = name, mode = 0o644) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
      chmodSync(join(folder, name), mode);
    },
    options: {
      app: 'shop',
      folder,
      config: {
        build: ['build'],
        files: ['dist', 'package.json'],
        irreversible: false,
        immutable: false,
        keep: 10,
      },
      build: { number: '7', url: 'http://ci/7' },
      runtime: 'v20-linux-x64',
    },
    package: (change = {}) => packageArtifact({ ...setting.options, ...change }, setting.ports),
  };
  setting.write('package.json', '{"version": "1.2.3"}');
  return setting;
}

/** An artifact with every member of its archive checked. */
export async function readArtifact(...given: Parameters<typeof openArtifact>): Promise<Artifact> {
  const artifact = await openArtifact(...given);
  await artifact.sound;
  return artifact;
}
