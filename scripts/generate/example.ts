import type { Step } from '../../src/step/declare/define.ts';
import type { Params } from '../../src/step/declare/params.ts';
import { commonParams } from '../../src/step/arguments/parse.ts';
import { readLine } from '../../src/step/arguments/words.ts';
import { variableOf } from './variable.ts';

/** A command line as the Groovy call that does the same: `canopy flag set checkout on` -> `canopyFlag(action: 'set', …)`. */
export function groovyCall(step: Step, command: string): string {
  const all: Params = { ...commonParams, ...step.params };
  // Variables may stand before the command.
  const words = wordsOf(command);
  const { given, problems } = readLine(all, words.slice(words.indexOf('canopy') + 2));
  if (problems.length > 0) throw new Error(`${problems.join('; ')} in the example: ${command}`);
  const args = Object.entries(given).map(([name, value]) => `${name}: ${literal(all, name, value)}`);
  return `${variableOf(step.name)}(${args.join(', ')})`;
}

function literal(all: Params, name: string, value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value))
    return `[${value
      .flatMap((item) => String(item).split(','))
      .map(quoted)
      .join(', ')}]`;
  const text = String(value);
  if (all[name]?.bare === text) return 'true';
  const { type } = all[name] ?? {};
  const number = /^\d+(\.\d+)?$/.test(text) && (type === 'integer' || type === 'percent');
  return number ? text : quoted(text);
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Words of a shell line with plain quotes. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
