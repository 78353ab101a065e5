import { expect } from 'chai';
import { buildStore, storeSecrets } from '../../src/config/sections/store/store.ts';
import type { StoreConfig } from '../../src/config/types.ts';
import { storeError } from '../../src/drivers/redis/errors.ts';
import { readAddress, storeWarning } from '../../src/drivers/redis/address.ts';
import { isLoopback } from '../../src/shared/url/loopback.ts';
import { isCanopyError } from '../../src/errors.ts';

const url = (text: string): StoreConfig => buildStore(text);
const sentinels = (hosts: readonly string[], password?: string): StoreConfig =>
  buildStore({
    sentinels: hosts.map((host) => ({ host, port: 26379 })),
    name: 'mymaster',
    ...(password === undefined ? {} : { password }),
  });

describe('the address of a store', () => {
  it('has its parts', () => {
    expect(readAddress('redis://10.0.0.5', 'x')).to.deep.equal({
      host: '10.0.0.5',
      port: 6379,
      username: null,
      password: null,
      db: 0,
      tls: false,
    });
    expect(readAddress('rediss://me:p%40ss%2F%3A@[::1]:7000/3', 'x')).to.deep.equal({
      host: '::1',
      port: 7000,
      username: 'me',
      password: 'p@ss/:',
      db: 3,
      tls: true,
    });
    expect(readAddress('redis://:100%@h/', 'x').password).to.equal('100%');
  });

  it('has a password with any signs in it, written as they are or as URLs have them', () => {
    const passwords = ['hunter2@secretpart/rest', 'a/b', 'a?b#c', '@', '::', 'p%40ss', '50%', 'ü[]', 'a b'];
    for (const password of passwords)
      for (const written of [password, encodeURIComponent(password)]) {
        const config = url(`redis://:${written}@127.0.0.1:6391/2`);
        if (config.kind !== 'url') throw new Error('it is no URL');
        const meant = written === password ? (password === 'p%40ss' ? 'p@ss' : password) : password;
        expect(readAddress(config.url.reveal(), config.shown), written).to.include({
          ...{ host: '127.0.0.1', port: 6391, db: 2, password: meant },
        });
        expect(config.shown).to.equal('redis://127.0.0.1:6391/2');
        expect(storeSecrets(config)).to.include(meant);
        expect(readAddress(`redis://:${written}@127.0.0.1:6391/2`, 'x').password).to.equal(meant);
      }
  });

  it('is refused when it is none, without showing what may be a password', () => {
    for (const text of [
      '',
      'hunter2',
      'http://hunter2@h',
      'redis://',
      'redis://:hunter2@h/x',
      'redis://:x@y/hunter2',
      'redis://:x@y/hunter2@h/z',
      'redis://h:99999',
    ]) {
      try {
        readAddress(text, 'shown');
        expect.fail(text);
      } catch (error) {
        expect(isCanopyError(error) && error.code, text).to.equal('store-unreachable');
        expect(String(error)).not.to.include('hunter2');
      }
    }
  });

  it('is warned of when others can reach a store without a password', () => {
    expect(storeWarning(url('redis://10.0.0.5:6379/0'))).to.match(
      /redis:\/\/10\.0\.0\.5:6379\/0 has no password/,
    );
    expect(storeWarning(url('rediss://redis.example.org'))).not.to.equal(null);
    expect(storeWarning(url('redis://[fd00::1]:6379'))).not.to.equal(null);
    expect(storeWarning(url('redis://user@10.0.0.5'))).not.to.equal(null);
    expect(storeWarning(sentinels(['127.0.0.1', '10.0.0.5']))).to.include('10.0.0.5');
  });

  it('is not warned of on this machine, nor with a password', () => {
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '127.1.2.3', 'LOCALHOST'])
      expect(storeWarning(url(`redis://${host}:6379/0`)), host).to.equal(null);
    expect(storeWarning(url('redis://:secret@10.0.0.5'))).to.equal(null);
    expect(storeWarning(sentinels(['127.0.0.1']))).to.equal(null);
    expect(storeWarning(sentinels(['10.0.0.5'], 'secret'))).to.equal(null);
  });

  it('is not taken for this machine because it looks like it', () => {
    for (const host of [
      '127.0.0.1.example.org',
      'localhost.example.org',
      '0.0.0.0',
      '1127.0.0.1',
      '',
      '10.127.0.1',
    ])
      expect(isLoopback(host), host).to.equal(false);
  });
});

describe('what Redis complains about', () => {
  const config = url('redis://:hunter2@10.0.0.5:6379/0');
  const reply = (message: string): Error =>
    Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'auth', args: ['hunter2'] } });
  const cases: readonly (readonly [Error, string, RegExp])[] = [
    [reply('NOAUTH Authentication required.'), 'store-auth', /Authentication required/],
    [reply('WRONGPASS invalid username-password pair or user is disabled.'), 'store-auth', /WRONGPASS/],
    [reply("READONLY You can't write against a read only replica."), 'store-readonly', /replica/],
    [reply('MISCONF Redis is configured to save RDB snapshots'), 'store-readonly', /disk is full/],
    [reply('LOADING Redis is loading the dataset in memory'), 'store-unreachable', /LOADING/],
    [reply("OOM command not allowed when used memory > 'maxmemory'."), 'store-refused', /maxmemory/],
    [reply('NOPERM this user has no permissions'), 'store-refused', /NOPERM/],
    [reply('WRONGTYPE Operation against a key'), 'store-refused', /WRONGTYPE/],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'store-unreachable', /connection refused/],
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'store-unreachable', /does not resolve/],
    [new Error('Command timed out'), 'store-unreachable', /no answer in time/],
    [new Error('Connection is closed.'), 'store-unreachable', /connection was lost/],
    [new Error('self-signed certificate'), 'store-unreachable', /self-signed/],
  ];
  for (const [error, code, words] of cases) {
    it(`becomes ${code}: ${error.message || 'refused'}`, () => {
      const found = storeError(error, config, null);
      expect(found.code).to.equal(code);
      expect(found.message).to.match(words).and.to.include('redis://10.0.0.5:6379/0');
      expect(found.cause).to.equal(undefined);
    });
  }

  it('is told by what the connection said when the client only knows that there is none', () => {
    const offline = new Error("Stream isn't writeable and enableOfflineQueue options is false");
    expect(storeError(offline, config, reply('WRONGPASS no')).code).to.equal('store-auth');
    expect(storeError(offline, config, null).code).to.equal('store-unreachable');
    expect(storeError(offline, config, offline).code).to.equal('store-unreachable');
  });
});
