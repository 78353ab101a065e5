/** Artifacts: built once, named after their commit and bytes, checked before they are put anywhere. */
export { isReleaseId, releaseId } from './id.ts';
export { parseManifest, type Latest, type Manifest } from './parse.ts';
export { openArtifact, type Artifact, type ReadOptions } from './read.ts';
export { packageArtifact, type PackageOptions, type PackagePorts, type PackageResult } from './run.ts';
