import { fakeExec } from '../fakes/exec.ts';
import { execContract } from './exec.ts';

describe('Exec: the fake', () =>
  execContract(async () => ({
    cwd: '/',
    exec: fakeExec({
      echo: (line) => ({ stdout: `${line.slice('echo '.length)}\n` }),
      false: () => ({ code: 1 }),
      sleep: () => new Promise(() => undefined),
    }),
  })));
