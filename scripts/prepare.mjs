// npm runs this where the sources are installed: from a git URL, from a clone (npm install -g .) or as a folder of another project. dist/
// is not in git, so it is built here; with `ignore-scripts` npm runs nothing, and `npm run build` does the same.
import { ensureBuild, ensureNode, ensureNpmPackages } from './setup.mjs';

ensureNode();
await ensureNpmPackages();
await ensureBuild();
