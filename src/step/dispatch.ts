import { fail } from '../errors.ts';
import { suggest } from '../suggest.ts';
import { version } from '../version.ts';
import type { Step } from './define.ts';
import { surviveReaders } from './leave.ts';
import { wanted } from './parse.ts';

type Table = Readonly<Record<string, () => Promise<{ readonly default: Step }>>>;

/** `canopy <step> …`: finds the step and runs it. */
export async function dispatch(table: Table, words: readonly string[]): Promise<void> {
  surviveReaders();
  const [name, ...rest] = words;
  if (name === '--version') return void process.stdout.write(`${version}\n`);
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = name === 'help' ? table[rest[0] ?? ''] : undefined;
    if (asked) return runStep(asked, ['--help']);
    process.stdout.write(await overview(table));
    return;
  }
  const load = Object.hasOwn(table, name) ? table[name] : undefined;
  if (load) return runStep(load, rest);
  const error = fail('unknown-step', { name, suggestion: suggest(name, Object.keys(table)) });
  const [{ finish }, { documentOfError }, { createMask }] = await Promise.all([
    import('./finish.ts'),
    import('./result.ts'),
    import('./mask.ts'),
  ]);
  const now = Date.now();
  const document = documentOfError(error, { step: name, startedAt: now, finishedAt: now, warnings: [] });
  await finish(document, { output: wanted(rest), mask: createMask(), report: null, hurried: false });
}

async function runStep(
  load: () => Promise<{ readonly default: Step }>,
  words: readonly string[],
): Promise<void> {
  const [{ default: step }, { main }] = await Promise.all([load(), import('./main.ts')]);
  await main(step, words);
}

async function overview(table: Table): Promise<string> {
  const steps = await Promise.all(Object.values(table).map(async (load) => (await load()).default));
  const width = Math.max(...steps.map((step) => step.name.length));
  return [
    'canopy <step> [options]\n',
    'Progressive delivery for plain servers: gates, deploys, canaries, flags.\n',
    'Steps:',
    ...steps.map((step) => `  ${step.name.padEnd(width)}  ${step.summary}`),
    '\ncanopy <step> --help shows the options and examples of one.\n',
  ].join('\n');
}
