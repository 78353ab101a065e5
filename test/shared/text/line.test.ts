import { expect } from 'chai';
import { harmless, toVisible } from '../../../src/shared/text/line.ts';

const esc = '\u001b';

describe('text of others on a terminal', () => {
  for (const [title, text, right] of [
    ['is told as it is', 'Größe: 漢字 🚀', 'Größe: 漢字 🚀'],
    ['with its indent', '\tat main (app.js:1:2)\r', '    at main (app.js:1:2)'],
    ['with colours written out', `${esc}[31mred${esc}[0m`, '\\x1b[31mred\\x1b[0m'],
    ['with a title, a bell and a backspace written out', `${esc}]0;x\u0007\b`, '\\x1b]0;x\\x07\\x08'],
    ['with the eight-bit codes written out', '\u009b2J', '\\x9b2J'],
    [
      'with what turns or hides text written out',
      'a\u202eb\u200bc\u2028d',
      'a\\u{202e}b\\u{200b}c\\u{2028}d',
    ],
    ['with half a character as the mark for one', '\ud800x', '\ufffdx'],
  ] as const)
    it(title, () => expect(toVisible(text, 100)).to.equal(right));

  it('is cut, however long it is and whatever it is written as', () => {
    expect(toVisible('x'.repeat(1e6), 10)).to.equal('xxxxxxxxx…');
    expect(toVisible(esc.repeat(1e6), 10)).to.equal('\\x1b\\x1b\\…');
  });

  it('keeps our own colours and lines in what is printed, and nothing else that steers', () => {
    const ours = `${esc}[33mwarning${esc}[39m\n\tnext`;
    expect(harmless(`${ours}${esc}[8m${esc}[2J\r${esc}c`)).to.equal(`${ours}\\x1b[8m\\x1b[2J\\x0d\\x1bc`);
  });
});
