import { expect } from 'chai';
import { errorLine } from '../../src/shared/text/error-line.ts';

describe('the line that tells why a program failed', () => {
  const cases: [what: string, stderr: string, stdout: string, line: string | null][] = [
    ['the only one', 'out of order\n', '', 'out of order'],
    ['nothing', '\n', '', null],
    [
      'npm, which ends with the place of its log',
      'npm error Missing script: "build"\nnpm error\nnpm error To see a list of scripts, run:\nnpm error   npm run\nnpm error A complete log of this run can be found in: /root/.npm/_logs/1.log\n',
      '',
      'npm error Missing script: "build"',
    ],
    [
      'a compiler below npm, on stdout',
      'npm error Lifecycle script `build` failed with error:\nnpm error code 2\nnpm error path /app\n',
      "> tsc\n\nsrc/a.ts(1,7): error TS2322: Type 'string' is not assignable.\nsrc/b.ts(3,1): error TS1005: ';' expected.\n",
      "src/a.ts(1,7): error TS2322: Type 'string' is not assignable.",
    ],
    [
      'node, which ends with its version',
      "/app/x.js:3\nthrow new Error('boom');\n^\n\nError: boom\n    at Object.<anonymous> (/app/x.js:3:7)\n    at node:internal/main:1:2\n\nNode.js v22.11.0\n",
      '',
      'Error: boom',
    ],
    [
      'make, which ends with a code',
      "a.c:2:1: error: expected ';'\nmake[1]: *** [Makefile:2: a.o] Error 1\nmake: *** [Makefile:5: all] Error 2\n",
      '',
      "a.c:2:1: error: expected ';'",
    ],
    [
      'python',
      'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: no port\n',
      '',
      'ValueError: no port',
    ],
    ['the shell', 'warming up\nsh: 1: frob: not found\n', '', 'sh: 1: frob: not found'],
    [
      'a later one, not that of an attempt before',
      'error: retry\nworks on\nerror: gave up\nbye\n',
      '',
      'error: gave up',
    ],
    [
      'on stdout, where stderr has only a remark',
      'note: slow\n',
      'build failed: no disk\nsee log\n',
      'build failed: no disk',
    ],
    ['in colours', '\u001b[31merror: red\u001b[0m\nsee above\n', '', 'error: red'],
    ['no word for it: the last line', 'a\nb\n', 'c\n', 'b'],
  ];
  for (const [what, stderr, stdout, line] of cases)
    it(what, () => expect(errorLine({ stdout, stderr })).to.equal(line));
});
