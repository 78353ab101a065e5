/** Artifacts: built once, named after their commit and bytes, checked before they are put anywhere. */
export { newestArtifact, olderText, tellOlder, type NewestArtifact } from './behind.ts';
export { isReleaseId } from './id.ts';
export { endOtherUses, markInUse } from './in-use.ts';
export { openArtifact, type Artifact } from './read.ts';
export { packageArtifact, type PackageOptions, type PackagePorts, type PackageResult } from './run.ts';
