import { entry } from './kit/entry.ts';

export const checkErrors = {
  'check-nothing': entry<{ file: string }>(
    2,
    (d) => `${d.file} names no check`,
    () => `add tests, coverage or lint below checks in canopy.yml`,
  ),
  'check-unknown': entry<{ name: string; known: string }>(
    2,
    (d) => `there is no check "${d.name}"; canopy.yml has: ${d.known}`,
    () => `look at the spelling, or add it below checks in canopy.yml`,
  ),
  'check-run': entry<{
    gate: string;
    writer: string;
    command: string;
    code: number;
    left: string;
    detail: string;
  }>(
    1,
    (d) => `${d.gate}: ${d.command} ended with exit code ${d.code} and ${d.left}: ${d.detail}`,
    (d) => `the lines above show why; the command stands in checks.${d.writer}.run of canopy.yml`,
  ),
  'report-none': entry<{ gate: string; pattern: string }>(
    1,
    (d) => `${d.gate}: no report matches "${d.pattern}"`,
    (d) =>
      `see that the command writes its report there, relative to the folder of canopy.yml; checks.${d.gate}.report names it`,
  ),
  'report-outside': entry<{ gate: string; file: string }>(
    2,
    (d) => `${d.gate}: the report ${d.file} lies outside of the folder of canopy.yml`,
    () =>
      `a command's old reports are removed before it runs, and nothing outside is: let it write into the folder`,
  ),
  'report-broken': entry<{ gate: string; file: string; reason: string }>(
    1,
    (d) => `${d.gate}: cannot read the report ${d.file}: ${d.reason}`,
    () =>
      `was it cut short, or is it of another format? tests: JUnit XML, coverage: istanbul JSON, lint: eslint JSON`,
  ),
};
