import { parse, to } from '@phone/router';
import { expect, test } from 'vitest';

test('an address goes there and back', () => {
  expect(parse(to('records', 'a/b 日'))).toEqual(['records', 'a/b 日']);
});

test('what is no address is the first screen', () => {
  expect(parse('')).toEqual([]);
  expect(parse('#enrol=ABCDE-12345')).toEqual([]);
  expect(parse('#/%E0%A4%A')).toEqual(['%E0%A4%A']);
});
