import { expect } from 'chai';
import { chanceOf } from '../../soak/random.ts';
import { answerCases } from './answer-cases.ts';
import { readAnswer, type AnswerReading } from '../../support/http/answer-reading.ts';

describe('answers of instances as they are read', () => {
  for (const [name, { bytes, gives, ...how }] of Object.entries(answerCases)) {
    const check = (pieces: readonly string[]): void => {
      const found = readAnswer(pieces, how);
      for (const [key, value] of Object.entries(gives))
        expect(found[key as keyof AnswerReading], `${key} of ${pieces.length} pieces`).to.deep.equal(value);
    };
    it(name, () => {
      check([bytes]);
      const chance = chanceOf(bytes.length);
      for (let round = 0; round < 20; round += 1) {
        const cuts = [0, bytes.length, ...Array.from({ length: 3 }, () => chance.int(0, bytes.length))];
        const places = [...new Set(cuts)].sort((a, b) => a - b);
        check(places.slice(1).map((to, at) => bytes.slice(places[at], to)));
      }
      if (bytes.length < 2000) check([...bytes]);
    });
  }
});
