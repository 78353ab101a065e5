import { entry } from './kit/entry.ts';

export const artifactErrors = {
  'artifact-none': entry<{ folder: string }>(
    2,
    (d) => `no artifact was packaged in ${d.folder}`,
    () => `run canopy package first, or name an archive by --artifact`,
  ),
  'artifact-missing': entry<{ file: string; what: string }>(
    2,
    (d) => `there is no ${d.what} at ${d.file}`,
    () =>
      `the archive <id>.tgz and its manifest <id>.json belong side by side; copy both, or run canopy package`,
  ),
  'artifact-manifest': entry<{ file: string; reason: string }>(
    2,
    (d) => `${d.file} is no manifest of an artifact: ${d.reason}`,
    () => `it is written by canopy package and not edited by hand; package again`,
  ),
  'artifact-hash': entry<{ file: string; expected: string; found: string }>(
    1,
    (d) => `${d.file} is not what was packaged: its sha256 is ${d.found}, the manifest says ${d.expected}`,
    () => `it was cut short or changed on its way: copy it again, or run canopy package`,
  ),
  'artifact-app': entry<{ file: string; app: string; expected: string }>(
    2,
    (d) => `${d.file} is an artifact of ${d.app}, this canopy.yml is for ${d.expected}`,
    () => `check --artifact and --config`,
  ),
  'archive-member': entry<{ file: string; member: string; why: string }>(
    1,
    (d) => `${d.file}: the member ${d.member} ${d.why}`,
    () => `nothing was unpacked; do not use this archive, package again and ask who changed it`,
  ),
  'archive-broken': entry<{ file: string; reason: string }>(
    1,
    (d) => `${d.file} cannot be read as a .tgz: ${d.reason}`,
    () => `copy it again, or run canopy package`,
  ),
  'artifact-build': entry<{ code: number; detail: string }>(
    1,
    (d) => `the build ended with exit code ${d.code}: ${d.detail}`,
    () => `the lines above show why; the commands stand in artifact.build of canopy.yml`,
  ),
  'artifact-nothing': entry<{ pattern: string }>(
    1,
    (d) => `artifact.files: "${d.pattern}" matches nothing after the build`,
    () => `patterns and folders are relative to the folder of canopy.yml; .git and .canopy are never taken`,
  ),
  'artifact-empty': entry<{ folder: string }>(
    1,
    (d) => `artifact.files leaves nothing of ${d.folder} to pack`,
    () => `name files, folders or patterns in artifact.files of canopy.yml`,
  ),
  'artifact-file': entry<{ file: string; why: string }>(
    1,
    (d) => `cannot pack ${d.file}: it ${d.why}`,
    () => `remove or rename it, or leave it out by a pattern that begins with ! in artifact.files`,
  ),
  'artifact-lfs': entry<{ count: number; files: string }>(
    1,
    (d) =>
      d.count === 1
        ? `${d.files} is a git LFS pointer, not the content that it stands for`
        : `${d.count} files are git LFS pointers, not the content that they stand for: ${d.files}`,
    () =>
      `run git lfs pull, then canopy package again (in Jenkins: the behaviour "Git LFS pull after checkout"); one that is meant to be a pointer is left out by !PATH in artifact.files`,
  ),
  'artifact-moved': entry<{ before: string; after: string }>(
    1,
    (d) => `the checkout moved from ${d.before} to ${d.after} while it was built`,
    () => `something else uses this work folder: give each build a folder of its own`,
    true,
  ),
  'artifact-version': entry<{ file: string; reason: string }>(
    2,
    (d) => `cannot read the version from ${d.file}: ${d.reason}`,
    () => `it has to be JSON; without a version in it the commit is taken`,
  ),
};
