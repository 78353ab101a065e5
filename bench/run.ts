/** `npm run bench -- NAME`: measures us and the peers in one go, interleaved, and writes the ratios into bench/results.md. */
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { arch, cpus, release } from 'node:os';

export interface Measured {
  readonly title: string;
  /** How it was measured, in one or two sentences. */
  readonly method: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Goals, each with whether it holds. */
  readonly goals: readonly { readonly goal: string; readonly measured: string; readonly holds: boolean }[];
}

const known = ['startup', 'deploy', 'planning', 'router', 'watch'];
const name = process.argv[2];
if (name === undefined || !known.includes(name)) {
  console.error(`npm run bench -- NAME, one of: ${known.join(', ')}`);
  process.exit(2);
}

const { bench } = (await import(`./${name}.ts`)) as { bench: () => Promise<Measured> };
const result = await bench();
const text = section(name, result);
console.log(text);
save(name, text);

function section(key: string, { title, method, versions, head, rows, goals }: Measured): string {
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const machine = `Node ${process.version}, ${cpus().length} cores ${arch()}, Linux ${release()}`;
  return [
    `## ${key}: ${title}`,
    '',
    `${new Date().toISOString().slice(0, 10)} · ${machine} · ${Object.entries(versions)
      .map(([tool, version]) => `${tool} ${version}`)
      .join(', ')}`,
    '',
    method,
    '',
    ...table,
    '',
    ...goals.map(
      ({ goal, measured, holds }) => `- ${holds ? 'holds' : 'DOES NOT HOLD'}: ${goal} (measured ${measured})`,
    ),
    '',
  ].join('\n');
}

function save(key: string, text: string): void {
  const file = join(import.meta.dirname, 'results.md');
  const before = existsSync(file)
    ? readFileSync(file, 'utf8')
    : '# Benchmarks\n\nRatios of one run, side by side; differences under 15 % are ties.\n\n';
  const parts = before.split(/^(?=## )/m).filter((part) => !part.startsWith(`## ${key}:`));
  writeFileSync(file, `${[...parts.map((part) => part.trimEnd()), text.trimEnd()].join('\n\n')}\n`);
}
