import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CanopyError } from '../../../src/errors.ts';
import {
  hideEnvironmentSecrets,
  redactFreeText,
  holders,
} from '../../../src/step/redact/environment-secrets.ts';
import { boundNames, givenParams, readSecret, secretNames } from '../../../src/step/arguments/environment.ts';
import { createRedactor } from '../../../src/step/redact/redact.ts';
import { tempFolder } from '../../support/temp.ts';

describe('what the environment gives', () => {
  const folder = tempFolder();

  it('are parameters from JSON, the file first; nothing is an empty object', () => {
    const file = join(folder(), 'params.json');
    writeFileSync(file, '{"a":1}');
    expect(givenParams({})).to.deep.equal({});
    expect(givenParams({ CANOPY_PARAMS: '' })).to.deep.equal({});
    expect(givenParams({ CANOPY_PARAMS: '{"b":2}', CANOPY_PARAMS_FILE: '' })).to.deep.equal({ b: 2 });
    expect(givenParams({ CANOPY_PARAMS: '{"b":2}', CANOPY_PARAMS_FILE: file })).to.deep.equal({ a: 1 });
  });

  it('are names of bound variables; what is no name is left out', () => {
    expect(boundNames({ CANOPY_BOUND: 'A_1,b, c,,9x,$(id)' })).to.deep.equal(['A_1', 'b']);
    expect(boundNames({})).to.deep.equal([]);
  });

  it('is a secret, or the file that it names', () => {
    const file = join(folder(), 'key');
    writeFileSync(file, 'the key\n');
    expect(readSecret('X', {})).to.equal(null);
    expect(readSecret('X', { X: '' })).to.equal(null);
    expect(readSecret('X', { X: file })).to.equal(file);
    expect(readSecret('X_FILE', { X_FILE: file })).to.equal('the key\n');
    expect(() => readSecret('X_FILE', { X_FILE: '/no/key' })).to.throw(CanopyError, 'X_FILE names /no/key');
  });

  it('are the names of all that is secret: declared, ours and bound', () => {
    const env = {
      CANOPY_STORE: 'x',
      CANOPY_TOKEN: 'x',
      TWILIO_SID: 'x',
      SMTP_PASSWORD: 'x',
      CANOPY_HOME: 'x',
      CANOPY_BOUND: 'PW',
    };
    expect(secretNames(env, ['MINE'])).to.have.members([
      'MINE',
      'CANOPY_STORE',
      'CANOPY_TOKEN',
      'TWILIO_SID',
      'SMTP_PASSWORD',
      'PW',
    ]);
  });

  it('is hidden: of a store only the password, as it is and decoded, whatever signs it has', () => {
    const mask = createRedactor();
    const url = 'rediss://someuser:p%40ss/w@rd:x@host.example:6379/0';
    expect(hideEnvironmentSecrets(mask, { CANOPY_STORE: url, CANOPY_TOKEN: 'abc' }, [])).to.deep.equal([
      'CANOPY_TOKEN',
    ]);
    expect(mask(url)).to.equal('rediss://someuser:[secret]@host.example:6379/0');
    expect(mask('p@ss/w@rd:x')).to.equal('[secret]');
    expect(mask('host.example someuser')).to.equal('host.example someuser');
    for (const odd of ['redis://:50%@host', 'redis://host', 'no url', 'redis://@host', 'redis://user@host'])
      expect(hideEnvironmentSecrets(createRedactor(), { CANOPY_STORE: odd }, []).length, odd).to.be.at.most(
        1,
      );
  });

  it('are variables that hold a secret under another name', () => {
    const mask = createRedactor();
    mask.add('root');
    mask.add('sesame-1');
    const env = {
      HOME: '/root',
      PATH: '/root/bin',
      PW: 'sesame-1',
      REDIS: 'redis://:sesame-1@h',
      TEXT: 'is sesame-1',
      E: '',
    };
    expect(holders(env, mask)).to.deep.equal(['PW', 'REDIS']);
  });

  it('are free texts, masked; other values stay as they are', () => {
    const mask = createRedactor();
    mask.add('sesame-1');
    const param = { type: 'string', describe: 'x' } as const;
    const values = { why: 'for sesame-1', file: 'sesame-1', none: null };
    expect(
      redactFreeText(
        { why: { ...param, free: true }, file: param, none: { ...param, free: true } },
        values,
        mask,
      ),
    ).to.deep.equal({
      why: 'for [secret]',
      file: 'sesame-1',
      none: null,
    });
  });
});
