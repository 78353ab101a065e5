import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';
import {
  composedOf,
  portValues,
  pureLibraries,
  pureNames,
  pureRooms,
  saysPure,
  services,
} from './test/rules/imports.js';

const rooms = Object.keys(composedOf);
const all = ['step', 'config', 'commands', 'drivers', ...rooms];

/** The files of a room that have to be pure. */
const pureFiles = (room) =>
  globSync(`src/${room}/**/*.ts`, { cwd: import.meta.dirname }).filter(
    (file) =>
      pureRooms.some((pure) => file.startsWith(`src/${pure}/`)) ||
      pureNames.some((name) => file.endsWith(`/${name}.ts`)) ||
      saysPure(readFileSync(new URL(file, import.meta.url), 'utf8')),
  );

/** Forbids every import from other rooms but the named ones; `packages`: what may come from npm and node. */
function only(files, { rooms: allowed = [], ports = false, packages = [], any = false }) {
  const banned = all.filter((room) => !allowed.includes(room));
  const patterns = [
    {
      regex: `^(\\.\\./)+(${banned.join('|')})/`,
      message: 'this room may not import that one: see test/rules/imports.js',
    },
    ...(ports
      ? []
      : [
          {
            regex: '^(\\.\\./)+ports/',
            allowImportNames: portValues,
            message: 'pure files know no ports',
          },
        ]),
    ...(any
      ? []
      : [
          {
            regex: `^(?!\\.\\.?/|(${packages.map((name) => name.replace('/', '\\/')).join('|') || '-'})(/|$))`,
            message: 'packages live in drivers',
          },
        ]),
  ];
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'examples/**',
      'reports/**',
      'coverage/**',
      'resources/**',
      'test/groovy/**',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'max-lines': ['error', { max: 250 }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'no default exports outside steps/' },
        { selector: 'CatchClause > BlockStatement[body.length=0]', message: 'an error that nobody hears' },
      ],
      'no-control-regex': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/step/leave.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'exit' }] },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60 }] },
  },
  {
    files: [
      'src/{audit,balancer,canary,commands,config,deploy,errors,flags,guard,history,http-server,lock,observe,ports,record,shared,status,step,traffic}/**/*.ts',
    ],
    ignores: ['src/shared/http/**'],
    rules: { complexity: ['error', 10] },
  },
  { files: ['steps/*.ts', 'eslint.config.js'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        AbortSignal: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
      },
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },

  only(['src/commands/**/*.ts'], { rooms: ['commands', 'config'] }),
  // It has a room of the name `rules` itself; that it is no other one, the search for circles shows.
  only(['src/config/**/*.ts'], { rooms: ['config', 'rules'], ports: true, any: true }),
  only(['src/drivers/**/*.ts'], { rooms: ['drivers', 'commands', 'config'], ports: true, any: true }),
  only(['src/step/**/*.ts'], { rooms: ['step', 'config', 'drivers'], ports: true, any: true }),
  ...rooms.map((room) =>
    only([`src/${room}/**/*.ts`], {
      rooms: [room, 'commands', 'config', ...composedOf[room]],
      ports: true,
      packages: pureLibraries,
      any: services.includes(room),
    }),
  ),
  ...rooms.map((room) =>
    only(pureFiles(room), {
      rooms: [room, 'commands', 'config', ...composedOf[room]],
      ports: false,
      packages: pureLibraries,
    }),
  ),
  {
    files: ['src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }] },
  },
);
