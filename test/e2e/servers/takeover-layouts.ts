/** Sites as other tools leave them on a server. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How another tool has left a site: where its files lie, what `current` says, what else is there, and by which name it is told. */
export interface Layout {
  readonly tool: string;
  readonly files: string;
  readonly link: (path: string) => string;
  readonly beside?: (path: string) => void;
  readonly name: RegExp;
}
export const folder = (path: string, ...names: string[]): void =>
  names.forEach((name) => void mkdirSync(join(path, name), { recursive: true }));

export const layouts: readonly Layout[] = [
  {
    tool: 'Capistrano',
    files: 'releases/20240101120000',
    link: (path) => `${path}/releases/20240101120000`,
    beside: (path) => {
      folder(path, 'releases/20231201120000', 'repo');
      writeFileSync(join(path, 'revisions.log'), 'deployed\n');
    },
    name: /^20240101120000$/,
  },
  {
    tool: 'Deployer',
    files: 'releases/5',
    link: () => 'releases/5',
    beside: (path) => {
      folder(path, '.dep', 'releases/4');
      symlinkSync('releases/4', join(path, 'release'));
    },
    name: /^5$/,
  },
  { tool: 'pm2', files: 'source', link: (path) => `${path}/source`, name: /^source$/ },
  { tool: 'a person, files in the path itself', files: '.', link: () => '.', name: /^shop$/ },
  {
    tool: 'a person, with a name that is none',
    files: 'versions/my site (1.0)',
    link: (path) => `${path}/versions/my site (1.0)`,
    name: /^my-site-1.0-[0-9a-f]{6}$/,
  },
];

/** The application that was there before: it tells nothing of a release. */
export const legacy = `import { createServer } from 'node:http';
const server = createServer((request, answer) => { answer.writeHead(200, { 'x-legacy': 'yes' }); answer.end('legacy'); });
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
