export const artifactErrors = {};
