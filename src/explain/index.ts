export { explainConfig, explainSudo, type Explained } from './run.ts';
