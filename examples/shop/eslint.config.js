import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['dist/', 'coverage/', 'reports/'] },
  js.configs.recommended,
  { languageOptions: { globals: globals.node } },
  { files: ['test/**'], languageOptions: { globals: globals.mocha } },
];
