import { expect } from 'chai';
import { storeKeys } from '../src/store-keys.docs.ts';
import * as operate from '../src/store-keys.operate.ts';
import * as plain from '../src/store-keys.ts';

const keys = { ...plain, ...operate };

describe('the keys of the store', () => {
  it('are the ones that the contract promises', () => {
    expect(keys.flagPlain('shop', 'checkout')).to.equal('flag:shop:checkout');
    expect(keys.canaryPublic('shop')).to.equal('canopy:shop:canary');
    expect(keys.routerLease('shop', 'r1')).to.equal('canopy:shop:router:r1');
    const promised = storeKeys.filter((one) => one.promised).map((one) => one.key);
    expect(promised).to.deep.equal(['flag:<app>:<name>', 'canopy:<app>:canary']);
  });

  it('stand below canopy:<app>:, but for the promise to other programs and what applications share, each once and with a line about it', () => {
    const all = storeKeys.map(({ key }) => key);
    expect(new Set(all).size).to.equal(all.length);
    const others = ['flag:<app>:<name>', 'canopy:from:<number>'];
    expect(all.filter((key) => !key.startsWith('canopy:<app>:'))).to.deep.equal(others);
    expect(storeKeys.filter(({ says }) => says.length < 10)).to.deep.equal([]);
  });

  it('are all in the list', () => {
    const {
      routerLeases: _prefix,
      flagRecords: _records,
      openMessages: _open,
      fromNumber: _from,
      incidentRecords: _incidents,
      silenceKeys: _silences,
      ...functions
    } = keys;
    const made = Object.values(functions).map((make) =>
      (make as (...words: string[]) => string)('<app>', '<x>', '<job>'),
    );
    const listed = storeKeys.map(({ key }) =>
      key
        .replace(/<(name|environment|id|by)>/, '<x>')
        .replace('<hash>', '<job>')
        .replace('%3Cname', '%3Cx'),
    );
    expect(made.filter((key) => !listed.includes(key))).to.deep.equal([]);
  });
});
