// Bundles the application and its packages into one file, so that a server needs nothing but Node.
import { build } from 'esbuild';

await build({
  entryPoints: ['src/server.js'],
  outfile: 'dist/server.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // Some packages are CommonJS and call require for Node's own modules.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
});
