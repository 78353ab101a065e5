import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from 'node:vm';
import { expect } from 'chai';
import { loader } from '../../../src/step/start/loader.ts';
import { tempFolder } from '../../support/temp.ts';

describe('the loader of the build', () => {
  const folder = tempFolder();
  const file = (name: string, body: string): void =>
    writeFileSync(
      join(folder(), name),
      `(function(exports,require,module,__filename,__dirname,help){"use strict";${body}})`,
    );
  const native = (id: string): unknown => `node's ${id}`;

  it('gives each file once, whatever folder is named before it', () => {
    file('a.js', 'exports.b=require("./b.js");exports.place=[__filename,__dirname]');
    file('b.js', 'module.exports={}');
    const require = loader(folder(), { native, helpers: [], compiled: null });
    const a = require('../chunks/a.js') as { b: unknown; place: string[] };
    expect(a.place).to.deep.equal([join(folder(), 'a.js'), folder()]);
    expect(require('./b.js')).to.equal(a.b);
    expect(loader(folder(), { native, helpers: [], compiled: null })('./b.js')).not.to.equal(a.b);
  });

  it('hands its helpers to every file', () => {
    file('helped.js', 'module.exports=help(2)');
    const require = loader(folder(), { native, helpers: [(of: number) => of + 1], compiled: null });
    expect(require('./helped.js')).to.equal(3);
  });

  it('gives what there is already to files that need each other', () => {
    file('egg.js', 'exports.first=1;exports.seen=require("./hen.js").seen;exports.last=2');
    file('hen.js', 'exports.seen=Object.keys(require("./egg.js"))');
    expect(loader(folder(), { native, helpers: [], compiled: null })('./egg.js')).to.deep.equal({
      first: 1,
      seen: ['first'],
      last: 2,
    });
  });

  it("leaves packages, Node's modules and addons to Node", () => {
    const require = loader(folder(), { native, helpers: [], compiled: null });
    expect(require('node:fs')).to.equal("node's node:fs");
    expect(require('cpu-features')).to.equal("node's cpu-features");
    expect(require('./crypto/fast.node')).to.equal("node's ./crypto/fast.node");
  });

  it('throws what a file throws, names it in the stack, and runs it again when it is asked again', () => {
    file('bad.js', 'throw new Error("broken")');
    const require = loader(folder(), { native, helpers: [], compiled: null });
    for (const _ of [1, 2])
      expect(() => require('./bad.js'))
        .to.throw('broken')
        .with.property('stack')
        .that.includes(join(folder(), 'bad.js'));
    rmSync(join(folder(), 'bad.js'));
    expect(() => require('./bad.js')).to.throw(/ENOENT/);
  });

  it('asks for compiled code with the bytes that it reads, and hands over what was loaded', () => {
    file('a.js', 'module.exports=1');
    const told: [string, string, Script][] = [];
    const compiled = {
      find: () => undefined,
      loaded: (name: string, source: Buffer, script: Script) =>
        void told.push([name, source.toString(), script]),
    };
    expect(loader(folder(), { native, helpers: [], compiled })('./a.js')).to.equal(1);
    expect(told.map(([name, source]) => [name, source.includes('module.exports=1')])).to.deep.equal([
      ['a.js', true],
    ]);
    expect(told[0]?.[2].createCachedData().length).to.be.greaterThan(0);
  });
});
