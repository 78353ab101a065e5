// npm run generate: writes what follows from the declarations in steps/, the error catalogue, the store's keys and the schema.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchema } from '../src/config/file/json-schema.ts';
import { storeKeys } from '../src/store-keys.docs.ts';
import { catalogue } from '../src/errors/catalogue.ts';
import { errorsPage } from './generate/errors-page.ts';
import { helpPage, release, runner, wrapper } from './generate/groovy.ts';
import { keysPage } from './generate/keys-page.ts';
import { note } from './generate/note.ts';
import { readSteps } from './generate/registry.ts';
import { stepsPage } from './generate/steps-page.ts';
import { variableOf } from './generate/variable.ts';
import { writeWhenChanged } from './generate/write.ts';

const root = join(import.meta.dirname, '..');
const steps = await readSteps(join(root, 'steps'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;

const shell = (name: string): string => readFileSync(join(root, 'resources/canopy', name), 'utf8');
const script = runner(shell('answer.sh'), shell('run.sh'));

const files = new Map<string, string>([
  [
    'vars/canopyRelease.groovy',
    release({ version: String(manifest['version']), sha256: '', sums: '', script }),
  ],
  [
    'vars/canopyRelease.txt',
    `The version of this library, the sums of its compiled steps and what starts them; canopyStep reads it.\n\n(${note}.)\n`,
  ],
  ['docs/steps.md', stepsPage(steps)],
  ['docs/errors.md', errorsPage(catalogue)],
  ['docs/keys.md', keysPage(storeKeys)],
  [
    'resources/schema/canopy.schema.json',
    `${JSON.stringify({ $comment: note, ...jsonSchema() }, null, 2)}\n`,
  ],
]);
for (const step of steps.filter((item) => !item.service)) {
  files.set(`vars/${variableOf(step.name)}.groovy`, wrapper(step));
  files.set(`vars/${variableOf(step.name)}.txt`, helpPage(step));
}

const names = ['canopy', ...steps.map((step) => `canopy-${step.name}`)];
manifest['bin'] = Object.fromEntries(names.map((name) => [name, `dist/bin/${name}.js`]));
files.set('package.json', `${JSON.stringify(manifest, null, 2)}\n`);

// A step that is gone takes its variable along.
for (const name of readdirSync(join(root, 'vars'))) {
  const path = join('vars', name);
  const text = files.has(path) ? '' : readFileSync(join(root, path), 'utf8');
  if ([text.split('\n', 1)[0], text.trimEnd().split('\n').at(-1)].some((line) => line?.includes(note)))
    rmSync(join(root, path));
}
const changed = [...files]
  .filter(([path, text]) => writeWhenChanged(join(root, path), text))
  .map(([path]) => path);
console.log(changed.length === 0 ? `${files.size} files are up to date` : `wrote ${changed.join(', ')}`);
