import { TABLE } from '@phone/sentences';
import { fill, language, sentences } from '@shared/words/i18n';
import { explain } from '@shared/words/problems';
import { describe, expect, test } from 'vitest';

const parameters = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

describe('sentences', () => {
  test.each(Object.entries(TABLE))('%s is said in both languages, with the same parameters', (_key, [zh, en]) => {
    expect(zh).toMatch(/\p{Script=Han}|^[^\p{L}]*$/u);
    expect(en).not.toBe('');
    expect(en).not.toMatch(/\p{Script=Han}/u);
    expect(parameters(en)).toEqual(parameters(zh));
  });

  test('a switch of the language is followed at once', () => {
    const say = sentences({ wait: ['还要等 {n} 秒', '{n} seconds to wait'] });
    language.value = 'zh-CN';
    expect(say('wait', { n: 3 })).toBe('还要等 3 秒');
    language.value = 'en';
    expect(say('wait', { n: 3 })).toBe('3 seconds to wait');
    language.value = 'zh-CN';
  });

  test('a missing parameter stays visible', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  });

  test('a problem says what happened and what to do next; an unknown code is shown as it is', () => {
    expect(explain('op.scope_not_held').next).not.toBe('');
    expect(explain('of.the_future')).toEqual({ sentence: 'of.the_future', next: '' });
  });
});
