import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Step } from '../../src/step/declare/define.ts';

/** The declarations in a folder, by name: the folder is the registry. Throws when a file is not named as its step. */
export async function readSteps(folder: string): Promise<Step[]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .sort();
  return Promise.all(
    files.map(async (name) => {
      const { default: step } = (await import(pathToFileURL(join(folder, name)).href)) as { default: Step };
      if (`${step.name}.ts` !== name) throw new Error(`steps/${name} declares the step "${step.name}"`);
      return step;
    }),
  );
}
