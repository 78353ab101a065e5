export { getFlag, listFlags, setFlag, type Flag } from './run.ts';
