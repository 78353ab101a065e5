import { fail } from '../errors/common.ts';
import { suggest } from '../shared/text/suggest.ts';
import { version } from '../shared/version.ts';
import type { Step } from './declare/define.ts';
import { surviveReaders } from './leave.ts';
import { wanted } from './arguments/parse.ts';
import { lookUp } from '../shared/look-up.ts';

type Table = Readonly<Record<string, () => Promise<{ readonly default: Step }>>>;

/** `canopy <step> …`: finds the step and runs it. */
export async function dispatch(table: Table, words: readonly string[]): Promise<void> {
  surviveReaders();
  const [first = '', ...rest] = words;
  if (first === '--version') return void process.stdout.write(`${version}\n`);
  if (['--help', '-h'].includes(first) || words.join(' ') === 'help')
    return void process.stdout.write(await overview(table, process.stdout));
  // `canopy help deploy`
  const [name = '', more] = first === 'help' ? [rest[0], ['--help']] : [first, rest];
  const load = lookUp(table, name);
  if (load) return runStep(load, more);
  await refuse(table, name, rest, words.length === 0);
}

/** A line that names no step has done nothing: it is never an exit code of 0. */
async function refuse(table: Table, name: string, rest: readonly string[], isBare: boolean): Promise<void> {
  if (isBare) process.stderr.write(`${await overview(table, process.stderr)}\n`);
  const error =
    isBare || /^-./.test(name)
      ? fail('no-step', { found: isBare ? '' : `, and ${name} stands in its place` })
      : fail('unknown-step', { name, suggestion: suggest(name, Object.keys(table)) });
  const [{ finish }, { documentOfError }, { createRedactor: createMask }] = await Promise.all([
    import('./finish.ts'),
    import('./result.ts'),
    import('./redact/redact.ts'),
  ]);
  const now = Date.now();
  const document = documentOfError(error, { step: name, startedAt: now, finishedAt: now, warnings: [] });
  const output = wanted({}, isBare ? [] : [name, ...rest]);
  await finish(document, { output, mask: createMask(), report: null, hurried: false });
}

async function runStep(
  load: () => Promise<{ readonly default: Step }>,
  words: readonly string[],
): Promise<void> {
  const [{ default: step }, { main }] = await Promise.all([load(), import('./main.ts')]);
  await main(step, words);
}

/** All steps, the first one that somebody needs first. */
async function overview(table: Table, stream: NodeJS.WriteStream): Promise<string> {
  const [{ sectionOf }, { wrap }, { exitCodes }, { widthOf }] = await Promise.all([
    import('./arguments/help.ts'),
    import('../shared/text/fit.ts'),
    import('./declare/define.ts'),
    import('./width.ts'),
  ]);
  const width = widthOf(stream);
  const section = sectionOf(width);
  const steps = await Promise.all(Object.values(table).map(async (load) => (await load()).default));
  const rows = steps
    .sort((a, b) => Number(b.name === 'init') - Number(a.name === 'init'))
    .map(({ name, summary }) => [name, summary] as const);
  const paragraph = (text: string): string => wrap(text, width).join('\n');
  return `${[
    'canopy <step> [options]',
    paragraph('Progressive delivery for plain servers: gates, deploys, canaries, flags.'),
    section('Steps', rows),
    section('Exit codes', exitCodes),
    paragraph('canopy <step> --help shows the options and examples of one.'),
    paragraph('Docs: README.md, docs/steps.md (every step), docs/errors.md (every error), docs/jenkins.md'),
  ].join('\n\n')}\n`;
}
