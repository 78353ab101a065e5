import type { Step } from '../declare/define.ts';
import type { Param, Params } from '../declare/params.ts';
import { commonParams } from './parse.ts';
import { kebab } from './words.ts';

/** The text of `--help`. */
export function helpText(step: Step): string {
  const own = Object.entries(step.params);
  const words = own.filter(([, param]) => param.positional !== undefined).sort(byPlace);
  const options = own.filter(([, param]) => param.positional === undefined);
  const usage = ['canopy', step.name, ...words.map(([name, param]) => word(name, param)), '[options]'].join(
    ' ',
  );
  return [
    `${usage}\n\n${sentence(step.summary)}`,
    ...(step.description ? [step.description.trim()] : []),
    ...(words.length > 0 ? [section('Words', words.map(row))] : []),
    ...(options.length > 0 ? [section('Options', options.map(row))] : []),
    section('Every step', [
      ...Object.entries(commonParams as Params).map(row),
      ['--help', 'this page'],
      ['--version', 'the version'],
    ]),
    ...(step.secrets.length > 0 ? [`Secrets, by environment: ${step.secrets.join(', ')}`] : []),
    section(
      'Examples',
      step.examples.map(({ command, says }) => [command, says]),
    ),
  ].join('\n\n');
}

/** One option or word with its explanation, as in the help and the documentation. */
function row([name, param]: readonly [string, Param]): [string, string] {
  const left =
    param.positional !== undefined
      ? (param.placeholder ?? name.toUpperCase())
      : param.type === 'boolean'
        ? `--${param.default === true ? 'no-' : ''}${kebab(name)}`
        : `--${kebab(name)} ${param.bare === undefined ? valueOf(param) : `[${valueOf(param)}]`}`;
  const notes = [
    ...(param.values ? [param.values.join(' | ')] : []),
    ...(param.actions ? [`for ${param.actions.join(', ')}`] : []),
    ...(param.required ? ['needed'] : []),
    ...(param.default === undefined || param.type === 'boolean' ? [] : [`default ${param.default}`]),
  ];
  return [left, notes.length > 0 ? `${param.describe} (${notes.join('; ')})` : param.describe];
}

const word = (name: string, param: Param): string => {
  const shown = param.placeholder ?? name.toUpperCase();
  return param.required ? shown : `[${shown}]`;
};

const byPlace = ([, a]: readonly [string, Param], [, b]: readonly [string, Param]): number =>
  (a.positional ?? 0) - (b.positional ?? 0);

const valueOf = (param: Param): string => param.placeholder ?? typeName(param);

const typeName = (param: Param): string =>
  ({
    integer: 'N',
    percent: 'N%',
    duration: 'TIME',
    list: 'A,B',
    choice: 'WORD',
    string: 'TEXT',
    boolean: '',
  })[param.type];

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  const lines = rows.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
  return [`${title}:`, ...lines].join('\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
