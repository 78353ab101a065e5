import { entry } from './kit/entry.ts';

export const configErrors = {
  'config-missing': entry<{ file: string }>(
    2,
    (d) => `there is no ${d.file} here`,
    () => `run canopy init to write one, or name it with --config`,
  ),
  'config-syntax': entry<{ file: string; reason: string }>(
    2,
    (d) => `${d.file} is not valid YAML: ${d.reason}`,
    () => `mend the line; canopy explain config checks the file`,
  ),
  'config-unknown-key': entry<{ path: string; suggestion: string; known: string }>(
    2,
    (d) => `${d.path}: unknown key${d.suggestion}`,
    (d) => `here may stand: ${d.known}; resources/defaults.yml shows each`,
  ),
  'config-value': entry<{ path: string; reason: string }>(
    2,
    (d) => `${d.path}: ${d.reason}`,
    () => `resources/defaults.yml shows every key with an example`,
  ),
  'config-variable': entry<{ path: string; name: string }>(
    2,
    (d) => `${d.path}: the variable ${d.name} is not set`,
    (d) => `set it, give a default by \${env:${d.name}:-value}, or in Jenkins bind it with credentials`,
  ),
  'config-file': entry<{ path: string; file: string; reason: string }>(
    2,
    (d) => `${d.path}: cannot read ${d.file}: ${d.reason}`,
    () => `paths are relative to the folder of canopy.yml`,
  ),
  'config-rule': entry<{ path: string; reason: string; next: string }>(
    2,
    (d) => `${d.path}: ${d.reason}`,
    (d) => d.next,
  ),
  'pipeline-branch': entry<{ branch: string; environments: string }>(
    2,
    (d) => `the branch ${d.branch} is named by ${d.environments}`,
    () => `pass environments: to canopyPipeline to choose one`,
  ),
  'pipeline-bound': entry<{ path: string; name: string }>(
    2,
    (d) =>
      `${d.path}: the variable ${d.name} is bound as a credential, which commands of check and package do not see`,
    (d) => `set ${d.name} as a plain variable there, or give a default by \${env:${d.name}:-value}`,
  ),
  'no-environment': entry<{ name: string; known: string }>(
    2,
    (d) => `there is no environment "${d.name}"; canopy.yml has: ${d.known}`,
    () => `check --environment, or add it below environments in canopy.yml`,
  ),
  'ssh-address': entry<{ host: string }>(
    2,
    (d) => `"${d.host}" is no SSH address`,
    () =>
      `write user@host, user@host:port, ssh://user@host:port or an alias of ~/.ssh/config; ports are 1 to 65535`,
  ),
};
