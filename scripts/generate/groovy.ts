import { commonParams } from '../../src/step/arguments/parse.ts';
import type { Param, Params } from '../../src/step/declare/params.ts';
import type { Step } from '../../src/step/declare/define.ts';
import { groovyCall } from './example.ts';
import { note } from './note.ts';
import { variableOf } from './variable.ts';

/** vars/canopy<Step>.groovy. */
export const wrapper = (step: Step): string =>
  `// ${note}. It comes from steps/${step.name}.ts.
Map call(Map args = [:]) { return canopyStep('${step.name}', args) }
`;

export interface Release {
  readonly version: string;
  /** Of the archive; empty on a checkout that is no release. */
  readonly sha256: string;
  /** Sha256 of SHA256SUMS inside the archive. */
  readonly sums: string;
  /** What starts a step on the agent. */
  readonly script: string;
}

/** The script that a call of canopyStep hands to `sh`: run.sh inside of answer.sh. */
export function runner(answer: string, run: string): string {
  const mark = '\n# run.sh\n';
  if (answer.split(mark).length !== 2) throw new Error('answer.sh has no place for run.sh');
  return answer.replace(mark, () => `\n${run.slice(run.indexOf('\n') + 1)}`);
}

/** As a Groovy text in which nothing is filled in. */
const quoted = (text: string): string => `'''${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'''`;

/** vars/canopyRelease.groovy: what the runner compares with. `npm run release` fills it on the release ref. */
export const release = ({ version, sha256, sums, script }: Release): string =>
  `// ${note}. npm run release fills in the sums, on the release ref alone.
String version() { return '${version}' }

/** Of resources/canopy/canopy-<version>.tgz; empty on a checkout that is no release. */
String sha256() { return '${sha256}' }

/** Of the file SHA256SUMS in the archive, which lists all others. */
String sums() { return '${sums}' }

/** Starts a step on the agent: resources/canopy/answer.sh with run.sh in it. As a text here it costs a call no step of its own. */
String script() { return ${quoted(script)} }
`;

/** vars/canopy<Step>.txt: the help that Jenkins shows. */
export function helpPage(step: Step): string {
  const variable = variableOf(step.name);
  return [
    `${variable} ${step.summary}.`,
    ...(step.description ? [step.description.trim()] : []),
    list('Parameters', step.params),
    list('Every step', withoutResult(commonParams)),
    [
      'In Jenkins also:',
      `  credentials  map of variable to credentials id, bound around this step alone${secrets(step)}`,
      "  onVerdict    what a no (exit code 3) makes of the build: 'FAILURE' (default) or 'UNSTABLE'",
      '  actor        who is told as the actor, like the answer of input; else whoever started the build, else the build',
    ].join('\n'),
    [
      'Examples:',
      ...step.examples.map((item) => `  ${groovyCall(step, item.command)}   // ${item.says}`),
    ].join('\n'),
    'Returns the result document as a Map: ok, exit, outcome, reasons, summary, data, warnings.',
    `(${note}. It comes from steps/${step.name}.ts.)`,
  ]
    .join('\n\n')
    .concat('\n');
}

const secrets = (step: Step): string =>
  step.secrets.length === 0 ? '' : ` (it may need ${step.secrets.join(', ')})`;

/** The wrapper says itself where the result goes, and the document comes back as a Map. */
const withoutResult = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).filter(([name]) => name !== 'result' && name !== 'json'));

function list(title: string, params: Params): string {
  const rows = Object.entries(params);
  if (rows.length === 0) return `${title}: none`;
  const width = Math.max(...rows.map(([name]) => name.length));
  return [`${title}:`, ...rows.map(([name, param]) => `  ${name.padEnd(width)}  ${explain(param)}`)].join(
    '\n',
  );
}

/** What a parameter is, in one line. */
export function explain(param: Param): string {
  const notes = [
    param.values ? param.values.join(' | ') : words[param.type],
    ...(param.actions ? [`for ${param.actions.join(', ')}`] : []),
    ...(param.required ? ['needed'] : []),
    ...(param.default === undefined ? [] : [`default ${param.default}`]),
  ];
  // What is on by itself is described as its --no- form.
  const says =
    param.type === 'boolean' && param.default === true ? `false: ${param.describe}` : param.describe;
  return `${says} (${notes.join('; ')})`;
}

const words: Readonly<Record<Param['type'], string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  choice: 'one of',
  list: 'list of texts',
  percent: "percentage: 33 or '33%'",
  duration: "duration: '30s'",
};
