import type { Step } from '../../src/step/declare/define.ts';
import type { Params } from '../../src/step/declare/params.ts';
import { commonParams } from '../../src/step/arguments/parse.ts';
import { kebab } from '../../src/step/arguments/words.ts';
import { groovyCall } from './example.ts';
import { explain } from './groovy.ts';
import { note } from './note.ts';
import { variableOf } from './variable.ts';

/** docs/steps.md. */
export const stepsPage = (steps: readonly Step[]): string =>
  [
    `<!-- ${note}. It comes from steps/. -->`,
    '# Steps',
    `\`canopy <step> [options]\` on the command line, \`canopy<Step>(parameter: value)\` in a Jenkinsfile.`,
    steps.map((step) => `- [${step.name}](#${step.name}) ${step.summary}`).join('\n'),
    '## Every step',
    table(commonParams),
    ...steps.flatMap(section),
  ]
    .join('\n\n')
    .concat('\n');

function section(step: Step): string[] {
  return [
    `## ${step.name}`,
    `${step.summary.charAt(0).toUpperCase()}${step.summary.slice(1)}. ${
      step.service
        ? 'A service: it runs until it is told to stop, and has no Jenkins variable.'
        : `In Jenkins: \`${variableOf(step.name)}\`.`
    }`,
    ...(step.description ? [step.description.trim()] : []),
    ...(Object.keys(step.params).length > 0 ? [table(step.params)] : []),
    ...(step.secrets.length > 0
      ? [`Secrets, by environment or credentials: ${step.secrets.map((name) => `\`${name}\``).join(', ')}.`]
      : []),
    step.examples
      .map(
        ({ command, says }) =>
          `    ${command}${step.service ? '' : `\n    ${groovyCall(step, command)}`}\n        ${says}`,
      )
      .join('\n\n'),
  ];
}

const table = (params: Params): string =>
  [
    '| in Jenkins | command line | |',
    '|---|---|---|',
    ...Object.entries(params).map(([name, param]) => {
      const shown = param.placeholder ?? name.toUpperCase();
      const value = param.type === 'boolean' ? '' : ` ${shown}`;
      const no = param.default === true ? 'no-' : '';
      const word = param.positional === undefined ? `--${no}${kebab(name)}${value}` : shown;
      return `| \`${name}\` | \`${word}\` | ${cell(explain(param))} |`;
    }),
  ].join('\n');

const cell = (text: string): string =>
  text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('\n', ' ');
