import { entry } from './kit/entry.ts';

export const stepErrors = {
  usage: entry<{ reason: string; step: string }>(
    2,
    (d) => d.reason,
    (d) => `see: canopy ${d.step} --help`,
  ),
  'unknown-step': entry<{ name: string; suggestion: string }>(
    2,
    (d) => `there is no step "${d.name}"${d.suggestion}`,
    () => `canopy --help lists the steps`,
  ),
  'no-step': entry<{ found: string }>(
    2,
    (d) => `the first word has to be a step${d.found}`,
    () => `write canopy <step> [options]; canopy --help lists the steps`,
  ),
  'params-json': entry<{ source: string; reason: string }>(
    2,
    (d) => `${d.source} does not hold a JSON object: ${d.reason}`,
    () => `it is written by the Jenkins wrapper; by hand, use the options instead`,
  ),
  'secret-missing': entry<{ name: string; step: string }>(
    2,
    (d) => `the variable ${d.name} is not set`,
    (d) => `in Jenkins add it to credentials: [${d.name}: 'the-credentials-id'] of the ${d.step} step`,
  ),
  'secret-file': entry<{ name: string; file: string; reason: string }>(
    2,
    (d) => `${d.name} names ${d.file}, which cannot be read: ${d.reason}`,
    () => `check the path and its permissions`,
  ),
  'output-file': entry<{ file: string; reason: string }>(
    2,
    (d) => `cannot write ${d.file}: ${d.reason}`,
    () => `nothing was begun; name a file in a folder that is there and may be written`,
  ),
  'result-file': entry<{ file: string; reason: string }>(
    1,
    (d) => `cannot write the result to ${d.file}: ${d.reason}`,
    () => `it could be written at the beginning; the document stands on stderr instead`,
  ),
  'file-missing': entry<{ file: string; what: string }>(
    2,
    (d) => `there is no ${d.what} at ${d.file}`,
    () => `check the path; it is relative to the folder of canopy.yml`,
  ),
  aborted: entry<{ signal: string }>(
    5,
    (d) => `aborted by ${d.signal}`,
    () => `nothing was left half-done; run it again when you like`,
  ),
  'stop-late': entry<{ limit: string; doing: string }>(
    1,
    (d) => `the safe stop was not done within ${d.limit}; last: ${d.doing}`,
    () =>
      `canopy status shows what runs where; the lock expires by itself, and the next deploy goes on from there`,
  ),
  internal: entry<{ reason: string }>(
    1,
    (d) => `this is a defect of Canopy: ${d.reason}`,
    () => `please report it with the lines above`,
  ),
};
